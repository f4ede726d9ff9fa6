/* SPDX-License-Identifier: GPL-2.0-or-later
 * classify.h - asks the classifiers that are left what a connection's bytes mean
 */
#ifndef NFQROUTE_CLASSIFY_H
#define NFQROUTE_CLASSIFY_H

#include "classifier.h"
#include "flow.h"

enum { BOUND_PORTS = 128 }; /* places; a power of 2, several times as many as there are such ports */

/* Whom a first byte of a TCP connection leaves: a line of the cache. */
struct first_byte {
	/* those that do not rule out a client's, a server's stream that begins with it */
	_Alignas(CACHE_LINE) struct candidates client, server;
	/* those that may know a client's, a server's stream that begins with it though the other says nothing. By the same
	 * law, a TRI_NO where that one will never speak means that these bytes are not enough for a TRI_YES. */
	struct candidates client_alone, server_alone;
};

/* The bytes that a classifier has named, as they lie in memory. */
struct fixed_place {
	uint32_t end; /* so many bytes must be there */
	uint32_t mask, value;
};

/* Which classifiers can be asked at all, worked out once from the table. */
struct classify_index {
	unsigned count;
	struct candidates tcp, udp;
	struct candidates server_first;
	struct candidates bound;                     /* those that are bound to ports, */
	uint16_t ports[BOUND_PORTS];                 /* these, hashed; 0: a free place */
	struct candidates by_port[BOUND_PORTS];      /* whom each leaves */
	struct candidates writers[1U << FACT_COUNT]; /* those that can write any of a set of facts, by its FACT_BIT()s */
	struct first_byte stream[256];
	struct candidates datagram[256];             /* those that do not rule out a client's first datagram by its first byte */
	struct fixed_place tcp_fixed[CLASSIFIER_MAX], udp_fixed[CLASSIFIER_MAX];
};

/* The app of this name, or NULL; NULL is the name of none. */
const struct app *app_by_name(const char *name);

/* The same each time; a copy, as it stands among an engine's other tables. Any thread may ask. */
void classify_prepare(struct classify_index *index);

/* What is new since the last call for a flow. */
struct classify_news {
	bool client_grew, server_grew;
};

/* Asks those of *left that can still write a wanted fact, drops from *left who answers TRI_NO, and closes the
 * facts that nobody left can write. Returns the number of classifiers asked. */
unsigned classify(const struct classify_index *index, struct candidates *left, const struct view *view,
		  struct facts *facts, uint32_t wanted, struct classify_news news);

/* The candidates of a new flow of the view's transport and ports. */
struct candidates classify_start(const struct classify_index *index, const struct view *view);

/* The app is known, and these facts can come only when the server has answered. */
uint32_t classify_after_answer(const struct candidates *left, const struct facts *facts);

/* A classifier that is left knows its app and asks for the flow's packets to be held. */
bool classify_holds(const struct candidates *left, const struct facts *facts);

#endif
