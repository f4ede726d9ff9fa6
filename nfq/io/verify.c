/* SPDX-License-Identifier: GPL-2.0-or-later
 * verify.c - is the kernel as the daemon means it to be?
 */
#include "verify.h"

#include <stdio.h>
#include <string.h>

#include "daemon_state.h"
#include "queue_stat.h"
#include "rp_filter.h"

typedef void found_fn(void *ctx, const char *what, const char *why);

static void verify_routes(struct daemon *daemon, found_fn *found, void *ctx)
{
	int failure = routing_verify(daemon->routing, found, ctx);

	if (failure)
		found(ctx, "routes and rules", strerror(-failure));
}

static void verify_queues(struct daemon *daemon, found_fn *found, void *ctx)
{
	for (unsigned n = daemon->config->first; n <= daemon->config->last; n++) {
		struct queue_stat stat;
		char what[32];

		snprintf(what, sizeof what, "queue %u", n);
		found(ctx, what, queue_stat(n, &stat) ? NULL : "is not served");
	}
}

/* Answers come in by a device that is not the one the main table would send them to. */
static void verify_rp_filter(struct daemon *daemon, found_fn *found, void *ctx)
{
	for (unsigned i = 0; i < daemon->ruleset->gateway_count; i++) {
		char device[IFNAMSIZ], what[64 + IFNAMSIZ];
		enum rp_filter_mode mode = RP_FILTER_UNKNOWN;

		if (routing_way(daemon->routing, i, FAMILY_IPV4, device))
			mode = rp_filter_mode(device);
		if (mode == RP_FILTER_UNKNOWN)
			continue;
		snprintf(what, sizeof what, "net.ipv4.conf.%s.rp_filter", device);
		found(ctx, what,
		      mode == RP_FILTER_STRICT ? "is strict (1): what comes back by the gateway is dropped"
					       : NULL);
	}
}

void verify_kernel(struct daemon *daemon, found_fn *found, void *ctx)
{
	static void (*const checks[])(struct daemon *, found_fn *, void *) = {
		verify_routes,
		verify_queues,
		verify_rp_filter,
	};

	for (size_t i = 0; i < sizeof checks / sizeof *checks; i++)
		checks[i](daemon, found, ctx);
}
