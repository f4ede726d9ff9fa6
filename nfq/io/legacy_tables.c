/* SPDX-License-Identifier: GPL-2.0-or-later
 * legacy_tables.c - the tables of the old iptables, which tell nobody when they change
 */
#include "legacy_tables.h"

#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "privileges.h"

/* linux/netfilter_ipv4/ip_tables.h, which cannot stand beside net/if.h: struct ipt_getinfo, and ip6t_getinfo alike
 */
enum { GET_INFO = 64, NAME = 32, HOOKS = 5 };

struct info {
	char name[NAME];
	unsigned valid_hooks, hook_entry[HOOKS], underflow[HOOKS], entries, size;
};

static uint64_t add_table(uint64_t sum, int fd, int level, const char *name)
{
	struct info info = {.size = 0};
	socklen_t length = sizeof info;

	snprintf(info.name, sizeof info.name, "%s", name);
	if (getsockopt(fd, level, GET_INFO, &info, &length) != 0)
		info.entries = info.size = 0;
	/* any odd number mixes; FNV's is at hand */
	return ((sum ^ info.entries) * UINT64_C(0x100000001b3) ^ info.size) * UINT64_C(0x100000001b3);
}

static uint64_t add_family(uint64_t sum, int family, int level, unsigned tables)
{
	int fd = tables ? privileges_raw_socket(family, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_RAW) : -1;

	if (fd < 0)
		return sum;
	for (unsigned i = 0; i < HOOK_TABLES; i++)
		if (tables & 1U << i)
			sum = add_table(sum, fd, level, hook_table_names[i]);
	close(fd);
	return sum;
}

uint64_t legacy_signature(const unsigned tables[FAMILY_COUNT])
{
	uint64_t sum = add_family(UINT64_C(0xcbf29ce484222325), AF_INET, IPPROTO_IP, tables[FAMILY_IPV4]);

	return add_family(sum, AF_INET6, IPPROTO_IPV6, tables[FAMILY_IPV6]) | 1;
}
