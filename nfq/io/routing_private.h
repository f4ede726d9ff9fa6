/* SPDX-License-Identifier: GPL-2.0-or-later
 * routing_private.h - shared by routing.c (what is asked of it), routing_apply.c (what rules want), heal.c (what happens by itself), change.c (what
 * both do), kernel_routes.c (what is there, and single steps) and routing_words.c (what people are told)
 */
#ifndef NFQROUTE_ROUTING_PRIVATE_H
#define NFQROUTE_ROUTING_PRIVATE_H

#include "kernel_routes.h"
#include "pace.h"
#include "routing.h"
#include "rp_filter.h"
#include "rtnl.h"
#include "wanted.h"

#define TEXT_MAX 512

/* Where one gateway stands with one family, and the kernel's words if it refused the route. */
struct outcome {
	enum path path;
	char reason[120];
};

/* What holds for one applied ruleset. Engines read state, so it stays until routing_prune(). */
struct standing {
	struct standing *older;
	const struct ruleset *ruleset;
	enum path (*paths)[FAMILY_COUNT]; /* one per gateway, as last told */
	bool (*ill)[FAMILY_COUNT];        /* likewise, as routing_set_healthy() said */
	struct gateway_state *state;
};

struct routing {
	struct rtnl requests, events;
	struct links *links;
	struct entries main; /* as kernel_main() last listed them */
	bool crowded;        /* they are too many, and this has been said */
	struct rp_filters *filters;
	unsigned families;         /* bit per family the kernel has policy routing for */
	struct standing *standing; /* newest first */
	bool keeps;                /* routing_keep() */
	bool in_force;             /* between an apply and routing_remove() */
	int epoll, timer;
	bool dirty;         /* something happened that may need a change */
	bool links_changed; /* among it, a device or an address */
	bool main_changed;  /* among it, one of the main table's routes that gateways have copies of */
	bool rules_changed; /* routing_rules_changed() */
	bool events_lost;
	struct pace pace;
};

/* One look: what is wanted, what is there, the steps between, where the gateways stand. */
struct change {
	const struct ruleset *ruleset;
	struct entries wanted, have;
	struct plan plan;
	bool astray; /* some of what is there is */
	/* One per gateway; until the steps are done, as the devices tell. */
	struct outcome (*outcomes)[FAMILY_COUNT];
};

/* --- routing_apply.c --- */

/* With all older ones. NULL is none. */
void standings_free(struct standing *standing);

/* --- change.c --- */

/* Lists what is wanted and there; the plan is still empty. 0 or a negative errno value. change_free() always. */
int change_survey(struct routing *routing, const struct ruleset *ruleset, struct change *change);
void change_free(struct change *change);
/* Takes note that the step was refused, if time may mend it: the device or the next hop is not (yet) what the
 * gateway needs, and the unreachable route stands in, also for one astray. false: it is a failure. */
bool change_waits(struct routing *routing, struct change *change, const struct step *step, int failure);
/* Notes the outcomes: for the engines, and for people where they are news. */
void change_publish(struct standing *standing, const struct change *change);
/* Its routes are in, or it is left to the main table. */
bool path_serves(enum path path);
/* Tells the engines whether the gateway can be used. */
void change_publish_one(struct standing *standing, unsigned gateway, enum family family);

static inline struct surroundings surroundings_of(const struct routing *routing)
{
	return (struct surroundings){.links = routing->links, .main = &routing->main};
}

/* --- routing_filters.c --- */

/* Has the reverse path filter let in what comes back by the gateways' devices, as their routes stand now; with
 * ruleset NULL everything is put back. */
void filters_follow(struct routing *routing, const struct ruleset *ruleset);

/* --- heal.c --- */

/* Reads all events that wait, into links, dirty and links_changed. */
void heal_read(struct routing *routing);
/* Has the timer tell of what heal_read() found, where heal() is not called next. */
void heal_later(struct routing *routing);
/* Mends what differs now, if the pace allows; else the timer will tell. */
void heal(struct routing *routing);

/* --- routing_words.c --- */

/* "IPv4 route default via 10.0.0.9 dev eth0 table 2", "IPv6 rule 10: fwmark 0x9/0x7f lookup 2". Returns text. */
const char *words_entry(char text[TEXT_MAX], const struct entry *entry, const struct links *links);
/* "cannot add ...: why" into error; ruleset may be NULL. */
void words_failure(char *error, size_t size, const struct routing *routing, const struct ruleset *ruleset,
		   const struct step *step, int failure);
/* The table of the gateway has this default route of somebody else. */
void words_conflict(char *error, size_t size, const struct routing *routing, const struct gateway *gateway,
		    const struct entry *other);
/* Logs where the gateway stands now. */
void words_path(const struct gateway *gateway, enum family family, const struct outcome *outcome);

#endif
