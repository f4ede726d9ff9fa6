/* SPDX-License-Identifier: GPL-2.0-or-later
 * hooks_backend.h - what a backend of the hooks provides; private to nfq/io/hooks*.c
 *
 * Both backends say the same, in chains of the same names:
 *
 *   prerouting, output   never the loopback device. Original direction: to steer. Reply direction (prerouting
 * only): one of our values, which only a foreign rule can have restored, is taken off again. steer a packet that
 * came with route bits: a value of ours is inherited from the packet that a kernel tunnel wrapped in this one, and
 * is judged afresh; a provisional one is the daemon's own packet, any other is somebody's who uses our bits
 * (WireGuard's socket mark): let alone. The connmark has route bits: to restore. Else queue, with our bits
 * cleared, and the open bit set unless the connection is new. restore              our bits of the connmark to the
 * mark. Main is no mark at all: every packet of it would be routed a second time on its way out, to the same end.
 *   settle               (filter hooks, and postrouting and input where somebody's accept may stand before)
 * original direction, connmark empty, one of our values on the packet: to the connmark. Then what has a connmark
 * of drop or reject ends here, in both directions, but for the answer to it (the reset or ICMP error is related to
 * the connection). postrouting (nat)    masquerade for the gateways that ask for it.
 *
 * Untracked packets (IPv6 neighbour discovery among them) and invalid ones have no direction, so no rule sees
 * them. Queueing comes after the mangle chains of others and saving before them: the kernel resumes behind the
 * chain that queued, so rules of others that stood behind ours in it would not see the packet.
 */
#ifndef NFQROUTE_HOOKS_BACKEND_H
#define NFQROUTE_HOOKS_BACKEND_H

#include "hooks.h"

/* What the rules are made from. */
struct hooks_plan {
	const struct ruleset *ruleset;
	struct hooks_queues queues;
	bool masquerade; /* wanted by a gateway, and to be had */
	bool moves;      /* connections may be moved */
	bool replies;    /* of undecided connections are queued */
};

/* What a backend remembers of what it installed; each uses what it needs. */
struct hooks_state {
	struct hooks_plan plan; /* in force */
	const char *program;    /* iptables: which candidate serves */
	bool ipv6;              /* iptables: ip6tables serves as well */
	bool moves[FAMILY_COUNT]; /* connections can be moved */
};

struct hooks_driver {
	const char *name; /* as in messages and options */
	void (*print)(FILE *out, const struct hooks_plan *plan);
	/* Installs from anything: nothing, leftovers of an earlier run. On failure nothing stays. */
	bool (*install)(struct hooks_state *state, const struct hooks_plan *plan, char *error, size_t size);
	/* From state->plan to plan. On failure state->plan stays in force. */
	bool (*replace)(struct hooks_state *state, const struct hooks_plan *plan, char *error, size_t size);
	/* Removes what state describes. Errors are logged. */
	void (*remove)(const struct hooks_state *state);
	/* Removes what an earlier run left in this backend, while another serves. Silent where it cannot be had.
	 */
	void (*purge)(void);
};

extern const struct hooks_driver hooks_nft, hooks_iptables;

/* Installs by this backend only, for tests; else as hooks_install(). */
struct hooks *hooks_install_by(enum hooks_backend backend, const struct ruleset *ruleset,
			       struct hooks_queues queues, char *error, size_t size);

/* The values, within the mask, that decided packets carry: each gateway's mark, main, drop, reject. The i-th from
 * 0 on; 0 behind the last. */
uint32_t hooks_value(const struct ruleset *ruleset, unsigned i);

/* The name can be written in either backend's language and means itself: no quote, no wildcard. */
bool hooks_plain_device(const char *device);

/* A gateway's masquerading is limited to its device: it has one, and it can be written. If not, its mark must do.
 */
static inline bool hooks_names_device(const struct gateway *gateway)
{
	return *gateway->device && hooks_plain_device(gateway->device);
}

#endif
