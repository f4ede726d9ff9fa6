/* SPDX-License-Identifier: GPL-2.0-or-later
 * flow.h - the connections an engine has not decided yet
 *
 * A fixed number of flows, found by a keyed hash, kept in order of age in three lists: undecided ones; those that hold
 * packets; and those that were moved to another path, of which more than their mark is needed for packets that were
 * queued before. All other decided ones leave the table at once, for past.h. A new flow takes the place of the last one
 * that left, which the processor's cache still has; if there is none, that of the oldest moved one, else the oldest
 * undecided, else the oldest holding one.
 */
#ifndef NFQROUTE_FLOW_H
#define NFQROUTE_FLOW_H

#include "flow_key.h"
#include "rehome.h"
#include "ruleset.h"
#include "stream.h"
#include "tcp_options.h"

enum {
	FLOW_DATAGRAMS = 8, /* UDP datagrams kept */
	FLOW_HELD = 12,     /* packets held */
	CLASSIFIER_MAX = 128,
};

/* Classifiers not ruled out yet, by index in classifiers[]. */
struct candidates {
	uint64_t bits[CLASSIFIER_MAX / 64];
};

enum side { CLIENT, SERVER, SIDES };

/* What SYN and SYN-ACK said, for a connection that may have to be opened again by another path. */
struct opening {
	uint8_t options[TCP_OPTIONS_MAX]; /* of the SYN, as the server gets it */
	uint8_t option_length;
	uint8_t dscp;
	bool syn, syn_ack;        /* seen */
	bool bound;               /* the options bind it to its path */
	bool server_spoke;        /* data of the server has been seen */
	uint16_t syn_window, window; /* of the SYN; of the client's last packet, in units of its scale */
	uint32_t server_isn;      /* of the SYN-ACK */
	struct tcp_options client, server;
	uint64_t begun;           /* the first SYN; nanoseconds */
};

/* A probe of another path that is under way. */
struct probe {
	uint32_t mark;            /* of its packets */
	uint32_t sent;            /* SYNs */
	uint64_t started, give_up; /* nanoseconds */
	struct translation first; /* of the connection by its first path */
};

/* What a connection is to become, for the time when no packet is at hand. */
struct purpose {
	uint32_t mark;
	uint32_t generation, rule; /* of the ruleset, and index + 1; 0: none */
	int32_t gateway;
};

/* What it takes to move a connection to another path; most never need it. */
struct move {
	struct opening opening;
	struct probe probe;
	struct purpose meant;
	uint64_t seen;            /* rehomed: last packet; nanoseconds */
};

enum { CACHE_LINE = 64 };

struct flow {
	/* the first line: what it is found and listed by, and all that is looked at of old flows */
	_Alignas(CACHE_LINE) struct flow_key key;
	uint64_t hash;             /* of the key */
	uint32_t older, newer;     /* in its list */
	bool decided;              /* it has left the table, or is rehomed */
	bool rehomed;              /* decided: packets still queued carry a conntrack entry that is gone */
	bool probing;
	uint8_t held_count;
	uint16_t held;             /* hold.c's: where these are */
	uint8_t led_by;            /* enum learned_source: what was learned has chosen the path */
	uint8_t datagram_count;

	/* the second line: what each packet of an undecided flow needs */
	uint32_t path_mark;        /* mark bits the packets so far left with, without the open bit; 0: main. Decided: the mark */
	uint32_t packets, payload_packets, payload_bytes;
	uint32_t judged_by;        /* generation of the ruleset that was last asked */
	bool classified : 1;       /* the candidates are set up */
	bool path_taken : 1;       /* a packet has left: the path is path_mark */
	bool data_released : 1;    /* a packet with payload has left */
	uint8_t closed;            /* FACT_BIT()s, while none is known */
	uint64_t since;            /* first packet, last SYN or first data, whichever came last; nanoseconds */
	struct candidates candidates;
	uint8_t *facts;            /* of the pool: a struct facts cut behind its used text */
	struct move *move;         /* NULL: nothing of it is known */

	/* the others: what they say, and what it began with */
	union {
		struct stream stream[SIDES]; /* TCP */
		struct {
			uint8_t *bytes;      /* of the pool */
			uint32_t end[FLOW_DATAGRAMS];
			uint8_t from_server; /* bit i: datagram i */
		} udp;
	};
	struct packet_origin origin;
};
_Static_assert(sizeof(struct flow) == 4 * CACHE_LINE, "a new flow costs four lines of the cache");

struct flow_table;

/* Room for count flows; seed keys the hash. NULL: out of memory. */
struct flow_table *flow_table_new(uint32_t count, uint64_t seed);
void flow_table_free(struct flow_table *table);

/* Of a key in this table, for the functions below. */
uint64_t flow_hash(const struct flow_table *table, const struct flow_key *key);
/* Has the memory fetched that flow_find() will look at first. */
void flow_expect(const struct flow_table *table, uint64_t hash);
/* NULL if it is not known. */
struct flow *flow_find(struct flow_table *table, const struct flow_key *key, uint64_t hash);
/* The flow that flow_add() should take the place of: the oldest rehomed one if nothing was seen of it since before, else
 * NULL while there is room. Its buffers and held packets must be given back, and flow_remove() be called, first. */
struct flow *flow_victim(struct flow_table *table, uint64_t before);
/* An undecided flow that has buffers and holds no packets, but not this one: the oldest, then those behind it, and from the
 * beginning again. NULL: of the next some hundred there is none. */
struct flow *flow_with_buffers(struct flow_table *table, const struct flow *but);
/* A new, undecided flow, zeroed but for its origin; there must be room. */
struct flow *flow_add(struct flow_table *table, const struct flow_key *key, uint64_t hash, uint64_t now);
/* Its move, zeroed at the first call. */
struct move *flow_move(struct flow_table *table, struct flow *flow);
/* Moves it to the decided ones. */
void flow_decided(struct flow_table *table, struct flow *flow);
/* Moves it to those that hold packets (held_count becomes 1), and back to the undecided ones (0). */
void flow_hold(struct flow_table *table, struct flow *flow);
void flow_release(struct flow_table *table, struct flow *flow);
/* It is not found any more. Its contents, but for the lists', stay as they are until the next flow_add(). */
void flow_remove(struct flow_table *table, struct flow *flow);

#endif
