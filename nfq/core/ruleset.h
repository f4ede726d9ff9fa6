/* SPDX-License-Identifier: GPL-2.0-or-later
 * ruleset.h - everything rules.d says, checked and immutable
 *
 * One arena holds it all; it is built by lang/load.h, put in force by swapping one pointer, and freed when no
 * thread reads it any more.
 */
#ifndef NFQROUTE_RULESET_H
#define NFQROUTE_RULESET_H

#include <net/if.h>

#include "health.h"
#include "match.h"

enum family { FAMILY_IPV4, FAMILY_IPV6, FAMILY_COUNT };

static inline enum family family_of(const struct packet *packet)
{
	return packet->family == AF_INET6 ? FAMILY_IPV6 : FAMILY_IPV4;
}
static inline enum family family_of_address(struct key address)
{
	return key_is_ipv4(address) ? FAMILY_IPV4 : FAMILY_IPV6;
}

/* What a gateway does with a family. */
enum family_policy {
	FAMILY_AUTO,        /* by the next hop if one is given, else by the device if it is point-to-point and has
	                     * an address of the family, else as FAMILY_UNREACHABLE */
	FAMILY_YES,         /* by next hop or device in any case */
	FAMILY_UNREACHABLE, /* connections are refused: no leak */
	FAMILY_MAIN,        /* connections stay with the main table */
};

/* How far the maximum segment size that TCP connections by a gateway announce is lowered, both ways. */
enum mss_policy {
	MSS_AUTO,  /* to what the path takes: the route's or the device's MTU */
	MSS_FIXED,
	MSS_OFF,
};

/* What a gateway is asked to find out whether it works. */
enum check_kind {
	CHECK_PING,    /* ICMP or ICMPv6 echo */
	CHECK_TCP,     /* a connection is accepted */
	CHECK_DNS,     /* a name server answers a question: NOERROR or NXDOMAIN */
	CHECK_HTTP,    /* a web server answers with one of these statuses */
	CHECK_PASSIVE, /* nothing: whether connections by the gateway are answered is watched */
	CHECK_KINDS
};

/* "ping", "tcp", ... */
const char *check_kind_name(enum check_kind kind);
/* "IPv4", "IPv6" */
const char *family_name(enum family family);

/* A `check` line. It speaks for the family of its address; a passive one for both. */
struct check {
	enum check_kind kind;
	const char *text;    /* kind and target as written: "tcp 9.9.9.9:443" */
	struct key address;  /* all but passive */
	uint16_t port;       /* tcp, dns, http */
	const char *name;    /* dns: the name to ask for, without a dot at its end, "" is the root; http: the path */
	const char *host;    /* http: the Host field */
	const uint16_t *statuses; /* http: those that are right; none: 200 to 299 */
	unsigned status_count;
	struct health_terms terms;
};

struct gateway {
	const char *name;
	const char *file;             /* where it is defined */
	unsigned line;
	struct {
		bool has_hop;
		struct key hop;           /* next hop's address */
		bool auto_hop;            /* the one of the device's default route in the main table, whichever that is */
		enum family_policy policy;
	} family[FAMILY_COUNT];
	char device[IFNAMSIZ];        /* "": the kernel finds it from the next hop */
	bool onlink;                  /* the next hop is on the device though no address says so */
	uint32_t table;               /* routing table number */
	const char *table_name;       /* as written; NULL if by number or chosen by us */
	uint32_t mark;                /* non-zero, within marks.route_mask */
	uint32_t priority;            /* of the fwmark rule, ip-rule(8) */
	bool masquerade;
	enum mss_policy mss_policy;
	uint16_t mss;                 /* MSS_FIXED: bytes of a segment's data, RFC 9293 section 3.7.1 */
	const struct interval_set *endpoints; /* addresses of its own outer packets: always main; NULL: none */
	unsigned check_count;
	const struct check *checks;
	uint32_t check_mark;          /* of the probes, which go by the same table; 0 without checks */
	bool keep_on_down;            /* its connections stay when it goes down; else they are moved or ended */
	bool reset_on_up;             /* those that went elsewhere meanwhile are ended when it is back */
};

/* What a rule or a group can lead to. */
enum action { ACTION_MAIN, ACTION_VIA, ACTION_DROP, ACTION_REJECT, ACTION_COUNT };

/* "main", "via", "drop", "reject" */
const char *action_name(enum action action);

struct group {
	const char *name;
	const char *file;
	unsigned line;
	bool balanced;                /* by weight; else the first member that is up */
	unsigned count;
	const struct group_member {
		uint16_t gateway;         /* index into ruleset.gateways */
		uint16_t weight;          /* 1-1000; 1 where not balanced */
	} *members;
	bool else_main;               /* no member is up: main; else unreachable */
	bool shut;                    /* "else unreachable" is written: also while no daemon runs, guard.h */
};

/* What is done when a rule is found to match after packets have left by another path. */
enum late {
	LATE_AUTO,   /* rehome where it is safe, else leave; never the others */
	LATE_REHOME, /* the connection is opened again by the right path, see rehome.h */
	LATE_LEAVE,  /* it keeps its path */
	LATE_RESET,  /* it is closed, so that the client opens another one, see late.c */
	LATE_SWITCH, /* it takes the other path from here on */
};

/* Of TCP connections that may have to be moved. */
enum timestamps { TIMESTAMPS_STRIP, TIMESTAMPS_KEEP };

/* What the log and the file of decisions keep to themselves: nothing; names; names and addresses. */
enum privacy { PRIVACY_OFF, PRIVACY_NAMES, PRIVACY_FULL };

struct rule {
	const char *file;
	unsigned line;
	const char *text;             /* "file:line", for logs and explain */
	unsigned match_count;
	const struct match *matches;  /* cheapest first */
	uint32_t needs;               /* FACT_BIT()s */
	enum action action;
	bool to_group;                /* ACTION_VIA: target is an index into groups, not gateways */
	uint16_t target;
	enum late late;
	bool log;
};

/* How the bits of mark-mask are used, in packet marks and connmarks alike. The mask's top bit is the open bit: set
 * on packets of a connection that is not decided yet, whose mark must not be saved in the connmark. Below it, the
 * route bits hold 0 (undecided), a gateway, or one of four fixed values; "main" has all bits of the mask set. */
struct marks {
	uint32_t mask, open, route_mask;
	uint32_t main, drop, reject;
	uint32_t probe_main; /* route bits of a probe that goes by the main table, see rehome.h */
	uint32_t answer;     /* on the way to the queue: a name server's answer, which needs no verdict */
};

/* Lays out mask, which must have at least four bits (false otherwise). */
bool marks_layout(struct marks *marks, uint32_t mask);
/* The n-th (from 0) value a gateway can have by itself; 0 if there are not so many. */
uint32_t marks_gateway(const struct marks *marks, unsigned n);
/* The same from the other end, for probes of a gateway. */
uint32_t marks_check(const struct marks *marks, unsigned n);
/* The packet mark of what the daemon says in a server's name, past conntrack: the open bit with the route bits of
 * reject. */
static inline uint32_t marks_nudge(const struct marks *marks)
{
	return marks->open | marks->reject;
}
/* The packet mark of TCP segments on their way to the queue that conntrack takes for invalid. */
static inline uint32_t marks_invalid(const struct marks *marks)
{
	return marks->open | marks->drop;
}

#define LEARNED_DIRECTORY "/var/lib/nfqroute" /* the daemon's own */

struct options {
	uint32_t mark_mask;
	bool hooks;                   /* install firewall hooks */
	bool local, forward;          /* hooks for locally made, for forwarded connections */
	bool flowtable;               /* the kernel carries decided forwarded connections past the hooks */
	uint32_t queue_length;        /* packets the kernel may queue */
	bool fail_closed;             /* what cannot be decided is dropped, and hooks and routes outlive the daemon */
	uint32_t priority;            /* of the first automatic fwmark rule */
	uint32_t first_table;         /* of the automatic tables */
	uint32_t flows;               /* undecided flows kept by one engine */
	uint32_t budget_packets;      /* payload packets of one flow */
	uint32_t budget_bytes;        /* payload bytes of one flow and side */
	uint32_t budget_ms;           /* from the flow's first packet */
	uint32_t hold_ms;             /* longest hold of a QUIC Initial */
	uint32_t rehome_hold_ms;      /* longest hold of the client's first data while undecided */
	uint32_t rehome_timeout_ms;   /* longest wait for an answer by the new path */
	uint32_t rehome_failures;     /* of moves to one gateway in a row, after which none is tried for some time; 0: any number */
	uint32_t rehome_pause_ms;     /* that time */
	uint32_t rehome_zone;         /* conntrack zone of probes, 1-65535 */
	enum timestamps rehome_timestamps;
	uint32_t late_reset_ms;       /* a client is reset once in it, see resets.h */
	uint32_t buffer_memory;       /* bytes of one engine for what undecided flows have sent */
	const char *metrics;          /* address and port to serve them at, see listen_text.h; "": nowhere */
	const char *metrics_file;     /* to be written to; "": none */
	const char *decisions;        /* a file to write them to; "": none */
	enum privacy privacy;
	uint32_t history;             /* decisions of one queue that are kept */
	enum late late;
	bool learned;                 /* remember what was seen at destinations, and go by it */
	bool dns;                     /* learn from DNS answers, too */
	uint32_t learned_entries;     /* destinations remembered; when the daemon starts */
	const char *learned_file;     /* where they are kept while it does not run; "": nowhere */
	uint32_t learned_ttl_min_ms;  /* shortest time DNS answers are remembered */
	uint32_t learned_ttl_max_ms;  /* longest, and what payload has shown */
};

/* The values that hold where no option line says otherwise. */
void options_default(struct options *options);

struct rule_index;

struct ruleset {
	struct arena *arena;
	unsigned generation;
	struct options options;
	struct marks marks;
	unsigned gateway_count, group_count, rule_count;
	const struct gateway *gateways;
	const struct group *groups;
	const struct rule *rules;
	const struct rule_index *index; /* of rules, see rule_index.h; NULL: they are walked */
	uint32_t needs;               /* FACT_BIT()s some rule needs */
	bool replies;                 /* some needed fact may take the server's bytes to be known */
	bool observe;                 /* no rules: connections stay undecided until all of needs is known or closed */
};

/* A ruleset without rules that looks at everything, for explain. NULL: out of memory. */
struct ruleset *ruleset_observe(void);

void ruleset_free(struct ruleset *ruleset);

/* Some rule may decide for another path after the handshake, and wants the connection moved, or reset, then. */
bool ruleset_moves(const struct ruleset *ruleset);
bool ruleset_resets(const struct ruleset *ruleset);
/* Either: the server's packets are to be seen, and the daemon sends packets of its own. */
bool ruleset_interferes(const struct ruleset *ruleset);

/* The gateway with this mark, bits of others taken off; -1: none. */
int ruleset_gateway_of_mark(const struct ruleset *ruleset, uint32_t mark);
int ruleset_gateway_by_name(const struct ruleset *ruleset, const char *name);

/* Which rule holds, three-valued: the first rule that answers TRI_YES, and whether an earlier one answered TRI_MORE. */
struct ruling {
	const struct rule *rule; /* NULL: none (yet) */
	bool open;               /* an earlier rule may still turn out to match */
};
struct ruling ruleset_eval(const struct ruleset *ruleset, const struct subject *subject);
/* The same without the index, rule by rule: what ruleset_eval() is held against. */
struct ruling ruleset_walk(const struct ruleset *ruleset, const struct subject *subject);

/* Makes the index of a ruleset whose rules are complete, in its arena, which fails if there is no memory for it. */
void ruleset_compile(struct ruleset *ruleset);

#endif
