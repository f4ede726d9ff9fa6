/* SPDX-License-Identifier: GPL-2.0-or-later
 * expect.c - packets that are to be judged soon: what is done for them ahead
 *
 * Each packet that is expected takes those before it a step further. What has been found is kept under the
 * packet's number, until as many others have come as there is room for; what is not there any more is done again.
 */
#include "engine_private.h"

#include <string.h>

static struct lookup *place_of(struct expectations *expectations, uint32_t number)
{
	return &expectations->lookups[number % EXPECTED_MAX];
}

/* Rules are asked about it, unless its connection is decided already. */
static bool is_question(const struct packet *p)
{
	return !p->reply && (p->proto != IPPROTO_TCP || p->tcp_flags & TCP_SYN || p->payload_length);
}

static void look_up(struct engine *e, struct packet *packet)
{
	struct expectations *expectations = &e->expectations;

	packet->expected = ++expectations->last;
	if (packet->expected)
		lookup_begin(place_of(expectations, packet->expected), e->ruleset, packet);
}

void engine_expect(struct engine *engine, struct packet *packet)
{
	struct expectations *expectations = &engine->expectations;
	struct flow_key key = flow_key_of(packet, packet->reply);

	packet->hash = flow_hash(engine->flows, &key);
	flow_expect(engine->flows, packet->hash);
	past_expect(engine->past, packet->hash);
	for (unsigned before = 0; before < LOOKUP_STEPS - 1; before++)
		lookup_advance(place_of(expectations, expectations->last - before));
	if (engine->ruleset->index && is_question(packet))
		look_up(engine, packet);
}

struct lookup *expected_lookup(struct engine *e, const struct packet *packet)
{
	uint32_t age = e->expectations.last - packet->expected;

	return packet->expected && age < EXPECTED_MAX ? place_of(&e->expectations, packet->expected) : NULL;
}

/* Numbers that were given are none any more. */
void expect_nothing(struct engine *e)
{
	memset(e->expectations.lookups, 0, sizeof e->expectations.lookups);
	e->expectations.last += EXPECTED_MAX;
}

void expect_host(void *engine, const struct facts *facts, enum fact fact)
{
	struct engine *e = engine;
	struct subject subject = {.facts = facts, .names = &e->names};
	const char *host;
	size_t len;

	if (fact != FACT_HOST || facts != &e->facts || !e->ruleset->index)
		return;
	host = facts_text(facts, FACT_HOST, &len);
	name_hashes_make(&e->names, host, len);
	e->named = true;
	lookup_fact(e->ruleset, &subject, FACT_HOST);
}
