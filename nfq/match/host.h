/* SPDX-License-Identifier: GPL-2.0-or-later
 * host.h - what host.c and host_list.c share
 */
#ifndef NFQROUTE_HOST_H
#define NFQROUTE_HOST_H

#include "text.h"

/* Adds a name, glob or IP literal in any case and script; kinds tell what it stands for (textset.h). */
bool host_add_name(struct text_building *building, const char *word, size_t len, unsigned kinds,
		   struct value_error *error);

/* Adds a line of a list of names, in any of the notations that such lists come in. */
bool host_list_add_line(void *building, const char *line, size_t len, struct value_error *error);

#endif
