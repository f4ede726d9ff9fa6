/* SPDX-License-Identifier: GPL-2.0-or-later
 * learned_json.c - an entry of what is learned as JSON
 */
#include "learned_json.h"

#include <string.h>
#include <time.h>

#include "classify.h"

#define SECOND 1000000000LL

static const char *const fact_names[FACT_COUNT] = {
	[FACT_APP] = "app",   [FACT_HOST] = "host", [FACT_ALPN] = "alpn",
	[FACT_PATH] = "path", [FACT_ECH] = "ech",   [FACT_PAYLOAD] = NULL,
};

static const char *const source_names[] = {"payload", "dns", "alias", "ech"}; /* by bit of enum learned_source */

enum { SOURCES = sizeof source_names / sizeof *source_names };

static const struct {
	uint8_t number;
	const char *name;
} protos[] = {{IPPROTO_TCP, "tcp"}, {IPPROTO_UDP, "udp"}};

struct learned_clock learned_clock_now(void)
{
	struct timespec monotonic, wall;

	clock_gettime(CLOCK_MONOTONIC, &monotonic);
	clock_gettime(CLOCK_REALTIME, &wall);
	return (struct learned_clock){.now = (uint64_t)(monotonic.tv_sec * SECOND + monotonic.tv_nsec),
				      .epoch = wall.tv_sec};
}

static bool contains(const char *text, size_t length, const char *part)
{
	return length && memmem(text, length, part, strlen(part));
}

bool learned_entry_fits(const struct learned_entry *entry, const char *word)
{
	char address[46], client[46];

	if (strcmp(key_address_text(entry->key.address, address), word) == 0 ||
	    strcmp(key_address_text(entry->key.client, client), word) == 0)
		return true;
	for (unsigned i = 0; i < entry->count; i++) {
		const struct learned_thing *thing = &entry->things[i];

		if (contains(thing->host, thing->host_length, word) ||
		    (thing->app && strcmp(thing->app->name, word) == 0))
			return true;
	}
	return false;
}

/* --- out --- */

static json_t *epoch_json(uint64_t when, struct learned_clock clock)
{
	return json_integer(clock.epoch + ((int64_t)when - (int64_t)clock.now) / SECOND);
}

static json_t *bits_json(uint32_t bits, const char *const *names, unsigned count)
{
	json_t *list = json_array();

	for (unsigned i = 0; i < count; i++)
		if (bits & 1U << i && names[i])
			json_array_append_new(list, json_string(names[i]));
	return list;
}

static json_t *thing_json(const struct learned_thing *t, struct learned_clock clock)
{
	return json_pack("{s:o,s:o,s:o,s:I,s:o,s:o,s:o,s:o}", "host",
			 t->host_length ? json_stringn(t->host, t->host_length) : json_null(), "app",
			 t->app ? json_string(t->app->name) : json_null(), "from",
			 bits_json(t->sources, source_names, SOURCES), "hits", (json_int_t)t->hits, "first",
			 epoch_json(t->first, clock), "last", epoch_json(t->last, clock), "expires",
			 epoch_json(t->expires, clock), "without", bits_json(t->closed, fact_names, FACT_COUNT));
}

static json_t *client_json(struct key client)
{
	char text[46];

	if (key_equal(client, key_of(0)))
		return json_null();
	return json_string(key_equal(client, LEARNED_LOCAL) ? "local" : key_address_text(client, text));
}

static json_t *proto_json(uint8_t proto)
{
	for (size_t i = 0; i < sizeof protos / sizeof *protos; i++)
		if (protos[i].number == proto)
			return json_string(protos[i].name);
	return json_null();
}

json_t *learned_entry_json(const struct learned_entry *entry, struct learned_clock clock)
{
	json_t *things = json_array();
	char text[46];

	for (unsigned i = 0; i < entry->count; i++)
		json_array_append_new(things, thing_json(&entry->things[i], clock)); /* without names that are not UTF-8 */
	return json_pack("{s:s,s:o,s:o,s:o,s:b,s:o}", "address", key_address_text(entry->key.address, text), "port",
			 entry->key.port ? json_integer(entry->key.port) : json_null(), "proto",
			 proto_json(entry->key.proto), "client", client_json(entry->key.client), "many", entry->many,
			 "things", things);
}

/* --- in --- */

static bool read_address(const json_t *value, struct key *key)
{
	const char *text = json_string_value(value);

	return text && key_from_text(text, key);
}

static bool read_client(const json_t *value, struct key *key)
{
	const char *text = json_string_value(value);

	*key = text && strcmp(text, "local") == 0 ? LEARNED_LOCAL : key_of(0);
	return json_is_null(value) || key->low || read_address(value, key);
}

static bool read_port(const json_t *value, uint16_t *port)
{
	json_int_t number = json_integer_value(value);

	*port = (uint16_t)number;
	return json_is_null(value) || (json_is_integer(value) && number > 0 && number <= 65535);
}

static bool read_proto(const json_t *value, uint8_t *proto)
{
	const char *text = json_string_value(value);

	*proto = 0;
	for (size_t i = 0; text && i < sizeof protos / sizeof *protos; i++)
		if (strcmp(protos[i].name, text) == 0)
			*proto = protos[i].number;
	return json_is_null(value) || *proto;
}

/* Words of a later version are passed over. */
static uint32_t read_bits(const json_t *list, const char *const *names, unsigned count)
{
	uint32_t bits = 0;
	json_t *word;
	size_t at;

	json_array_foreach(list, at, word)
	{
		for (unsigned i = 0; i < count; i++)
			if (names[i] && json_is_string(word) && strcmp(json_string_value(word), names[i]) == 0)
				bits |= 1U << i;
	}
	return bits;
}

/* A time of the wall on the table's clock, not before its beginning. */
static uint64_t read_time(const json_t *object, const char *name, struct learned_clock clock)
{
	int64_t ago = clock.epoch - json_integer_value(json_object_get(object, name));
	int64_t now = (int64_t)(clock.now / SECOND);

	if (ago >= now)
		return 0;
	return ago < -now ? 2 * clock.now : (uint64_t)(now - ago) * SECOND;
}

static bool is_good_name(const char *host, size_t length)
{
	if (length > LEARNED_NAME_MAX)
		return false;
	for (size_t i = 0; i < length; i++)
		if ((uint8_t)host[i] <= ' ' || host[i] == 0x7f || (host[i] >= 'A' && host[i] <= 'Z'))
			return false;
	return true;
}

static bool read_thing(const json_t *object, struct learned_clock clock, uint64_t longest, struct learned_thing *thing)
{
	const json_t *host = json_object_get(object, "host"), *app = json_object_get(object, "app");
	int64_t left = json_integer_value(json_object_get(object, "expires")) - clock.epoch;

	*thing = (struct learned_thing){
		.host = json_is_string(host) ? json_string_value(host) : "",
		.host_length = json_string_length(host),
		.app = app_by_name(json_string_value(app)),
		.closed = read_bits(json_object_get(object, "without"), fact_names, FACT_COUNT),
		.sources = (uint8_t)read_bits(json_object_get(object, "from"), source_names, SOURCES),
		.hits = (uint32_t)json_integer_value(json_object_get(object, "hits")),
		.first = read_time(object, "first", clock),
		.last = read_time(object, "last", clock),
	};
	if (left > 0)
		thing->expires = clock.now + ((uint64_t)left < longest / SECOND ? (uint64_t)left * SECOND : longest);
	if (thing->last > clock.now)
		thing->last = clock.now;
	return json_is_object(object) && thing->sources && is_good_name(thing->host, thing->host_length);
}

bool learned_entry_read(const json_t *object, struct learned_clock clock, uint64_t longest, struct learned_entry *entry)
{
	const json_t *things = json_object_get(object, "things");
	json_t *thing;
	size_t i;

	*entry = (struct learned_entry){.many = json_is_true(json_object_get(object, "many"))};
	if (!read_address(json_object_get(object, "address"), &entry->key.address) ||
	    !read_client(json_object_get(object, "client"), &entry->key.client) ||
	    !read_port(json_object_get(object, "port"), &entry->key.port) ||
	    !read_proto(json_object_get(object, "proto"), &entry->key.proto) || !json_is_array(things) ||
	    json_array_size(things) > LEARNED_THINGS)
		return false;
	json_array_foreach(things, i, thing)
	{
		struct learned_thing *next = &entry->things[entry->count];

		if (!read_thing(thing, clock, longest, next))
			return false;
		entry->count += next->expires && (next->host_length || next->app); /* an app may be known no more */
	}
	return true;
}
