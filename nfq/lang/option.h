/* SPDX-License-Identifier: GPL-2.0-or-later
 * option.h - settings
 */
#ifndef NFQROUTE_OPTION_H
#define NFQROUTE_OPTION_H

#include "config.h"

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
