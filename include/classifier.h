/* SPDX-License-Identifier: GPL-2.0-or-later
 * classifier.h - what a file in classifiers/ provides, and what it may look at
 *
 * A classifier is a pure function of the bytes seen so far. It is called again with a longer view as packets come,
 * until it answers TRI_YES or TRI_NO, the facts it can write are not wanted any more, or the budget ends.
 *
 * The law of prefixes: for any stream, the answer over an open prefix of it may be TRI_MORE, but TRI_YES and
 * TRI_NO must be the answer for every longer prefix too. Some facts may be set while the answer is still
 * TRI_MORE (app known by the first bytes, host to come).
 *
 * Nobody is asked about a stream or first datagram whose first byte he rules out: each classifier has said so of all 256,
 * over an open prefix of one byte. So a signature costs nothing where it is looked at from its first byte on
 * (reader_expect(), reader_within()), and is asked in vain where a longer number is read before it is compared. Who knows
 * his own by bytes that stand further behind names four of them (struct fixed), and is not asked where others are.
 */
#ifndef NFQROUTE_CLASSIFIER_H
#define NFQROUTE_CLASSIFIER_H

#include "facts.h"
#include "reader.h"

/* A datagram of the flow, in order of arrival. */
struct datagram {
	const uint8_t *data;
	uint32_t len;
	bool from_server;
};

/* What a classifier may look at. Borrowed for the call. */
struct view {
	uint8_t transport;     /* IPPROTO_TCP or IPPROTO_UDP */
	uint16_t sport, dport; /* the initiator's source and destination port, host order. Ports are a hint only:
	                        * they may break a tie between weak signatures, never be the signature itself */
	struct reader client;  /* TCP: the initiator's stream from its first byte, without holes; UDP: its first datagram */
	struct reader server;  /* likewise for the answering side; empty and open where nothing was seen or it is not watched */
	const struct datagram *datagrams; /* UDP: all kept so far, both sides */
	unsigned datagram_count;
};

/* Four bytes of what a client says first that are the same in all of a classifier's connections. */
struct fixed {
	uint8_t offset; /* from the beginning of the client's stream, or of its first datagram */
	uint32_t mask;  /* the bits that are meant, of the four as a number in network byte order; 0: none */
	uint32_t value; /* what they are */
};

struct classifier {
	const char *name;            /* the file's name without .c */
	uint8_t transports;          /* CLASSIFY_TCP | CLASSIFY_UDP */
	bool server_first;           /* the answer may need the server's bytes */
	bool holds;                  /* once it knows its app, the first datagrams are worth holding until its facts are complete */
	uint32_t writes;             /* FACT_BIT()s it may set */
	uint32_t after_answer;       /* of these: those that come only when the server has answered, too late for a TCP
	                              * connection to be moved to another path */
	const struct app *const *apps; /* NULL-terminated: every app it can name */
	const uint16_t *ports;       /* ends with 0: those look() compares sport or dport with; NULL: none */
	bool bound;                  /* only a connection with one of ports at an end can be any of apps */
	struct fixed tcp, udp;       /* with others there it is none of apps, whatever the ports and the server say */

	/* TRI_YES: it is one of apps, and every fact it can find is set or closed. TRI_NO: it is none of them, and
	 * nothing was written. TRI_MORE: undecided, or the app is known and another fact may still come.
	 * A YES sets FACT_APP always. No state, no allocation, no clock; bounded work in the bytes of the view. */
	enum tri (*look)(const struct view *view, struct facts *facts);
};

#define CLASSIFY_TCP 1
#define CLASSIFY_UDP 2

/* classifiers/table.c: NULL-terminated; where two would answer YES the earlier one is believed, so exact
 * signatures stand before weak ones. */
extern const struct classifier *const classifiers[];

#endif
