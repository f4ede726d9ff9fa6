/* SPDX-License-Identifier: GPL-2.0-or-later
 * names.h - what is defined under which name
 */
#ifndef NFQROUTE_NAMES_H
#define NFQROUTE_NAMES_H

#include <stdbool.h>
#include <stddef.h>

struct names;

struct names *names_new(void);
void names_free(struct names *names);

/* The value of a name; NULL if there is none. */
void *names_find(const struct names *names, const char *name, size_t len);
/* Adds a name that is not there yet. The name is borrowed. false: out of memory. */
bool names_add(struct names *names, const char *name, size_t len, void *value);
/* The name most like this one, terminated, to be freed by the caller; NULL if none is near. */
char *names_nearest(const struct names *names, const char *name, size_t len);

#endif
