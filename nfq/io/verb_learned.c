/* SPDX-License-Identifier: GPL-2.0-or-later
 * verb_learned.c - "learned": what is known of destinations, and what the rules make of it today
 */
#include <stdlib.h>
#include <string.h>

#include "daemon_state.h"
#include "learned_json.h"
#include "target.h"
#include "verbs.h"

enum { LIMIT_USUAL = 1000, LIMIT_MOST = 100000 };

struct listing {
	const struct ruleset *ruleset;
	const struct gateway_state *gateways;
	struct learned_clock clock;
	const char *filter; /* NULL: all */
	json_int_t limit;
	json_t *list;
	uint64_t more, ambiguous;
	struct facts facts; /* the thing at hand */
};

/* A connection of which nothing is known but where it goes. */
static struct packet packet_to(const struct learned_key *key)
{
	return (struct packet){.family = key_is_ipv4(key->address) ? AF_INET : AF_INET6,
			       .proto = key->proto ? key->proto : IPPROTO_TCP,
			       .src = key->client,
			       .dst = key->address,
			       .has_ports = true,
			       .dport = key->port ? key->port : 443,
			       .origin.local = key_equal(key->client, LEARNED_LOCAL)};
}

static struct target target_for(struct listing *l, const struct learned_key *key, const struct learned_thing *thing)
{
	struct packet packet = packet_to(key);
	struct subject subject = {
		.packet = &packet, .facts = &l->facts, .client = reader_over(NULL, 0, true), .cut_off = NULL};

	memset(&l->facts, 0, sizeof l->facts);
	if (thing->app)
		facts_set_app(&l->facts, thing->app);
	l->facts.closed = thing->closed;
	if (thing->host_length)
		facts_set_text(&l->facts, FACT_HOST, thing->host, thing->host_length);
	return target_of(l->ruleset, ruleset_eval(l->ruleset, &subject).rule, &packet, l->gateways);
}

static json_t *verdict_json(const struct listing *l, const struct target *target)
{
	if (target->gateway < 0)
		return json_string(action_name(target->action));
	return json_sprintf("via %s", l->ruleset->gateways[target->gateway].name);
}

/* Adds "verdict" to each thing and "ambiguous" to the whole: names behind the one that was asked for do not count. */
static void judge(struct listing *l, const struct learned_entry *entry, json_t *object)
{
	json_t *things = json_object_get(object, "things");
	bool ambiguous = entry->many, first = true;
	struct target one = {0};

	for (unsigned i = 0; i < entry->count; i++) {
		const struct learned_thing *thing = &entry->things[i];
		struct target target = target_for(l, &entry->key, thing);

		json_object_set_new(json_array_get(things, i), "verdict", verdict_json(l, &target));
		if (!(thing->sources & (LEARNED_PAYLOAD | LEARNED_DNS)))
			continue;
		ambiguous |= !first && (target.mark != one.mark || target.action != one.action);
		one = target;
		first = false;
	}
	json_object_set_new(object, "ambiguous", json_boolean(ambiguous));
	l->ambiguous += ambiguous;
}

static bool add(void *ctx, const struct learned_entry *entry)
{
	struct listing *l = ctx;
	json_t *object;

	if (l->filter && !learned_entry_fits(entry, l->filter))
		return true;
	if ((json_int_t)json_array_size(l->list) >= l->limit) {
		l->more++;
		return true;
	}
	object = learned_entry_json(entry, l->clock);
	if (!object)
		return false;
	judge(l, entry, object);
	json_array_append_new(l->list, object);
	return true;
}

static void run(struct daemon *daemon, struct control_request *request)
{
	struct listing *l = calloc(1, sizeof *l);
	struct learned_counters counters = learned_counters(daemon->learned);
	struct control_error error;

	if (!l || !(l->list = json_array())) {
		free(l);
		control_fail(request, CONTROL_FAILED, "out of memory");
		return;
	}
	l->ruleset = daemon->ruleset;
	l->gateways = routing_state(daemon->routing);
	l->clock = learned_clock_now();
	l->filter = control_string(request, "filter");
	l->limit = LIMIT_USUAL;
	if (!control_number(control_arguments(request), "limit", 1, LIMIT_MOST, &l->limit, &error)) {
		control_fail(request, error.code, "%s", error.message);
		json_decref(l->list);
	} else {
		learned_walk(daemon->learned, l->clock.now, add, l);
		control_answer(request, json_pack("{s:o,s:I,s:I,s:I,s:I}", "learned", l->list, "more",
						  (json_int_t)l->more, "ambiguous", (json_int_t)l->ambiguous,
						  "entries", (json_int_t)counters.entries, "evicted",
						  (json_int_t)counters.evicted));
	}
	free(l);
}

static const struct control_field fields[] = {
	{"filter", JSON_STRING, false, "only what has this address, client or app, or this text in a host"},
	{"limit", JSON_INTEGER, false, "so many at most, 1000 if left out"},
	{0}};

const struct control_verb verb_learned = {
	.name = "learned",
	.brief = "list what was seen at destinations, and what the rules make of it",
	.fields = fields,
	.run = run,
};
