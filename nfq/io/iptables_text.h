/* SPDX-License-Identifier: GPL-2.0-or-later
 * iptables_text.h - the text that iptables-save prints and iptables-restore --noflush reads, as far as it is ours
 *
 * What there is already is read with iptables-save, so that one text per table takes out the jumps of an earlier
 * run, fills the chains anew and puts the jumps in: iptables-restore commits a table as a whole, and no packet
 * finds it half done.
 */
#ifndef NFQROUTE_IPTABLES_TEXT_H
#define NFQROUTE_IPTABLES_TEXT_H

#include "hook_part.h"

/* Writes each table in which one of the parts (bit by position in hook_parts) has chains, or the saved text has
 * some of ours: filled with those of the parts alone. plan: NULL without parts. saved: NULL if nothing is there. False: out
 * of memory, and iptables-restore will refuse it all. */
bool iptables_text_fill(FILE *out, const struct hooks_plan *plan, unsigned parts, const char *saved);
/* Writes what saved has of ours: chains, their rules, the jumps to them. */
void iptables_text_ours(FILE *out, const char *saved);
/* One of the tables that have something of ours. */
bool iptables_text_uses(const char *table);

#endif
