/* SPDX-License-Identifier: GPL-2.0-or-later
 * engine.h - from packets to verdicts
 *
 * The engine knows no socket, clock or file: it is given packets and the time, and it gives verdicts. The daemon
 * feeds it from the queue, explain from a capture; tests, fuzzers and benchmarks link it alone. One engine serves
 * one thread; it shares nothing with others but the ruleset, which is immutable.
 */
#ifndef NFQROUTE_ENGINE_H
#define NFQROUTE_ENGINE_H

#include "learned.h"
#include "rehome.h"
#include "ruleset.h"

struct engine;

/* Which gateways can be used now, by index in the ruleset; written by the daemon while engines read. */
struct gateway_state {
	_Atomic unsigned char up[FAMILY_COUNT]; /* 0: routes cannot be had or the checks fail */
};

/* What is done with one packet. mark replaces the packet's mark: foreign bits are already carried over. */
struct verdict {
	uint32_t id;
	uint32_t mark;
	bool drop;
	const uint8_t *replacement;  /* goes instead of the packet's bytes; NULL: they go as they are. Points into */
	uint32_t replacement_length; /* the packet given to the engine; at most PACKET_CHANGED_MAX */
};

/* One connection's decision, told when it becomes final; borrowed for the call. */
struct decision {
	uint8_t proto, family;       /* IPPROTO_*, AF_INET or AF_INET6 */
	struct key src, dst;         /* the initiator first */
	uint16_t sport, dport;
	const struct facts *facts;
	const struct rule *rule;     /* NULL: none matched, or none was asked (see why) */
	const char *why;             /* "rule", "no rule matched", "multicast destination", ... static */
	enum action action;
	int gateway;                 /* index into ruleset.gateways; -1: none (main, or a family left to main) */
	uint32_t mark;               /* bits within marks.mask that this decision means */
	bool late;                   /* it came after packets had left by another path, which the connection keeps */
	bool moved, reset, switched; /* likewise, and the connection has been moved, reset, or let take the other path */
	enum rehome_refusal refusal; /* late: why it was none of these */
	uint8_t led_by;              /* enum learned_source: by which its first packet's path was chosen; 0: not by any */
	unsigned packets;            /* of the connection the engine has seen so far, this one included */
};

struct engine_config {
	const struct gateway_state *gateways; /* one per gateway; NULL: all are up. Follows the ruleset, see engine_set_ruleset() */
	void (*decided)(void *ctx, const struct decision *decision); /* may be NULL */
	/* options.rehome_failures connections in a row could not be moved to a gateway, the last one for this reason: for
	 * options.rehome_pause_ms none is tried. May be NULL. */
	void (*gave_up)(void *ctx, unsigned gateway, enum rehome_refusal why);
	void *ctx; /* of the above */
	const struct rehome_ops *rehome; /* NULL: late connections stay where they are */
	void *rehome_ctx;
	struct learned *learned; /* shared by the engines of a program, outlives them; NULL: nothing is learned */
	bool pretend_rehome; /* with rehome NULL: take every attempt for a success, as explain does */
	uint64_t seed;       /* keys the hash of the flow table: random in the daemon */
};

struct engine_counters {
	uint64_t packets, faults[PACKET_FAULTS];
	uint64_t decided[4];      /* at the connection's packet 1, 2, 3, later */
	uint64_t actions[ACTION_COUNT];
	uint64_t evicted, provisional, late, held, midstream, hold_timeouts;
	uint64_t rehome[REHOME_REFUSALS]; /* late connections, by what came of it; REHOME_DONE: moved */
	uint64_t reset, switched; /* the others */
	uint64_t classifier_calls;
	uint64_t led, misled;     /* connections whose path what was learned chose; of these, wrongly */
	uint64_t unlearned;       /* connections that came too many at a time to learn from */
	uint64_t dns_answers, dns_unasked; /* learned from, and not, as nobody had asked */
	uint64_t cut_off;         /* patterns that ran into their limit of steps, see struct subject */
};

/* NULL if there is no memory for options.flows flows. */
struct engine *engine_new(const struct ruleset *ruleset, const struct engine_config *config);
void engine_free(struct engine *engine);

/* From now on these rules, which must outlive the next call. Undecided flows keep their facts and are judged by the
 * new rules at their next packet. false: out of memory, and the old rules stay. */
bool engine_set_ruleset(struct engine *engine, const struct ruleset *ruleset, const struct gateway_state *gateways);

/* How connections of a family can be moved, which hangs on the hooks; at first they cannot. */
void engine_allow_moves(struct engine *engine, enum family family, enum moving moving);

/* The packet, which packet_parse() took apart without a fault, will be given to engine_packet() soon, as it is: the memory
 * is fetched meanwhile in which its connection and the rules for it are looked for. The rules take a step more with each of
 * the two packets that are expected after it; so it is best called when there are three to be judged before. Not more than
 * EXPECTED_MAX can be expected at a time: what was done for the first is done again, then. */
enum { EXPECTED_MAX = 4 };
void engine_expect(struct engine *engine, struct packet *packet);

/* Judges one packet that packet_parse() took apart with this fault, at now (nanoseconds, monotonic, of any epoch).
 * Writes the verdicts that are due, at most engine_verdicts_max(): none while the packet is held, several when held
 * ones are released, in the order the packets came. Returns how many. */
size_t engine_packet(struct engine *engine, struct packet *packet, enum packet_fault fault, uint64_t now,
		     struct verdict *verdicts);

/* Does what is due first by the time now: releases what was held too long, goes on with a connection that is being
 * moved. Returns as engine_packet(). To be called again while engine_deadline() is not later than now. */
size_t engine_tick(struct engine *engine, uint64_t now, struct verdict *verdicts);
/* When engine_tick() is next needed, UINT64_MAX if it is not. */
uint64_t engine_deadline(const struct engine *engine);
size_t engine_verdicts_max(const struct engine *engine);

/* What has been decided of the connection, whose initiator comes first in key, is forgotten: its next packet is judged. */
void engine_forget(struct engine *engine, const struct flow_key *key);

/* Puts what connections have shown since the last time into the table of what is learned. To be called when no packet
 * waits, as it may allocate and wait for other threads that do the same. */
void engine_learn(struct engine *engine);

/* Why no rule is asked about a connection that begins with this packet ("multicast destination"); NULL: they are. */
const char *engine_exempt(const struct ruleset *ruleset, const struct packet *packet);

/* Bytes of each packet the rules can need, headers included: the queue's copy range. */
uint32_t engine_copy_range(const struct ruleset *ruleset);

const struct engine_counters *engine_counters(const struct engine *engine);
/* Decisions by each rule since the ruleset was set; index as in ruleset.rules. */
const uint64_t *engine_rule_hits(const struct engine *engine);

#endif
