/* SPDX-License-Identifier: GPL-2.0-or-later
 * answer.h - values in the daemon's answers, by path; what is missing or of another type is 0, "" or false
 */
#ifndef NFQROUTE_ANSWER_H
#define NFQROUTE_ANSWER_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "table.h"

/* path: "ruleset.reload.ms" */
const json_t *answer_at(const json_t *answer, const char *path);
uint64_t answer_number(const json_t *answer, const char *path);
const char *answer_text(const json_t *answer, const char *path);
bool answer_flag(const json_t *answer, const char *path);

/* A number in decimal; "-" where there is none. Returns text. */
#define ANSWER_NUMBER_MAX 24
const char *answer_digits(const json_t *answer, const char *path, char text[ANSWER_NUMBER_MAX]);
/* A number of bytes for people; "-" where there is none. Returns text. */
const char *answer_bytes(const json_t *answer, const char *path, char text[UNIT_MAX]);

/* The elements of an array, in order; compare is given pointers to theirs. To be freed. Ends the program where there is no
 * memory for it. */
const json_t **answer_sorted(const json_t *array, int (*compare)(const void *a, const void *b, void *ctx), void *ctx);

#endif
