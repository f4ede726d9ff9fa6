/* SPDX-License-Identifier: GPL-2.0-or-later
 * learned_json.h - an entry of what is learned as JSON: one line of the file, one element of the command's list; and by
 * which word it is found
 *
 *     {"address":"203.0.113.9","port":443,"proto":"tcp","client":null,"many":false,"things":[{"host":"a.example",
 *      "app":"tls","from":["payload"],"hits":3,"first":1700000000,"last":1700000100,"expires":1700086500,"without":["path"]}]}
 *
 * port and proto are null where any is meant; client is null for anybody, "local" for programs of this machine. Times are
 * seconds since 1970.
 */
#ifndef NFQROUTE_LEARNED_JSON_H
#define NFQROUTE_LEARNED_JSON_H

#include <jansson.h>

#include "learned.h"

/* One moment on both clocks: the table's, which counts from the boot, and the wall's. */
struct learned_clock {
	uint64_t now;  /* nanoseconds of CLOCK_MONOTONIC */
	int64_t epoch; /* seconds since 1970 */
};

struct learned_clock learned_clock_now(void);

/* The word is its whole address or client, an app, or a part of a host. */
bool learned_entry_fits(const struct learned_entry *entry, const char *word);

/* NULL: out of memory. */
json_t *learned_entry_json(const struct learned_entry *entry, struct learned_clock clock);
/* The reverse; text is borrowed from object. Expiry is at most longest nanoseconds from now, whatever the wall's clock has
 * done meanwhile; things that have expired are left out. false: object is not as it should be. */
bool learned_entry_read(const json_t *object, struct learned_clock clock, uint64_t longest, struct learned_entry *entry);

#endif
