/* SPDX-License-Identifier: GPL-2.0-or-later
 * legacy_tables.h - the tables of the old iptables, which tell nobody when they change
 */
#ifndef NFQROUTE_LEGACY_TABLES_H
#define NFQROUTE_LEGACY_TABLES_H

#include <stdint.h>

#include "hook_part.h"

/* A number that changes with the number of rules in these tables (by family: bit by enum hook_table), and with
 * their sizes; never 0. */
uint64_t legacy_signature(const unsigned tables[FAMILY_COUNT]);

#endif
