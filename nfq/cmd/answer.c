/* SPDX-License-Identifier: GPL-2.0-or-later
 * answer.c - values in the daemon's answers, by path
 */
#include "answer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"

const json_t *answer_at(const json_t *answer, const char *path)
{
	char name[64];

	while (answer && *path) {
		size_t length = strcspn(path, ".");

		if (length >= sizeof name)
			return NULL;
		memcpy(name, path, length);
		name[length] = '\0';
		answer = json_object_get(answer, name);
		path += length + (path[length] == '.');
	}
	return answer;
}

uint64_t answer_number(const json_t *answer, const char *path)
{
	return (uint64_t)json_integer_value(answer_at(answer, path));
}

const char *answer_text(const json_t *answer, const char *path)
{
	const char *text = json_string_value(answer_at(answer, path));

	return text ? text : "";
}

bool answer_flag(const json_t *answer, const char *path)
{
	return json_is_true(answer_at(answer, path));
}

const char *answer_digits(const json_t *answer, const char *path, char text[ANSWER_NUMBER_MAX])
{
	const json_t *value = answer_at(answer, path);

	if (json_is_integer(value))
		snprintf(text, ANSWER_NUMBER_MAX, "%lld", (long long)json_integer_value(value));
	else
		memcpy(text, "-", 2);
	return text;
}

const char *answer_bytes(const json_t *answer, const char *path, char text[UNIT_MAX])
{
	const json_t *value = answer_at(answer, path);

	return json_is_integer(value) ? bytes_text((uint64_t)json_integer_value(value), text) : "-";
}

const json_t **answer_sorted(const json_t *array, int (*compare)(const void *a, const void *b, void *ctx), void *ctx)
{
	size_t count = json_array_size(array), i;
	const json_t **sorted = command_memory(calloc(count + 1, sizeof(json_t *))), *element;

	json_array_foreach(array, i, element) sorted[i] = element;
	qsort_r(sorted, count, sizeof *sorted, compare, ctx);
	return sorted;
}
