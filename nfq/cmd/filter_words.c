/* SPDX-License-Identifier: GPL-2.0-or-later
 * filter_words.c - words of a command line as arguments of a verb
 */
#include "filter_words.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "suggest.h"

static int unknown(const struct command *command, const struct word *words, const char *text)
{
	struct suggest near = suggest_for(text, strlen(text));

	for (; words->name; words++)
		suggest_offer(&near, words->name);
	if (near.best)
		return command_usage(command, "what is '%s'? Did you mean '%s'?", text, near.best);
	return command_usage(command, "what is '%s'?", text);
}

static int set(const struct command *command, const struct word *word, const char *text, json_t *arguments)
{
	json_t *value;
	char *end;
	long long number;

	if (word->type == JSON_STRING) {
		value = json_string(text);
	} else {
		errno = 0;
		number = strtoll(text, &end, 10);
		if (errno || *end || end == text)
			return command_usage(command, "%s '%s': a number was expected", word->name, text);
		value = json_integer(number);
	}
	if (!value)
		return command_usage(command, "%s: this is no UTF-8", word->name);
	json_object_set_new(arguments, word->name, value);
	return COMMAND_OK;
}

static int read_all(const struct command *command, const struct word *words, int count, char *const *texts,
		    json_t *arguments)
{
	for (int i = 0; i < count; i += 2) {
		const struct word *word = words;
		int exit;

		while (word->name && strcmp(word->name, texts[i]) != 0)
			word++;
		if (!word->name)
			return unknown(command, words, texts[i]);
		if (i + 1 == count)
			return command_usage(command, "a value is missing behind '%s'", texts[i]);
		exit = set(command, word, texts[i + 1], arguments);
		if (exit != COMMAND_OK)
			return exit;
	}
	return COMMAND_OK;
}

int words_read(const struct command *command, const struct word *words, int count, char *const *texts,
	       json_t **arguments)
{
	int exit;

	if (!*arguments)
		*arguments = json_object();
	exit = read_all(command, words, count, texts, *arguments);
	if (exit == COMMAND_OK)
		return COMMAND_OK;
	json_decref(*arguments);
	*arguments = NULL;
	return exit;
}
