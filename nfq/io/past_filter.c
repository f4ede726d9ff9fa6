/* SPDX-License-Identifier: GPL-2.0-or-later
 * past_filter.c - which decisions somebody wants to see, and how they are told
 */
#include "past_filter.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "classify.h"
#include "json_text.h"
#include "protocols.h"

/* --- which --- */

/* Keeps the first bits of 128. */
static void mask_keys(struct key *first, struct key *last, unsigned bits)
{
	uint64_t high = bits >= 64 ? UINT64_MAX : bits ? UINT64_MAX << (64 - bits) : 0;
	uint64_t low = bits <= 64 ? 0 : UINT64_MAX << (128 - bits);

	first->high &= high;
	first->low &= low;
	*last = (struct key){.high = first->high | ~high, .low = first->low | ~low};
}

static bool parse_prefix(struct past_filter *filter, const char *text)
{
	const char *slash = strchr(text, '/');
	size_t length = slash ? (size_t)(slash - text) : strlen(text);
	char address[64], *end;
	unsigned long prefix;
	unsigned bits;

	if (length >= sizeof address)
		return false;
	memcpy(address, text, length);
	address[length] = '\0';
	bits = key_from_text(address, &filter->client_first);
	if (!bits)
		return false;
	prefix = slash ? strtoul(slash + 1, &end, 10) : bits;
	if (prefix > bits || (slash && (*end || end == slash + 1)))
		return false;
	mask_keys(&filter->client_first, &filter->client_last, 128 - bits + (unsigned)prefix);
	filter->has_client = true;
	return true;
}

bool past_filter_read(struct past_filter *filter, const json_t *arguments, struct control_error *error)
{
	const char *client = json_string_value(json_object_get(arguments, "client"));

	*filter = (struct past_filter){
		.rule = json_string_value(json_object_get(arguments, "rule")),
		.gateway = json_string_value(json_object_get(arguments, "gateway")),
		.host = json_string_value(json_object_get(arguments, "host")),
		.app = json_string_value(json_object_get(arguments, "app")),
	};
	if (client && !parse_prefix(filter, client))
		control_error_set(error, CONTROL_BAD_ARGUMENT, "\"%.64s\" is neither an address nor a prefix", client);
	else if (filter->app && !app_by_name(filter->app))
		control_error_set(error, CONTROL_BAD_ARGUMENT, "there is no app \"%.64s\"", filter->app);
	else
		return true;
	return false;
}

/* text is all of whole, or what is behind a '/' of it, perhaps without the ":line" of whole. */
static bool names_rule(const char *text, const char *whole)
{
	size_t length = strlen(text), line = strlen(whole), all = line;

	while (line && whole[line - 1] != ':')
		line--;
	for (unsigned with_line = 0; with_line < 2; with_line++) {
		size_t end = with_line ? all : line ? line - 1 : 0;

		if (length <= end && memcmp(whole + end - length, text, length) == 0 &&
		    (length == end || whole[end - length - 1] == '/'))
			return true;
	}
	return false;
}

static bool names_gateway(const char *text, const struct past_decision *past)
{
	if (*past->gateway)
		return strncmp(text, past->gateway, sizeof past->gateway - 1) == 0;
	return strcmp(text, action_name(past->action)) == 0;
}

static bool names_host(const char *text, const char *host)
{
	size_t length = strlen(text), all = strlen(host);

	if (*text != '.')
		return strcmp(text, host) == 0;
	return strcmp(text + 1, host) == 0 || (all > length && strcmp(host + all - length, text) == 0);
}

static bool names_app(const char *text, const struct app *app)
{
	for (; app; app = app->within)
		if (strcmp(text, app->name) == 0)
			return true;
	return false;
}

bool past_filter_passes(const struct past_filter *filter, const struct past_decision *past)
{
	if (filter->rule && !names_rule(filter->rule, past->rule))
		return false;
	if (filter->gateway && !names_gateway(filter->gateway, past))
		return false;
	if (filter->host && !names_host(filter->host, past->host))
		return false;
	if (filter->app && !names_app(filter->app, past->app))
		return false;
	return !filter->has_client || (key_compare(filter->client_first, past->src) <= 0 &&
				       key_compare(past->src, filter->client_last) <= 0);
}

/* --- how they are told --- */

json_t *past_ends_json(const struct flow_key *key)
{
	char src[46], dst[46], proto[PROTOCOL_TEXT_MAX];

	return json_pack("{s:s, s:i, s:s, s:i, s:s}", "src", key_address_text(key->src, src), "sport", key->sport,
			 "dst", key_address_text(key->dst, dst), "dport", key->dport, "proto",
			 protocol_text(key->proto, proto));
}

double past_epoch(uint64_t monotonic)
{
	struct timespec now, real;

	clock_gettime(CLOCK_MONOTONIC, &now);
	clock_gettime(CLOCK_REALTIME, &real);
	return (double)(real.tv_sec - now.tv_sec) + (double)(real.tv_nsec - now.tv_nsec) / 1e9 +
	       (double)monotonic / 1e9;
}

static json_t *text_or_null(const char *text)
{
	return json_text(*text ? text : NULL);
}

json_t *past_json(const struct past_decision *past)
{
	struct flow_key key = past_key(past);
	json_t *object = past_ends_json(&key);

	json_object_set_new(object, "time", json_real(past_epoch(past->time)));
	json_object_set_new(object, "app", json_text(past->app ? app_protocol(past->app) : NULL));
	json_object_set_new(object, "host", text_or_null(past->host));
	json_object_set_new(object, "alpn", text_or_null(past->alpn));
	json_object_set_new(object, "verdict", json_string(action_name(past->action)));
	json_object_set_new(object, "gateway", text_or_null(past->gateway));
	json_object_set_new(object, "mark", json_sprintf("0x%x", past->mark));
	json_object_set_new(object, "rule", text_or_null(past->rule));
	json_object_set_new(object, "why", json_text(past->why));
	json_object_set_new(object, "decided_packet", json_integer(past->packets));
	json_object_set_new(object, "moved", json_boolean(past->moved));
	json_object_set_new(object, "reset", json_boolean(past->reset));
	json_object_set_new(object, "switched", json_boolean(past->switched));
	json_object_set_new(object, "late",
			    json_text(past->late ? rehome_refusal_text((enum rehome_refusal)past->refusal)
						 : NULL));
	return object;
}
