/* SPDX-License-Identifier: GPL-2.0-or-later
 * engine_private.h - what the files of the engine share; private to the files named here
 *
 *   engine.c   an engine's life
 *   packet_way.c  the way of a packet
 *   judge.c    connections that are undecided: the classifiers and the rules are asked
 *   expect.c   what is done ahead for packets that are to be judged soon
 *   decide.c   verdicts, and the end of a connection's undecided life
 *   hold.c     packets that wait for the rest of their connection's name
 *   late.c     what becomes of a connection whose verdict came when it had begun on another path
 *   opening.c  what was said when a TCP connection was opened, and whether it can be moved
 *   known.c    what follows from what was learned, and learning
 *   known_dns.c  learning from DNS
 *   rehome.c   TCP connections on their way to another path
 *   segments.c what is sent for that
 */
#ifndef NFQROUTE_ENGINE_PRIVATE_H
#define NFQROUTE_ENGINE_PRIVATE_H

#include "classify.h"
#include "engine.h"
#include "feed.h"
#include "flow.h"
#include "forgotten.h"
#include "lookup.h"
#include "past.h"
#include "target.h"
#include "text_hash.h"
#include "timers.h"

#define MILLISECOND 1000000ULL
#define LINGER (10000 * MILLISECOND) /* a rehomed flow is remembered for packets queued meanwhile; others: past.h */

/* A packet without a verdict. */
struct held {
	uint32_t id, mark;
};

/* How moving connections to a gateway has gone of late. */
struct attempts {
	unsigned failed; /* in a row */
	uint64_t paused_until;
};

/* Of the last packets that were expected, by their numbers. */
struct expectations {
	struct lookup lookups[EXPECTED_MAX];
	uint32_t last; /* number given */
};

struct engine {
	const struct ruleset *ruleset;
	const struct gateway_state *gateways;
	struct engine_config config;
	struct flow_table *flows;
	struct past *past;    /* connections that were decided */
	struct holdings *holdings; /* hold.c's */
	struct pool *pool;
	const struct flow *judged; /* last; its buffers are not taken for those of its own packet */
	uint64_t now;         /* of the last packet */
	struct timers timers; /* of flows that hold packets */
	struct classify_index classify;
	struct engine_counters counters;
	uint64_t *hits;
	struct recall *recall;
	struct attempts *attempts; /* by gateway */
	uint32_t limit;            /* bytes kept of each side of a flow */
	bool moves;                /* some rule may have connections moved, and there is somebody to do it */
	struct resets *resets;     /* NULL: no rule has had any */
	enum moving moving[FAMILY_COUNT];
	struct facts facts;        /* of the flow at hand */
	struct facts_listener listener; /* to these: expect.c's */
	bool named;                /* names is of their host */
	struct name_hashes names;
	struct facts supposed;     /* known.c's: these, if what was learned held */
	struct lessons *lessons;   /* known.c's; NULL: nothing is learned */
	struct feed feed;
	struct expectations expectations;
};

/* One call of engine_packet() or engine_tick(), the latter without a packet. */
struct turn {
	struct engine *engine;
	struct packet *packet;
	const struct packet *asked; /* what rules are asked about: packet, as if the initiator had sent it */
	uint64_t now;
	struct verdict *out;
	size_t count;
	enum side side;
	uint64_t hash; /* of the packet's connection */
};

/* --- judge.c --- */

/* The first packet of a connection, of which nothing is known: decided by its headers, or it becomes a flow. */
void judge_first(struct turn *t, const struct flow_key *key);
/* A packet of a flow that is neither decided nor being moved. */
void judge_flow(struct turn *t, struct flow *flow);
/* The flow's record is taken for another connection: what it holds goes, and what it was is noted, if it can still be. */
void give_back(struct turn *t, struct flow *flow);

/* --- expect.c --- */

/* What has been looked up for a packet; NULL: nothing. */
struct lookup *expected_lookup(struct engine *e, const struct packet *packet);
/* There are other rules now. */
void expect_nothing(struct engine *e);
/* Has what the host leads to among the rules fetched as soon as it is known. */
void expect_host(void *engine, const struct facts *facts, enum fact fact);

/* --- decide.c --- */

/* The packet at hand goes, with these bits of ours; replies go without, as they choose no path. */
void let_go(struct turn *t, uint32_t bits);
void drop_packet(struct turn *t);
/* All held packets go, with these bits, or are dropped; the flow holds none after it. */
void let_go_held(struct turn *t, struct flow *flow, uint32_t bits);
void drop_held(struct turn *t, struct flow *flow);
/* The bits of a packet that goes by the connection's path so far. */
uint32_t provisional_bits(const struct engine *e, const struct flow *flow);

/* A connection that has no flow is decided on the packet at hand, which goes. */
void decide_at_once(struct turn *t, const struct flow_key *key, const struct rule *rule, const char *why);
/* The same, but it goes on by this gateway, whatever the rules say. */
void keep_at_once(struct turn *t, const struct flow_key *key, unsigned gateway);
/* The same, but it is refused, whatever the rule says. */
void refuse_at_once(struct turn *t, const struct flow_key *key, const struct rule *rule, const char *why);
/* The rules have decided: the flow becomes what target says, or is moved, or stays on its path. The packet at hand
 * is dealt with. */
void decide_flow(struct turn *t, struct flow *flow, const struct rule *rule);
/* The same for one that holds datagrams, none of which is at hand. */
void decide_held(struct turn *t, struct flow *flow, const struct rule *rule);
/* Packets have left by another path than the one it should have. drop and reject hold on any path. */
bool is_late(const struct flow *flow, const struct target *target);
/* Notes what the flow is to become, for the time when no packet is at hand. */
void mean(struct engine *e, struct flow *flow, const struct rule *rule, const struct target *target);
/* The undecided flow gives way to another. What follows of it goes by the path that it has taken: by any other it would be
 * broken, and by main leak. */
void note_evicted(struct engine *e, const struct flow *flow);
/* The flow becomes what it was meant to. moved: on the new path, else refusal says why it stays on its own, if it
 * does. Held packets are the caller's. */
void end_as_meant(struct turn *t, struct flow *flow, enum rehome_refusal refusal);

void load_facts(struct engine *e, const struct flow *flow);
void keep_facts(struct engine *e, struct flow *flow);
void close_all(struct facts *facts);
struct subject subject_of(const struct turn *t);

/* --- hold.c --- */

/* Room for the packets that may be held at a time. NULL: out of memory. */
struct holdings *holdings_new(void);
/* The packets that the flow holds, held_count of them, in order of arrival. */
const struct held *held_of(const struct engine *e, const struct flow *flow);
/* It holds none any more; what becomes of them is the caller's. */
void hold_ends(struct engine *e, struct flow *flow);
/* What the rules would say if these facts stayed unknown. */
struct ruling ruling_without(struct turn *t, uint32_t unknown);
bool should_hold(const struct turn *t, const struct flow *flow);
void hold_undecided(struct turn *t, struct flow *flow);
/* Adds the packet at hand to those held, with a timer if it is the first. false: the flow holds as many as it can. To be called
 * when the facts at hand are kept, as another flow may have to give way. */
bool hold(struct turn *t, struct flow *flow, uint64_t due);
/* When to end it, for a flow that holds packets. */
void hold_until(struct engine *e, struct flow *flow, uint64_t due);
/* Ends what the timer of a flow ends. */
void hold_is_over(struct turn *t, struct flow *flow);
/* Ends sooner whatever it holds packets for. */
void hold_gives_way(struct turn *t, struct flow *flow);

/* --- late.c --- */

/* What the rule, or no rule, asks for. Who was led astray by what was learned is led back by what means there are, where
 * its rule would leave it. */
enum late late_policy(const struct engine *e, const struct flow *flow, const struct rule *rule);
/* Whether SYN, SYN-ACK and what the server says have to be noted; it is, of whatever can be moved or reset. */
bool late_watches(const struct engine *e, const struct flow *flow);
/* Whether data of the client at hand should not reach the server before the rules have decided. */
bool late_holds(const struct turn *t, const struct flow *flow);
/* Whether a late verdict for this rule could be carried out now, but not when the server has answered. */
bool late_now(const struct turn *t, const struct flow *flow, const struct rule *rule);
/* Carries out the policy of the rule that has decided late. REHOME_DONE: it is done, but for the verdicts; or, if the
 * flow is probing or decided then, it is rehome.c's now, packet at hand and all. */
enum rehome_refusal late_apply(struct turn *t, struct flow *flow, const struct rule *rule,
			       const struct target *target);
/* By which rule a new connection goes while undecided: the one given, or another if it is the retry of a reset one. */
const struct rule *late_retry(struct turn *t, struct flow *flow, const struct rule *rule);

/* --- known.c --- */

/* NULL: out of memory. */
struct lessons *lessons_new(void);
/* Replaces target, where the rules would send the connection for now, by where all that is known of its destination
 * leads. false: as it was. */
bool known_path(struct turn *t, struct flow *flow, struct target *target);
/* Whether the path that was chosen by what was learned stands, as nothing of the connection was to be seen. */
bool known_stands(struct turn *t, const struct flow *flow, struct ruling *ruling);
/* Gives a connection whose name cannot be seen, or is hidden by ECH, the one that its client has asked DNS for, if the
 * rules would say the same of all such names. */
void known_name(struct turn *t, const struct flow *flow);
/* Notes what the flow has shown, for engine_learn(). */
void note_lesson(struct turn *t, const struct flow *flow);

/* --- known_dns.c --- */

/* Learns from questions to name servers and from their answers. true: the packet is dealt with. */
bool watch_dns(struct turn *t);

/* --- opening.c --- */

/* Whether there is somebody to move the flow, if need be. */
bool can_move(const struct engine *e, const struct flow *flow);

/* Notes what SYN and SYN-ACK say; takes the timestamps off a SYN unless they are kept. To be called for each packet of
 * an undecided flow. */
void rehome_observe(struct turn *t, struct flow *flow);
/* Whether the handshake was seen and neither side has done anything since that the other would miss: REHOME_DONE. */
enum rehome_refusal opening_untouched(const struct turn *t, const struct flow *flow);
/* Whether the flow could be moved as things stand, REHOME_DONE: yes. */
enum rehome_refusal rehome_possible(const struct turn *t, const struct flow *flow);
/* Whether the rules should decide without these facts, as they come too late to move the connection: the verdict would
 * be final, and for another path than the connection is on. */
bool rehome_now(struct turn *t, const struct flow *flow, struct ruling *ruling);

/* --- rehome.c --- */

/* Begins to move the flow to the gateway of target; it is meant for it, and the packet at hand is held.
 * REHOME_DONE: begun (or done, where the carrier only pretends). */
enum rehome_refusal rehome_begin(struct turn *t, struct flow *flow, const struct target *target);
/* A packet of a flow that is being moved. */
void rehome_packet(struct turn *t, struct flow *flow);
/* An answer to a probe, or an ICMP error that speaks of one: the client never sees it. Or a server's reset of what may
 * have been moved, see rehome.c. */
void rehome_answer(struct turn *t);
/* The probe's timer. */
void rehome_timer(struct turn *t, struct flow *flow);
/* Gives the flow up to its first path. */
void rehome_fail(struct turn *t, struct flow *flow, enum rehome_refusal why);
/* A packet that was queued before its connection moved: its entry is gone, its bytes are sent anew. */
void rehome_straggler(struct turn *t, struct flow *flow);
/* Whether the segment at hand, which belongs to no conntrack entry, is what a first server has sent before it heard that its
 * connection is over. Where this machine is the client it has a socket that would take it for the new server's. */
bool rehome_outlived(const struct turn *t);

/* --- segments.c --- */

/* The client's SYN, by the new path. 0 or an errno value. */
int send_syn(struct turn *t, struct flow *flow);
/* Ends what the packet at hand has answered, by the new path. */
void reset_probe(struct turn *t, const struct flow *flow);
/* Tells the first path's server that the connection is over; seq is what it expects next. */
void reset_first(struct engine *e, const struct flow *flow, uint32_t seq);
/* The handshake's third segment, by the path the connection has been moved to. */
void send_ack(struct engine *e, const struct flow *flow);
/* Bytes of the client's stream from seq on, by that path. */
void send_bytes(struct engine *e, const struct flow *flow, const uint8_t *bytes, uint32_t length, uint32_t seq);
/* The server's reset at hand, to the client, its number adjusted by offset. */
void send_server_reset(struct turn *t, uint32_t offset);

#endif
