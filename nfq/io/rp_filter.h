/* SPDX-License-Identifier: GPL-2.0-or-later
 * rp_filter.h - the reverse path filter of the gateways' devices: loose while they are in use
 *
 * What comes back by a gateway has a source that the main table would reach by another device; the strict filter drops
 * it before any hook of the firewall sees it (Documentation/networking/ip-sysctl.rst, RFC 3704). IPv6 has none.
 */
#ifndef NFQROUTE_RP_FILTER_H
#define NFQROUTE_RP_FILTER_H

#include <net/if.h>
#include <stddef.h>

/* What holds for the device: the greater of its own value and that of "all". */
enum rp_filter_mode { RP_FILTER_UNKNOWN = -1, RP_FILTER_OFF, RP_FILTER_STRICT, RP_FILTER_LOOSE };
enum rp_filter_mode rp_filter_mode(const char *device);

struct rp_filters;

/* Knows again what a predecessor that was killed has changed in this network namespace. NULL: out of memory. */
struct rp_filters *rp_filters_open(void);
/* Changes nothing. */
void rp_filters_close(struct rp_filters *filters);

struct rp_device {
	unsigned index;
	char name[IFNAMSIZ];
};

/* Makes these devices' filters loose where they are strict, and puts back those of other devices that it has changed,
 * unless somebody else has changed them since. What they were is noted in /run/nfqroute before. "all" is never touched.
 * Errors are logged. */
void rp_filters_set(struct rp_filters *filters, const struct rp_device *devices, size_t count);

#endif
