/* SPDX-License-Identifier: GPL-2.0-or-later
 * passive.c - whether the connections that begin by a gateway are answered, as conntrack sees it
 */
#include "passive.h"

#include <string.h>

enum { AVERAGE = 8, TRIED_SILENT = 4, PROBES = 4 };

/* The connection's slot; NULL: it is not watched. */
static struct passive_watched *find(struct passive *passive, const struct flow_key *key)
{
	unsigned hash = (unsigned)(flow_key_hash(key, 0) % PASSIVE_WATCHED);

	for (unsigned i = 0; i < PROBES; i++) {
		struct passive_watched *slot = &passive->watched[(hash + i) % PASSIVE_WATCHED];

		if (slot->since && flow_key_equal(&slot->key, key))
			return slot;
	}
	return NULL;
}

/* NULL: all that it could have are taken. */
static struct passive_watched *find_free(struct passive *passive, const struct flow_key *key)
{
	unsigned hash = (unsigned)(flow_key_hash(key, 0) % PASSIVE_WATCHED);

	for (unsigned i = 0; i < PROBES; i++)
		if (!passive->watched[(hash + i) % PASSIVE_WATCHED].since)
			return &passive->watched[(hash + i) % PASSIVE_WATCHED];
	return NULL;
}

static void let_go(struct passive *passive, struct passive_watched *slot)
{
	slot->since = 0;
	passive->watching--;
}

void passive_begin(struct passive *passive, const struct flow_key *key, uint64_t now)
{
	struct passive_watched *slot = find_free(passive, key);

	passive->begun++;
	if (!slot || find(passive, key))
		return;
	*slot = (struct passive_watched){.key = *key, .since = now ? now : 1};
	passive->watching++;
}

/* To the front, with its latest port. */
static void note_answered(struct passive *passive, const struct flow_key *key)
{
	struct endpoint *answered = passive->answered;
	unsigned at = 0;

	while (at < passive->answered_count && !key_equal(answered[at].address, key->dst))
		at++;
	if (at == PASSIVE_KNOWN)
		at--;
	else if (at == passive->answered_count)
		passive->answered_count++;
	memmove(answered + 1, answered, at * sizeof *answered);
	answered[0] = (struct endpoint){.address = key->dst, .port = key->dport};
}

void passive_answer(struct passive *passive, const struct flow_key *key, uint64_t now)
{
	struct passive_watched *slot = find(passive, key);

	passive->answers++;
	if (slot) {
		uint32_t took = now > slot->since + 1000 ? (uint32_t)((now - slot->since) / 1000) : 1;

		passive->answer_us = passive->answer_us
					     ? passive->answer_us - passive->answer_us / AVERAGE + took / AVERAGE
					     : took;
		let_go(passive, slot);
	}
	note_answered(passive, key);
	passive_works(passive);
}

void passive_end(struct passive *passive, const struct flow_key *key)
{
	struct passive_watched *slot = find(passive, key);

	if (slot)
		let_go(passive, slot);
}

static void note_silent(struct passive *passive, const struct flow_key *key)
{
	unsigned at = 0;

	passive->unanswered++;
	while (at < passive->silent_count && !key_equal(passive->silent[at].address, key->dst))
		at++;
	if (at == PASSIVE_SILENT)
		return;
	passive->silent[at] = (struct endpoint){.address = key->dst, .port = key->dport};
	if (at == passive->silent_count)
		passive->silent_count++;
}

void passive_look(struct passive *passive, uint64_t timeout, uint64_t now)
{
	for (unsigned i = 0; i < PASSIVE_WATCHED && passive->watching; i++) {
		struct passive_watched *slot = &passive->watched[i];

		if (!slot->since || now < slot->since + timeout)
			continue;
		note_silent(passive, &slot->key);
		let_go(passive, slot);
	}
}

void passive_forget(struct passive *passive)
{
	memset(passive->watched, 0, sizeof passive->watched);
	passive->watching = 0;
	passive_works(passive);
}

void passive_works(struct passive *passive)
{
	passive->silent_count = 0;
	passive->tried = 0;
}

bool passive_target(struct passive *passive, struct endpoint *target)
{
	unsigned silent = passive->silent_count < TRIED_SILENT ? passive->silent_count : TRIED_SILENT;
	unsigned count = passive->answered_count + silent, at;

	if (!count)
		return false;
	at = passive->tried++ % count;
	*target = at < passive->answered_count
			  ? passive->answered[at]
			  : passive->silent[passive->silent_count - 1 - (at - passive->answered_count)];
	return true;
}
