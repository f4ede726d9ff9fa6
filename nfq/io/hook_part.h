/* SPDX-License-Identifier: GPL-2.0-or-later
 * hook_part.h - the firewall rules for one purpose, in the languages of both backends
 *
 * A part is one file nfq/io/hook_NAME.c that ends in one const descriptor, a declaration here, and a line in the
 * table in hooks.c. It has chains of its own: in nft base chains of the table "inet nfqroute", with a priority
 * that says where they stand; in iptables chains named NFQROUTE_..., with jumps to them from the built-in ones.
 */
#ifndef NFQROUTE_HOOK_PART_H
#define NFQROUTE_HOOK_PART_H

#include <net/if.h>

#include "hooks.h"

/* What the rules are made from. */
struct hooks_plan {
	const struct ruleset *ruleset;
	struct hooks_queues queues;
	bool masquerade; /* wanted by a gateway */
	bool moves;      /* connections may be moved, or reset: the daemon sends packets of its own */
	bool timestamps; /* of moved ones are kept */
	bool replies;    /* of undecided connections are queued */
	bool returns;    /* what comes in by a gateway's device is answered by it */
	/* The default route of others; device "": it has no next hop. */
	struct {
		char device[IFNAMSIZ];
		struct key hop;
	} defaults[FAMILY_COUNT];
};

enum hook_table { HOOK_MANGLE, HOOK_FILTER, HOOK_NAT, HOOK_RAW, HOOK_TABLES };
extern const char *const hook_table_names[HOOK_TABLES]; /* "mangle" */

struct hook_part {
	/* What there is not where the kernel refuses these rules, "masquerading": then all the others serve
	 * without them. NULL: nothing works without them. */
	const char *name;
	/* NULL: always. */
	bool (*wanted)(const struct hooks_plan *plan);
	/* By iptables' table; the text is the same for both families. */
	struct hook_chains {
		const char *chains; /* one a line: ":NFQROUTE_NAME - [0:0]\n"; NULL: nothing in this table */
		/* "-A FORWARD -j NFQROUTE_NAME\n" behind the rules of others, "-I ..." before them. The target
		 * ends the line: that is how leftovers are found. Those of built-in chains to a part's own are
		 * printed only if that has rules (in nat, all). What a jump asks for already spares most packets
		 * the chain; what costs least is asked first: the packet's mark, then the connmark, then
		 * conntrack's state or direction. For numbers stand @mask, @route (the mask without the open bit),
		 * @open, @refused (the bits that drop and reject have in common). */
		const char *jumps;
		void (*print)(FILE *out, const struct hooks_plan *plan); /* "-A NFQROUTE_NAME ..." */
	} iptables[HOOK_TABLES];
	/* "\tchain name { ... }"; also of those that are shared, which hooks_nft.c begins: prerouting, output (mangle + 5),
	 * settle_forward, settle_input, settle_output (filter - 5), settle_postrouting (mangle - 5; what has a mark) */
	void (*nft)(FILE *out, const struct hooks_plan *plan);
};

/* The table's end is NULL. A part's position is its bit in a set of parts. */
extern const struct hook_part *const hook_parts[];
extern const struct hook_part hook_settle, hook_steer, hook_check, hook_replies, hook_masquerade, hook_probe,
	hook_timestamps, hook_return, hook_mss, hook_dns, hook_nudge, hook_invalid, hook_guard;

/* --- words that several parts use --- */

/* The values, within the mask, that decided packets carry: each gateway's mark, main, drop, reject. The i-th from
 * 0 on; 0 behind the last. */
uint32_t hooks_value(const struct ruleset *ruleset, unsigned i);
/* The same as nft's set: "{ 0x9, ... }". */
void hook_nft_values(FILE *out, const struct ruleset *ruleset);
/* The rule by which packets leave a chain that has nothing to do for connections decided for a gateway or for
 * main: most packets. */
void hook_nft_decided(FILE *out, const struct ruleset *ruleset);
/* The families, 1 << family, in which what comes in by the gateway's device is answered by it. In these a connection with the
 * gateway's connmark may have come in; in the others it goes out. */
unsigned hook_answers(const struct hooks_plan *plan, unsigned gateway);
enum { HOOK_FAMILIES = (1 << FAMILY_COUNT) - 1 };
/* What a rule begins with that is for these families, one or both. */
const char *hook_nft_families(unsigned families);
const char *hook_iptables_families(unsigned families);
/* Bits of the mask from one of nft's marks to the other, when both are known to have none of them. */
void hook_nft_bits(FILE *out, uint32_t mask, const char *to, const char *from);
/* The rule that queues, in the chain that is being written, or named. */
void hook_nft_queue(FILE *out, struct hooks_queues queues);
void hook_iptables_queue(FILE *out, const char *chain, struct hooks_queues queues);
/* The same for packets that have to be decided: with option fail-closed the kernel drops them while nobody serves
 * the queue. */
void hook_nft_ask(FILE *out, const struct hooks_plan *plan);
void hook_iptables_ask(FILE *out, const char *chain, const struct hooks_plan *plan);
/* Replies of connections that are dropped or rejected get the mark of that, which the original direction has anyhow: so later
 * hooks need not look at the connmark. What is related passes: the answer to the client may be. */
void hook_iptables_refused(FILE *out, const struct marks *marks, const char *chain);

/* What some rules depend on; nothing where there is no such device. hooks_refresh() has the rules follow it. */
struct hook_device {
	bool point_to_point;
	unsigned mtu; /* bytes */
};
struct hook_device hook_device(const char *device);

/* The name can be written in either backend's language and means itself: no quote, no wildcard. */
bool hooks_plain_device(const char *device);

/* A gateway's rules can be limited to its device: it has one, and it can be written. If not, its mark must do. */
static inline bool hooks_names_device(const struct gateway *gateway)
{
	return *gateway->device && hooks_plain_device(gateway->device);
}

#endif
