/* SPDX-License-Identifier: GPL-2.0-or-later
 * rates.h - what happens in an interval by rule, gateway, host, client and app: decisions, connections, bytes
 *
 * Pure: no socket, no clock. The bytes of a connection are told by its counters at the end of two intervals, so what
 * one has carried after the last look at it, and before it was forgotten, is not in any.
 */
#ifndef NFQROUTE_RATES_H
#define NFQROUTE_RATES_H

#include <jansson.h>

#include "ctentry.h"
#include "history.h"

struct rates;

/* NULL: out of memory. */
struct rates *rates_new(void);
/* NULL is none. */
void rates_free(struct rates *rates);

/* A connection that is there at the end of the interval, and what has decided it. */
void rates_flow(struct rates *rates, const struct past_decision *past, const struct ct_entry *entry);
/* A decision made in the interval, be its connection still there or not. */
void rates_decision(struct rates *rates, const struct past_decision *past);

/* Ends the interval, and begins the next: an object with "all", a row; "rule", "gateway", "host", "client" and "app",
 * of each the limit rows that have carried most, as arrays; and "more", how many others there are of each. A row has
 * "name" (null: none; not in "all"), "connections" at the end of the interval and "decided", "bytes_sent" and
 * "bytes_received" in it. NULL: out of memory at any time since the last interval; nothing of it is left. */
json_t *rates_take(struct rates *rates, size_t limit);

#endif
