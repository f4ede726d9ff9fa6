/* SPDX-License-Identifier: GPL-2.0-or-later
 * learned.h - what has been seen at destinations: names and apps, by payload and by DNS
 *
 * One table for all engines of a program. An entry stands for a destination (address, port, protocol), as seen by
 * anybody or by one client alone, and holds a few things, each a name or an app or both. Entries are facts, not
 * verdicts: what rules make of them is asked anew for each connection, so a reload changes nothing here.
 *
 * Readers take no lock (RCU); writers take one, and are to call when no packet waits for them. The table knows no
 * clock: times are nanoseconds of the caller's, as in engine_packet().
 */
#ifndef NFQROUTE_LEARNED_H
#define NFQROUTE_LEARNED_H

#include "facts.h"
#include "interval.h"

struct learned;

enum {
	LEARNED_THINGS = 16,    /* things of one entry; of more it is only known that they are many */
	LEARNED_NAME_MAX = 255, /* RFC 1035 2.3.4 */
};

/* Who told, as bits. */
enum learned_source {
	LEARNED_PAYLOAD = 1, /* a connection said so */
	LEARNED_DNS = 2,     /* a DNS answer to a question for this name */
	LEARNED_ALIAS = 4,   /* such an answer, in which the name stands behind the one that was asked for (CNAME) */
	LEARNED_ECH = 8,     /* besides: its HTTPS record offers Encrypted Client Hello */
	LEARNED_RESET = 16,  /* not of the table: a connection that was reset, and the client's next one after it */
};

/* "DNS", "payload", "payload and DNS", "a reset"; static. */
const char *learned_source_text(uint8_t sources);

struct learned_key {
	struct key address; /* the destination's */
	struct key client;  /* who has seen it; zero: anybody */
	uint16_t port;      /* host order; 0: any, as DNS tells none */
	uint8_t proto;      /* IPPROTO_*; 0: any */
};

/* In place of the client's address: programs of this machine, whatever address they take. Never on the wire (RFC 4291
 * 2.5.3 and 2.5.5.1: within ::/96). */
#define LEARNED_LOCAL ((struct key){.high = 0, .low = 0x7f000001})

/* One thing known of a destination. Text is borrowed and not terminated. */
struct learned_thing {
	const char *host;      /* lower case; "" with length 0: none */
	size_t host_length;    /* at most LEARNED_NAME_MAX */
	const struct app *app; /* NULL: none */
	uint32_t closed;       /* FACT_BIT()s that a connection of this kind has not */
	uint8_t sources;       /* enum learned_source, added up */
	uint32_t hits;         /* how often it was told */
	uint64_t first, last;  /* when it was told */
	uint64_t expires;
};

/* NULL: out of memory. Room for so many entries; seed keys the hash. */
struct learned *learned_new(uint32_t entries, uint64_t seed);
/* No thread may use the table any more. NULL is none. */
void learned_free(struct learned *table);

/* Adds a thing, or refreshes it: host, length, app, closed, sources and expires of thing are looked at. The least
 * recently used entry gives way when the table is full. Blocks while another thread adds. */
void learned_add(struct learned *table, const struct learned_key *key, const struct learned_thing *thing, uint64_t now);
/* Puts a thing back that was saved, with its times and hits. */
void learned_restore(struct learned *table, const struct learned_key *key, const struct learned_thing *thing,
		     bool many, uint64_t now);

enum learned_state {
	LEARNED_NOTHING,
	LEARNED_SOME, /* visit was called for each thing */
	LEARNED_MANY, /* more than can be kept: nothing follows from it */
};

/* Calls visit for each thing of an entry that has not expired, without a lock; *thing is valid for the call. Marks the
 * entry as used. */
typedef void learned_visit(void *ctx, const struct learned_thing *thing);
enum learned_state learned_find(struct learned *table, const struct learned_key *key, uint64_t now,
				learned_visit *visit, void *ctx);

/* An entry as a whole, for lists. */
struct learned_entry {
	struct learned_key key;
	bool many;
	unsigned count;
	struct learned_thing things[LEARNED_THINGS];
};

/* Calls visit for every entry that has not expired, in no order; others may add meanwhile. Stops where it says false. */
typedef bool learned_visit_entry(void *ctx, const struct learned_entry *entry);
void learned_walk(struct learned *table, uint64_t now, learned_visit_entry *visit, void *ctx);

struct learned_counters {
	uint64_t entries; /* now */
	uint64_t bytes;   /* of them */
	uint64_t evicted; /* so far */
};
struct learned_counters learned_counters(struct learned *table);

/* --- questions to name servers: an answer is believed only where one was seen --- */

/* What a question and its answer have in common. */
struct learned_question {
	struct key client; /* the address that asks */
	uint16_t port;     /* its port */
	uint16_t id, type; /* RFC 1035 4.1.1, 4.1.2 */
	uint8_t proto;
	const char *name;  /* lower case */
	size_t name_length;
};

void learned_asked(struct learned *table, const struct learned_question *question, uint64_t now);
/* Has this been asked within the last seconds? */
bool learned_was_asked(struct learned *table, const struct learned_question *question, uint64_t now);

#endif
