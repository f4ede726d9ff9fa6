/* SPDX-License-Identifier: GPL-2.0-or-later
 * known_dns.c - learning from DNS answers, before they reach who has asked
 *
 * Theory of operation. The hooks queue answers of name servers, and every question, also those of connections that are
 * decided. An answer from outside teaches only what somebody here has asked: its id, name, type and the asking socket
 * are those of a question that was seen. An answer that a server on this machine gives needs no question, as nobody
 * else can send it. What an answer teaches is in the table before its verdict goes out, so no connection that follows
 * from it can come sooner.
 */
#include "dns.h"
#include "engine_private.h"

enum {
	DNS_PORT = 53,
	TAUGHT_MAX = 128, /* names at addresses that one answer teaches: who has more is not looking for a client */
};

/* A message's bytes: over TCP behind its length (RFC 1035 4.2.2), if it begins with the segment. */
static struct reader message_of(const struct packet *p)
{
	bool open = p->fragment || p->payload_length < p->payload_wire_length;
	struct reader r;

	if (p->proto == IPPROTO_UDP)
		return reader_over(p->payload, p->payload_length, open);
	r = reader_over(p->payload, p->payload_length, true);
	return reader_sub(&r, reader_u16(&r));
}

static struct learned_question learned_question(const struct dns_question *q, const struct packet *p, bool answer)
{
	return (struct learned_question){.client = answer ? p->dst : p->src,
					 .port = answer ? p->dport : p->sport,
					 .id = q->id,
					 .type = q->type,
					 .proto = p->proto,
					 .name = q->name.text,
					 .name_length = q->name.length};
}

/* Addresses that no connection goes to, or that are no one's: what a filter answers in place of the truth. */
static bool is_destination(struct key address)
{
	uint32_t v4 = (uint32_t)address.low;

	if (key_is_ipv4(address))
		return v4 >> 24 != 0 && v4 >> 24 != 127 && v4 >> 28 < 0xe;
	return (address.high || address.low > 1) && address.high >> 56 != 0xff;
}

static uint64_t lifetime(const struct options *o, uint32_t seconds)
{
	uint64_t ms = (uint64_t)seconds * 1000;

	if (ms < o->learned_ttl_min_ms)
		ms = o->learned_ttl_min_ms;
	return (ms < o->learned_ttl_max_ms ? ms : o->learned_ttl_max_ms) * MILLISECOND;
}

static void teach(struct turn *t, struct key client, struct key address, const struct learned_thing *thing)
{
	struct learned *table = t->engine->config.learned;
	struct learned_key key = {.address = address, .client = client};

	learned_add(table, &key, thing, t->now);
	key.client = key_of(0);
	learned_add(table, &key, thing, t->now);
}

/* Every name of the chain, as long as the way from it to the addresses holds. */
static void teach_address(struct turn *t, struct key client, const struct dns_answer *a, unsigned index)
{
	const struct options *o = &t->engine->ruleset->options;
	uint32_t ttl = a->addresses[index].ttl;

	if (!is_destination(a->addresses[index].address))
		return;
	for (unsigned i = a->name_count; i-- > 0;) {
		struct learned_thing thing = {.host = a->chain[i].name.text, .host_length = a->chain[i].name.length};

		if (i + 1 < a->name_count && a->chain[i].ttl < ttl)
			ttl = a->chain[i].ttl;
		thing.sources = i ? LEARNED_ALIAS : LEARNED_DNS | (a->ech ? LEARNED_ECH : 0);
		thing.expires = t->now + lifetime(o, ttl);
		teach(t, client, a->addresses[index].address, &thing);
	}
	if (a->ech_public.length) {
		struct learned_thing thing = {.host = a->ech_public.text,
					      .host_length = a->ech_public.length,
					      .sources = LEARNED_ALIAS,
					      .expires = t->now + lifetime(o, ttl)};

		teach(t, client, a->addresses[index].address, &thing);
	}
}

static bool learns(const struct turn *t)
{
	const struct options *o = &t->engine->ruleset->options;

	return t->engine->config.learned && o->learned && o->dns;
}

static bool is_dns(const struct packet *p, uint16_t port)
{
	return port == DNS_PORT && (p->proto == IPPROTO_UDP || p->proto == IPPROTO_TCP) && p->payload_length;
}

static void learn_answer(struct turn *t, struct key client, bool trusted)
{
	struct engine_counters *counters = &t->engine->counters;
	struct dns_answer answer;
	struct learned_question question;

	if (!learns(t) || !dns_read_answer(message_of(t->packet), &answer))
		return;
	question = learned_question(&answer.question, t->packet, true);
	if (!trusted && !learned_was_asked(t->engine->config.learned, &question, t->now)) {
		counters->dns_unasked++;
		return;
	}
	counters->dns_answers++;
	for (unsigned i = 0; i < answer.address_count && (i + 1) * answer.name_count <= TAUGHT_MAX; i++)
		teach_address(t, client, &answer, i);
}

static void learn_question(struct turn *t)
{
	struct dns_question asked;
	struct learned_question question;

	if (!learns(t) || !dns_read_question(message_of(t->packet), &asked))
		return;
	question = learned_question(&asked, t->packet, false);
	learned_asked(t->engine->config.learned, &question, t->now);
}

/* Only a server on this machine answers in output, and needs no question to be believed. */
static void watch_answer(struct turn *t)
{
	const struct packet *p = t->packet;
	bool here = t->side == CLIENT;
	bool for_us = here ? key_equal(p->origin.oif, key_from_device("lo")) : p->origin.local;

	learn_answer(t, for_us ? LEARNED_LOCAL : p->dst, here);
}

bool watch_dns(struct turn *t)
{
	const struct marks *marks = &t->engine->ruleset->marks;
	uint32_t bits = t->packet->mark & marks->mask;

	if (bits == marks->answer) {
		watch_answer(t);
		let_go(t, 0);
		return true;
	}
	if (t->side == SERVER) { /* of a connection that is undecided */
		if (is_dns(t->packet, t->packet->sport))
			watch_answer(t);
		return false;
	}
	if (is_dns(t->packet, t->packet->dport))
		learn_question(t);
	if (!(bits & marks->route_mask) || is_invalid(t))
		return false;
	let_go(t, bits == marks->main ? 0 : bits); /* its connection is decided */
	return true;
}
