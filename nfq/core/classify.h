/* SPDX-License-Identifier: GPL-2.0-or-later
 * classify.h - asks the classifiers that are left what a connection's bytes mean
 */
#ifndef NFQROUTE_CLASSIFY_H
#define NFQROUTE_CLASSIFY_H

#include "classifier.h"
#include "flow.h"

/* Which classifiers can be asked at all, worked out once from the table. */
struct classify_index {
	unsigned count;
	struct candidates tcp, udp;
	struct candidates server_first;
	/* those that do not rule out a client's stream, a server's stream, a client's first datagram, with this first byte */
	struct candidates client_byte[256], server_byte[256], datagram_byte[256];
	/* those that may know a client's stream with this first byte though its server says nothing */
	struct candidates alone_byte[256];
};

void classify_prepare(struct classify_index *index);

/* What is new since the last call for a flow. */
struct classify_news {
	bool client_grew, server_grew;
	bool first; /* there was no call */
};

/* Asks those of *left that can still write a wanted fact, drops from *left who answers TRI_NO, and closes the
 * facts that nobody left can write. Returns the number of classifiers asked. */
unsigned classify(const struct classify_index *index, struct candidates *left, const struct view *view,
		  struct facts *facts, uint32_t wanted, struct classify_news news);

/* The candidates of a new flow of this transport. */
struct candidates classify_start(const struct classify_index *index, uint8_t transport);

/* The app is known, and these facts can come only when the server has answered. */
uint32_t classify_after_answer(const struct candidates *left, const struct facts *facts);

/* A classifier that is left knows its app and asks for the flow's packets to be held. */
bool classify_holds(const struct candidates *left, const struct facts *facts);

#endif
