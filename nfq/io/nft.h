/* SPDX-License-Identifier: GPL-2.0-or-later
 * nft.h - nf_tables: commands in nft's language by libnftables, and what must be had without it
 */
#ifndef NFQROUTE_NFT_H
#define NFQROUTE_NFT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Runs commands as one transaction: all of it or nothing. false with a message of one line in error. */
bool nft_run(const char *commands, char *error, size_t size);

/* Whether the kernel would take them: nothing changes. */
bool nft_would_run(const char *commands, char *error, size_t size);

/* What one command lists, without counters; malloc()ed, "" where there is no such thing. NULL: it cannot be told.
 */
char *nft_list(const char *command);

/* Removes a table of family inet with all that is in it, by netlink itself: it needs no memory. 0, also where there is none,
 * or an errno value. */
int nft_remove_table(const char *name);

#endif
