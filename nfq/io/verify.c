/* SPDX-License-Identifier: GPL-2.0-or-later
 * verify.c - is the kernel as the daemon means it to be?
 */
#include "verify.h"

#include <stdio.h>
#include <string.h>

#include "daemon_state.h"
#include "queue_stat.h"

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

/* 0 off, 1 strict, 2 loose; -1: not to be had. Documentation/networking/ip-sysctl.rst. */
static int rp_filter_of(const char *device)
{
	char path[80 + IFNAMSIZ];
	FILE *file;
	int value;

	snprintf(path, sizeof path, "/proc/sys/net/ipv4/conf/%s/rp_filter", device);
	file = fopen(path, "re");
	if (!file)
		return -1;
	if (fscanf(file, "%d", &value) != 1)
		value = -1;
	fclose(file);
	return value;
}

/* Answers come in by a device that is not the one the main table would send them to. The greater of both values
 * counts. */
static void verify_rp_filter(struct daemon *daemon, found_fn *found, void *ctx)
{
	int all = rp_filter_of("all");

	for (unsigned i = 0; i < daemon->ruleset->gateway_count; i++) {
		const struct gateway *gateway = &daemon->ruleset->gateways[i];
		int own = *gateway->device ? rp_filter_of(gateway->device) : -1;
		char what[64 + IFNAMSIZ];

		if (own < 0)
			continue;
		snprintf(what, sizeof what, "net.ipv4.conf.%s.rp_filter", gateway->device);
		found(ctx, what,
		      (own > all ? own : all) == 1 ? "is strict (1): what comes back by the gateway is dropped"
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
