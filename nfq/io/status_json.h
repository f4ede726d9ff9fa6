/* SPDX-License-Identifier: GPL-2.0-or-later
 * status_json.h - parts of the daemon's state as JSON, for the verb "status" (docs/CONTROL.md)
 */
#ifndef NFQROUTE_STATUS_JSON_H
#define NFQROUTE_STATUS_JSON_H

#include <jansson.h>
#include <stdint.h>

struct daemon;

/* status_gateways.c: an array of all gateways: what they are, and of each family whether it is up, since when, and what
 * its checks say. Main thread only. */
json_t *status_gateways(const struct daemon *daemon);
/* Nanoseconds of CLOCK_MONOTONIC as seconds since 1970; 0: null. */
json_t *status_time(uint64_t monotonic);

#endif
