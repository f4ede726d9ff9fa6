/* SPDX-License-Identifier: GPL-2.0-or-later
 * rt_tables.h - names of routing tables, as ip-route(8) knows them
 */
#ifndef NFQROUTE_RT_TABLES_H
#define NFQROUTE_RT_TABLES_H

#include <stddef.h>
#include <stdint.h>

/* The number of the table of this name: local, main and default by themselves, others from rt_tables and
 * rt_tables.d/ *.conf in /etc/iproute2, then in the vendor's /usr/share/iproute2 and /usr/lib/iproute2; the first
 * entry found counts. 0: no such name, or no such file. */
uint32_t rt_table_by_name(const char *name, size_t len);

#endif
