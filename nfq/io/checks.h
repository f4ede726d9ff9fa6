/* SPDX-License-Identifier: GPL-2.0-or-later
 * checks.h - the gateways' checks while the daemon runs: probes sent, answers judged, who is well
 *
 * Served by the main thread. Answers that have come are read before anything is judged overdue, so a main thread
 * that was busy (a reload) finds no gateway down that answered.
 */
#ifndef NFQROUTE_CHECKS_H
#define NFQROUTE_CHECKS_H

#include "ruleset.h"

struct checks;

struct checks_config {
	/* The device that a gateway's packets of the family leave by; false: none now. */
	bool (*device)(void *ctx, unsigned gateway, enum family family, char name[IFNAMSIZ]);
	/* The address is on this side of the gateway: see routing_side(). For passive checks alone. */
	bool (*near)(void *ctx, unsigned gateway, enum family family, struct key address);
	void *ctx;
};

/* NULL with errno set. */
struct checks *checks_open(const struct checks_config *config);
void checks_close(struct checks *checks);

/* The checks of this ruleset from now on, which must live until the next call. Those that are as before (same
 * gateway, same target) go on with what is known of them. false: out of memory, nothing has changed. */
bool checks_set(struct checks *checks, const struct ruleset *ruleset);

/* Readable when checks_event() has something to do. */
int checks_fd(const struct checks *checks);
/* Sends what is due, reads what has come. */
void checks_event(struct checks *checks);

/* The gateway has its routes for the family, or has not (any more): without them nothing is asked; when they come
 * back it has to be well before it counts as such. At first, that is assumed. */
void checks_path(struct checks *checks, unsigned gateway, enum family family, bool serves);
/* No check of the family, or one of its probes says that it works and no passive one that it does not. */
bool checks_healthy(const struct checks *checks, unsigned gateway, enum family family);

/* Where one check of one family stands. Borrowed pointers hold until the next checks_set(). */
struct check_status {
	const struct check *check;
	enum family family;
	enum health_phase phase;
	bool up;              /* as it counts */
	uint64_t since;       /* nanoseconds of CLOCK_MONOTONIC: of the phase */
	unsigned run;         /* results in a row that speak against the phase */
	uint64_t asked, good; /* probes, and those answered rightly; passive: connections, and those answered */
	uint64_t unanswered;  /* those that failed; passive: that were not answered in time */
	uint32_t last_us;     /* the last answer's time in microseconds; 0: none yet. Passive: a moving average */
	const char *reason;   /* why the last one failed; "": it did not */
};

/* Describes at most room checks of a gateway. Returns how many there are. */
size_t checks_status(const struct checks *checks, unsigned gateway, struct check_status *status, size_t room);

#endif
