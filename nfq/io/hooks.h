/* SPDX-License-Identifier: GPL-2.0-or-later
 * hooks.h - the firewall rules that hand packets to the queue, keep the mark, and give it back
 *
 * Two backends for one meaning: an own nft table (inet nfqroute) where the kernel has nft's queue statement, own
 * chains in the mangle, filter and nat tables of iptables and ip6tables where it has not.
 */
#ifndef NFQROUTE_HOOKS_H
#define NFQROUTE_HOOKS_H

#include <stdio.h>

#include "ruleset.h"

enum hooks_backend { HOOKS_NFT, HOOKS_IPTABLES };

struct hooks_queues {
	unsigned first, last; /* queue numbers */
};

/* Writes what hooks_install() would do: an nft script, or two iptables-restore inputs (IPv4, then IPv6), with
 * comments. */
void hooks_print(FILE *out, enum hooks_backend backend, const struct ruleset *ruleset, struct hooks_queues queues);

struct hooks;

/* Finds the backend by trying, installs the rules. NULL with a message in error on failure; nothing stays then. */
struct hooks *hooks_install(const struct ruleset *ruleset, struct hooks_queues queues, char *error, size_t size);
/* Replaces the rules by those for ruleset, in one step per backend's table. false: the old ones stay. */
bool hooks_replace(struct hooks *hooks, const struct ruleset *ruleset, char *error, size_t size);
/* Removes all of ours and frees hooks. */
void hooks_remove(struct hooks *hooks);
/* Which backend serves. */
enum hooks_backend hooks_backend(const struct hooks *hooks);

#endif
