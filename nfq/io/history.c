/* SPDX-License-Identifier: GPL-2.0-or-later
 * history.c - the last decisions of one queue, written by its thread, read by any other
 *
 * A sequence lock per ring (Boehm, "Can seqlocks get along with programming language memory models?", 2012): the
 * writer announces a number, writes, and says that it is there; a reader copies, and then sees whether a number
 * has been announced meanwhile that takes the same place. The words are atomic, relaxed: on usual machines plain
 * stores.
 */
#include "history.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#define WORDS (sizeof(struct past_decision) / sizeof(uint64_t))
_Static_assert(sizeof(struct past_decision) % sizeof(uint64_t) == 0, "copied by words");

struct slot {
	_Atomic uint64_t words[WORDS];
};

struct history {
	uint64_t size; /* a power of two */
	_Atomic uint64_t announced, there;
	struct slot *slots;
};

struct history *history_new(uint32_t count)
{
	struct history *history = calloc(1, sizeof *history);

	if (!history)
		return NULL;
	history->size = 1;
	while (history->size < count)
		history->size *= 2;
	history->slots = calloc(history->size, sizeof *history->slots);
	if (history->slots)
		return history;
	free(history);
	return NULL;
}

void history_free(struct history *history)
{
	if (history)
		free(history->slots);
	free(history);
}

/* The last bytes of text that fit, and a NUL. */
static void copy_end(char *to, size_t size, const char *text)
{
	size_t length = strlen(text);

	if (length >= size)
		text += length - size + 1;
	memcpy(to, text, length < size ? length + 1 : size);
}

static void copy_fact(char *to, size_t size, const struct facts *facts, enum fact fact)
{
	size_t length;
	const char *text = facts_text(facts, fact, &length);

	if (length >= size)
		length = size - 1;
	for (size_t i = 0; i < length; i++)
		to[i] = text[i] ? text[i] : '?';
}

static void fill(struct past_decision *past, const struct ruleset *ruleset, const struct decision *decision)
{
	past->src = decision->src;
	past->dst = decision->dst;
	past->sport = decision->sport;
	past->dport = decision->dport;
	past->proto = decision->proto;
	past->action = (uint8_t)decision->action;
	past->refusal = (uint8_t)decision->refusal;
	past->late = decision->late;
	past->moved = decision->moved;
	past->reset = decision->reset;
	past->switched = decision->switched;
	past->mark = decision->mark;
	past->packets = decision->packets;
	past->app = fact_known(decision->facts, FACT_APP) ? decision->facts->app : NULL;
	past->why = decision->rule ? NULL : decision->why;
	if (decision->rule)
		copy_end(past->rule, sizeof past->rule, decision->rule->text);
	if (decision->gateway >= 0)
		copy_end(past->gateway, sizeof past->gateway, ruleset->gateways[decision->gateway].name);
	copy_fact(past->host, sizeof past->host, decision->facts, FACT_HOST);
	copy_fact(past->alpn, sizeof past->alpn, decision->facts, FACT_ALPN);
}

void history_add(struct history *history, const struct ruleset *ruleset, const struct decision *decision,
		 uint64_t now)
{
	uint64_t number = atomic_load_explicit(&history->there, memory_order_relaxed), words[WORDS];
	struct slot *slot = &history->slots[number & (history->size - 1)];
	struct past_decision past;

	memset(&past, 0, sizeof past);
	past.time = now;
	fill(&past, ruleset, decision);
	memcpy(words, &past, sizeof words);
	atomic_store_explicit(&history->announced, number + 1, memory_order_relaxed);
	atomic_thread_fence(memory_order_release);
	for (size_t i = 0; i < WORDS; i++)
		atomic_store_explicit(&slot->words[i], words[i], memory_order_relaxed);
	atomic_store_explicit(&history->there, number + 1, memory_order_release);
}

uint64_t history_end(const struct history *history)
{
	return atomic_load_explicit(&history->there, memory_order_acquire);
}

uint64_t history_begin(const struct history *history)
{
	uint64_t end = history_end(history);

	return end > history->size ? end - history->size : 0;
}

uint64_t history_resume(const struct history *history, uint64_t next, uint64_t *missed)
{
	uint64_t begin = history_begin(history);

	if (next > history_end(history))
		return begin;
	if (next >= begin)
		return next;
	*missed += begin - next;
	return begin;
}

bool history_get(const struct history *history, uint64_t number, struct past_decision *past)
{
	const struct slot *slot = &history->slots[number & (history->size - 1)];
	uint64_t words[WORDS];

	if (number >= history_end(history))
		return false;
	for (size_t i = 0; i < WORDS; i++)
		words[i] = atomic_load_explicit(&slot->words[i], memory_order_relaxed);
	atomic_thread_fence(memory_order_acquire);
	if (atomic_load_explicit(&history->announced, memory_order_relaxed) - number > history->size)
		return false;
	memcpy(past, words, sizeof *past);
	return true;
}

struct flow_key past_key(const struct past_decision *past)
{
	struct flow_key key;

	memset(&key, 0, sizeof key); /* compared as bytes */
	key.src = past->src;
	key.dst = past->dst;
	key.sport = past->sport;
	key.dport = past->dport;
	key.proto = past->proto;
	return key;
}
