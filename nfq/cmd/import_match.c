/* SPDX-License-Identifier: GPL-2.0-or-later
 * import_match.c - matches in our words: two of them together, and whether they exclude each other
 */
#include "import.h"

#include <stdlib.h>
#include <string.h>

#include "load.h"
#include "memory_text.h"

enum { QUESTIONS_MAX = 20000 };

static bool begins(const char *text, size_t left, const char *word)
{
	size_t length = strlen(word);

	return left >= length && strncmp(text, word, length) == 0 && (left == length || text[length] == ' ');
}

static bool takes_no_value(const char *term, size_t left)
{
	static const char *const words[] = {"tcp", "udp", "icmp", "icmpv6", "sctp"};

	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (begins(term, left, words[i]))
			return true;
	return false;
}

/* How long the first match of the text is: "not", the keyword and its value. */
static size_t term_length(const char *text)
{
	size_t left = strlen(text), at = begins(text, left, "not") ? 4 : 0;
	bool alone = takes_no_value(text + at, left - at);

	at += strcspn(text + at, " ");
	if (alone || !text[at])
		return at;
	if (text[at + 1] != '{')
		return at + 1 + strcspn(text + at + 1, " ");
	return at + 1 + strcspn(text + at + 1, "}") + 1;
}

static bool has_term(const char *match, const char *term, size_t length)
{
	while (*match) {
		size_t own = term_length(match);

		if (own == length && strncmp(match, term, length) == 0)
			return true;
		match += own + strspn(match + own, " ");
	}
	return false;
}

const char *match_both(struct import *import, const char *one, const char *other)
{
	const char *both = one;

	while (*other) {
		size_t length = term_length(other);

		if (!has_term(one, other, length))
			both = arena_printf(import->arena, "%s%s%.*s", both, *both ? " " : "", (int)length, other);
		other += length + strspn(other + length, " ");
	}
	return both;
}

const char *match_known(struct import *import, const char *match)
{
	const char *known = "";

	while (*match) {
		size_t length = term_length(match);

		if (!memchr(match, '?', length))
			known = arena_printf(import->arena, "%s%s%.*s", known, *known ? " " : "", (int)length, match);
		match += length + strspn(match + length, " ");
	}
	return known;
}

/* A rule of both, with the sets that it may ask for. */
static char *rule_of(const struct import *import, const char *one, const char *other, size_t *length)
{
	char *text = NULL;
	FILE *out = open_memstream(&text, length);

	if (!out)
		return NULL;
	if (strchr(one, '@') || strchr(other, '@'))
		import_print_sets(import, out);
	fprintf(out, "%s %s main\n", one, other);
	return memory_text_end(out, &text);
}

#define NEVER "the rule never holds"

/* The first error in the rule of both; NULL: there is none. */
static const char *fault_of(struct import *import, const char *one, const char *other)
{
	const char *fault = NULL;
	struct loaded loaded;
	size_t length;
	char *text = rule_of(import, one, other, &length);

	if (!text) {
		arena_fail(import->arena);
		return NULL;
	}
	loaded = load_text("rules", text, length);
	for (size_t i = 0; i < diags_total(loaded.diags) && !fault; i++) {
		const struct diag *diag = diags_at(loaded.diags, i);

		if (diag && diag->severity == SEVERITY_ERROR)
			fault = arena_printf(import->arena, "%s", diag->message);
	}
	ruleset_free(loaded.ruleset);
	loaded_free(&loaded);
	free(text);
	return fault;
}

const char *import_fault(struct import *import, const char *match)
{
	return *match ? fault_of(import, match, "") : NULL;
}

bool import_is_never(const char *fault)
{
	return strncmp(fault, NEVER, strlen(NEVER)) == 0;
}

bool import_excludes(struct import *import, const char *one, const char *other)
{
	const char *fault;

	if (!*one || !*other || strcmp(one, other) == 0 || ++import->questions > QUESTIONS_MAX)
		return false;
	fault = fault_of(import, one, other);
	return fault && import_is_never(fault);
}
