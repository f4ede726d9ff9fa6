/* SPDX-License-Identifier: GPL-2.0-or-later
 * hooks_backend.h - what a backend of the hooks provides; private to nfq/io/hooks*.c; what the rules say is in the
 * parts, see hook_part.h
 */
#ifndef NFQROUTE_HOOKS_BACKEND_H
#define NFQROUTE_HOOKS_BACKEND_H

#include "hook_part.h"

/* What a backend remembers of what it installed; each uses what it needs. */
struct hooks_state {
	struct hooks_plan plan;       /* in force */
	const char *program;          /* iptables: which candidate serves */
	bool ipv6;                    /* iptables: ip6tables serves as well */
	bool legacy;                  /* iptables: of the old kind */
	unsigned parts[FAMILY_COUNT]; /* in force: bit by position in hook_parts */
};

struct hooks_driver {
	const char *name; /* as in messages and options */
	/* As hooks_print(). */
	bool (*print)(FILE *out, const struct hooks_plan *plan, unsigned parts);
	/* Installs from anything: nothing, leftovers of an earlier run. On failure nothing stays. */
	bool (*install)(struct hooks_state *state, const struct hooks_plan *plan, char *error, size_t size);
	/* From state->plan to plan. On failure state->plan stays in force. */
	bool (*replace)(struct hooks_state *state, const struct hooks_plan *plan, char *error, size_t size);
	/* What the kernel holds of ours, in words that are the same as long as it is; malloc()ed. NULL: it cannot be told. */
	char *(*list)(const struct hooks_state *state);
	/* Of nf_tables' names, the one it uses. */
	bool (*uses)(const char *table);
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

/* The parts of the plan that its rules want. */
unsigned hooks_wanted(const struct hooks_plan *plan);

/* Loads, with load(), what is wanted by the plan: all of it or, where the kernel refuses something, as many parts
 * as can be had. What cannot is logged, with what load() says, behind family ("IPv4: ", ""). *parts: those that
 * are in. */
bool hooks_load_best(const struct hooks_plan *plan,
		     bool (*load)(void *ctx, const struct hooks_plan *plan, unsigned parts, char *error,
				  size_t size),
		     void *ctx, const char *family, unsigned *parts, char *error, size_t size);

#endif
