/* SPDX-License-Identifier: GPL-2.0-or-later
 * past_filter.h - which decisions somebody wants to see, and how they are told
 */
#ifndef NFQROUTE_PAST_FILTER_H
#define NFQROUTE_PAST_FILTER_H

#include "control_protocol.h"
#include "history.h"

/* What is NULL is any. Texts are borrowed from the request. */
struct past_filter {
	const char *rule;    /* "file:line", or "file"; a directory before it may be left out */
	const char *gateway; /* its name; or main, drop, reject */
	const char *host;    /* a name, or ".name": it and all below it */
	const char *app;     /* or of what it runs in */
	bool has_client;
	struct key client_first, client_last; /* source addresses */
};

/* The arguments that say so, for a verb's table of fields. */
#define PAST_FILTER_FIELDS                                                                                        \
	{"rule", JSON_STRING, false, "decided by it: \"file:line\" or \"file\""},                                 \
		{"gateway", JSON_STRING, false, "gone by it: its name, or main, drop, reject"},                   \
		{"host", JSON_STRING, false, "for this name; \".name\": it and all below it"},                    \
		{"app", JSON_STRING, false, "of this app"},                                                       \
	{                                                                                                         \
		"client", JSON_STRING, false, "begun by this address or prefix"                                   \
	}

/* false with *error set: a value makes no sense. */
bool past_filter_read(struct past_filter *filter, const json_t *arguments, struct control_error *error);
bool past_filter_passes(const struct past_filter *filter, const struct past_decision *past);

/* The keys of "explain --json", and "time" in seconds since 1970. */
json_t *past_json(const struct past_decision *past);
/* The part of it that only the addresses are needed for. */
json_t *past_ends_json(const struct flow_key *key);
/* Nanoseconds of CLOCK_MONOTONIC as seconds since 1970. */
double past_epoch(uint64_t monotonic);

#endif
