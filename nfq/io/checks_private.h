/* SPDX-License-Identifier: GPL-2.0-or-later
 * checks_private.h - shared by checks.c (whose turn it is), checks_list.c (which checks there are) and checks_passive.c
 */
#ifndef NFQROUTE_CHECKS_PRIVATE_H
#define NFQROUTE_CHECKS_PRIVATE_H

#include "checks.h"
#include "ctevents.h"
#include "passive.h"
#include "probe.h"

#define CHECKS_MILLISECOND UINT64_C(1000000)

/* One check of one family of one gateway. */
struct watched {
	const struct check *check;
	unsigned gateway;
	enum family family;
	bool serves; /* the gateway has its routes */
	bool placed; /* checks_path() has been told so, or that it has not */
	struct health health;
	struct probe probe;
	uint64_t begun, due; /* of the question that is open; of the next one */
	uint64_t asked, good;
	uint32_t last_us;
	char reason[PROBE_REASON];
	struct passive *passive; /* check passive; NULL: any other */
	struct check trial;      /* what a passive one asks */
};

struct checks {
	struct checks_config config;
	const struct ruleset *ruleset;
	int epoll, timer;
	struct ct_events *events; /* NULL: no check is passive, or there are none to be had */
	struct watched *at;
	size_t count;
};

/* --- checks.c --- */

/* Asks the check's question, or another one. */
void checks_ask(const struct checks *checks, struct watched *w, const struct check *question, uint64_t time);
/* To the log, if the phase is not what it was. */
void checks_tell(const struct checks *checks, const struct watched *w, enum health_phase before);
/* When the probe after the last one is due. */
uint64_t checks_next(const struct watched *w);
/* Has the timer tell of the next thing that is due, after a change. */
void checks_set_timer(const struct checks *checks);

/* --- checks_list.c --- */

/* Frees so many; questions that are open are given up. */
void checks_drop(struct watched *at, size_t count);

/* --- checks_passive.c --- */

/* Listens to the kernel if a check is passive. */
void checks_listen(struct checks *checks);
/* Reads what it has told. */
void checks_hear(struct checks *checks);
/* A check that is passive has its turn: judges what is overdue, and asks if that is due. */
void checks_passive_turn(const struct checks *checks, struct watched *w, uint64_t time);
/* What it asked was answered, or was not. */
void checks_passive_result(const struct checks *checks, struct watched *w, bool good, uint64_t time);
/* The gateway has its routes (again), or has lost them. */
void checks_passive_path(struct watched *w, bool first, uint64_t time);

#endif
