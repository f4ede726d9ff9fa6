/* SPDX-License-Identifier: GPL-2.0-or-later
 * hooks.h - the firewall rules that hand packets to the queue, keep the mark, and give it back
 *
 * Two backends for one meaning: an own nft table (inet nfqroute) where the kernel has nft's queue statement, own
 * chains in the mangle, filter and nat tables of iptables and ip6tables where it has not. What the rules mean is
 * told in hooks_backend.h; docs/ARCHITECTURE.md tells why.
 */
#ifndef NFQROUTE_HOOKS_H
#define NFQROUTE_HOOKS_H

#include <stdio.h>

#include "rehome.h"
#include "ruleset.h"

enum hooks_backend { HOOKS_NFT, HOOKS_IPTABLES, HOOKS_BACKENDS };

/* "nft", "iptables" */
const char *hooks_backend_name(enum hooks_backend backend);

struct hooks_queues {
	unsigned first, last; /* queue numbers, 0 to 65535; packets are spread by their pair of addresses */
};

/* Writes what hooks_install() would load, with comments: a script for nft -f, or a text that both iptables-restore
 * --noflush and ip6tables-restore --noflush read. False: out of memory, it is not whole. */
bool hooks_print(FILE *out, enum hooks_backend backend, const struct ruleset *ruleset, struct hooks_queues queues);

struct hooks;

/* Finds the backend by trying and installs the rules; says in the log which one serves, and what could not be had
 * (a family, masquerading). Takes over what a killed daemon left in either backend, without a gap where it is the
 * same one. NULL with a message in error on failure; nothing stays then. ruleset must live until the next
 * hooks_replace() has returned true. */
struct hooks *hooks_install(const struct ruleset *ruleset, struct hooks_queues queues, char *error, size_t size);
/* Replaces the rules by those for ruleset, in one step per backend's table, without letting a packet pass between
 * and without dropping one that is queued. false: the old ones are in force. */
bool hooks_replace(struct hooks *hooks, const struct ruleset *ruleset, char *error, size_t size);
/* Whoever changes them takes, and may have to wait for, the lock of the old iptables (xtables_lock.h). */
bool hooks_need_lock(const struct hooks *hooks);
enum hooks_found {
	HOOKS_INTACT, /* as they were when they had been installed */
	HOOKS_CHANGED,
	HOOKS_UNSEEN, /* they could not be listed, now or then */
};
/* How the rules in the kernel are. It takes long where there are many rules of others. */
enum hooks_found hooks_look(const struct hooks *hooks);
/* What another thread needs for hooks_look(), and nothing else; hooks_forget() frees it. NULL: out of memory. */
struct hooks *hooks_copy(const struct hooks *hooks);
/* Nothing has been changed between the two. */
bool hooks_same(const struct hooks *a, const struct hooks *b);
/* They are what would be installed now: some depend on a device's MTU and kind, and on the default route. */
bool hooks_current(const struct hooks *hooks);
/* Installs them again as they are meant, in place where that can be. false: not all are in. */
bool hooks_repair(struct hooks *hooks, char *error, size_t size);
/* A device has come, gone, or changed: the flowtable (flowtable.h) gets those that there are. Cheap where it has them. */
void hooks_follow_devices(struct hooks *hooks);
/* What the kernel carries past the rules passes them again, at once. Packets that wait in queues are dropped if there is a
 * flowtable, as whenever a hook goes. true: hooks_fill_flowtable() is due when things have calmed down. */
bool hooks_empty_flowtable(struct hooks *hooks);
void hooks_fill_flowtable(struct hooks *hooks);
/* Some rules are in nf_tables' table of this name, whatever its family. */
bool hooks_use_table(const struct hooks *hooks, const char *table);
/* Changes with the tables that are in no list of nf_tables (the old iptables'); 0: there are none. Cheap. */
uint64_t hooks_signature(const struct hooks *hooks);
/* Removes all of ours and frees hooks. The kernel drops what is in a queue then (any netfilter hook that goes does
 * that), so close the queues' sockets before. NULL is none. */
void hooks_remove(struct hooks *hooks);
/* Removes all of ours that some run has left, by whatever backend. Silent where one cannot be had. */
void hooks_purge(void);
/* Frees the memory alone: the rules stay, as those of a process that was killed do. NULL is none. */
void hooks_forget(struct hooks *hooks);
/* How connections of the family can be moved to another path: zone and translation are to be had, and what adjusts
 * timestamps, which is asked for by options.rehome_timestamps alone. */
enum moving hooks_move(const struct hooks *hooks, enum family family);
/* Which backend serves. */
enum hooks_backend hooks_backend(const struct hooks *hooks);

#endif
