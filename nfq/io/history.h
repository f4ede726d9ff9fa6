/* SPDX-License-Identifier: GPL-2.0-or-later
 * history.h - the last decisions of one queue, written by its thread, read by any other
 *
 * A ring that is written over, without a lock: the writer never waits and never knows whether somebody reads; a
 * reader that is too slow finds out that it has missed some.
 */
#ifndef NFQROUTE_HISTORY_H
#define NFQROUTE_HISTORY_H

#include "engine.h"
#include "flow_key.h"

/* A decision without pointers into rules or packets. Texts are cut where they are longer; of a rule the beginning.
 */
struct past_decision {
	uint64_t time; /* nanoseconds of CLOCK_MONOTONIC */
	struct key src, dst;
	uint16_t sport, dport;
	uint8_t proto;
	uint8_t action;  /* enum action */
	uint8_t refusal; /* enum rehome_refusal: why a late one stays on its path */
	uint8_t late : 1, moved : 1, reset : 1, switched : 1;
	uint32_t mark;
	uint32_t packets;
	const struct app *app;    /* NULL: not known */
	const char *why;          /* where no rule has decided; static */
	char rule[72];            /* "file:line"; "": none */
	char gateway[24];         /* "": none */
	char host[128], alpn[24]; /* as in the packet: any byte but NUL; "": not known */
};

struct history;

/* Room for at least count decisions; memory is taken as they come. NULL: out of memory. */
struct history *history_new(uint32_t count);
/* NULL is none. */
void history_free(struct history *history);

/* The writer's. ruleset is the one that has decided; now in nanoseconds of CLOCK_MONOTONIC. */
void history_add(struct history *history, const struct ruleset *ruleset, const struct decision *decision,
		 uint64_t now);

/* The number of the next decision, from 0: how many there were. */
uint64_t history_end(const struct history *history);
/* The lowest number that is likely to be still there. */
uint64_t history_begin(const struct history *history);
/* Where a reader goes on who would look at number next now; what it has missed is added to *missed. That number may not
 * have been given yet: then it is that of another history, whose queue this one serves now. */
uint64_t history_resume(const struct history *history, uint64_t next, uint64_t *missed);
/* false: it is not there any more, or not yet. */
bool history_get(const struct history *history, uint64_t number, struct past_decision *past);

struct flow_key past_key(const struct past_decision *past);

#endif
