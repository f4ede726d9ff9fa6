/* SPDX-License-Identifier: GPL-2.0-or-later
 * option.h - settings, and the notations of their values
 */
#ifndef NFQROUTE_OPTION_H
#define NFQROUTE_OPTION_H

#include "config.h"

/* A number, decimal or with 0x, of at most max; else an error that names what. */
bool number_by_text(struct config *config, struct span at, const char *what, uint64_t max, uint64_t *number);
/* "100ms", "5s", "2m", "12h", "7d" in milliseconds; else an error. */
bool duration_by_text(struct config *config, struct span at, const char *what, uint64_t *number);
/* yes, no, on, off; else an error. */
bool switch_by_text(struct config *config, struct span at, bool *on);
/* A late policy by name; else an error. */
bool late_by_name(struct config *config, struct span at, enum late *late);

/* Reads every option line into options. */
void config_build_options(struct config *config, struct arena *arena, struct options *options);
/* An option as "nfqroute list" tells it. */
struct option_text {
	const char *name, *brief;
	const char *value; /* the kind of its value */
	char initial[40];  /* the value without an option line, as one would write it */
	char range[64];    /* which values it takes */
};

/* Describes at most room options, in the table's order. Returns how many there are. */
size_t options_describe(struct option_text *texts, size_t room);

/* Where an option is set; source NULL: nowhere. */
struct span config_option_at(const struct config *config, const char *name);

#endif
