/* SPDX-License-Identifier: GPL-2.0-or-later
 * app.c - app: the application protocol, or one it runs in
 */
#include <stdlib.h>

#include "classifier.h"
#include "keywords.h"
#include "suggest.h"
#include "value.h"
#include "few.h"

enum { APPS_MAX = 1024 };

struct app_set {
	struct arena *arena;
	size_t count;
	const struct app *at[];
};

/* The app of this name; others are offered as suggestions. */
static const struct app *find_app(const char *word, size_t len, struct suggest *near)
{
	for (size_t i = 0; classifiers[i]; i++) {
		for (const struct app *const *app = classifiers[i]->apps; *app; app++) {
			if (word_is(word, len, (*app)->name))
				return *app;
			suggest_offer(near, (*app)->name);
		}
	}
	return NULL;
}

static void *app_begin(struct arena *arena)
{
	struct app_set *set = few_bytes(sizeof *set + APPS_MAX * sizeof *set->at);

	set->arena = arena;
	return set;
}

static bool unknown_app(struct arena *arena, struct suggest *near, struct value_error *error)
{
	static const struct usual_word names[] = {{"https", "tls"}, {"ssl", "tls"}, {"http3", "quic"}, {"h3", "quic"}};
	const char *hint = "'nfqroute list apps' prints all that are known";

	suggest_usual(near, names, sizeof names / sizeof *names);
	if (near->best)
		hint = arena_printf(arena, "did you mean '%s'?", near->best);
	return value_fail(error, arena, hint, "unknown app '%.*s'", near->length < 64 ? (int)near->length : 64, near->word);
}

static bool app_add(void *building, const char *word, size_t len, struct value_error *error)
{
	struct app_set *set = building;
	struct suggest near = suggest_for(word, len);
	const struct app *app = find_app(word, len, &near);

	if (!app)
		return unknown_app(set->arena, &near, error);
	for (size_t i = 0; i < set->count; i++)
		if (set->at[i] == app)
			return true;
	if (set->count < APPS_MAX)
		set->at[set->count++] = app;
	return true;
}

static const void *app_seal(void *building)
{
	struct app_set *set = building;
	struct app_set *sealed = arena_alloc(set->arena, sizeof *set + set->count * sizeof *set->at);

	if (!arena_failed(set->arena)) {
		memcpy(sealed, set, sizeof *set);
		memcpy(sealed->at, set->at, set->count * sizeof *set->at);
	}
	free(set);
	return sealed;
}

static bool has_app(const struct app_set *set, const struct app *app)
{
	for (size_t i = 0; i < set->count; i++)
		if (set->at[i] == app)
			return true;
	return false;
}

/* The app or one that it runs in is in the set. */
static bool has_app_or_outer(const struct app_set *set, const struct app *app)
{
	while (app && !has_app(set, app))
		app = app->within;
	return app;
}

static bool app_covers(const void *a, const void *b)
{
	const struct app_set *narrow = b;

	for (size_t i = 0; i < narrow->count; i++)
		if (!has_app_or_outer(a, narrow->at[i]))
			return false;
	return true;
}

static size_t app_count(const void *set)
{
	return ((const struct app_set *)set)->count;
}

const struct value_type app_type = {
	.name = "app",
	.expects = "an application protocol (rtmp, tls, quic), see 'nfqroute list apps'",
	.begin = app_begin,
	.add = app_add,
	.seal = app_seal,
	.covers = app_covers,
	.count = app_count,
};

/* Something in the set runs in this app: the answer may still become that one. */
static bool has_inner(const struct app_set *set, const struct app *app)
{
	for (size_t i = 0; i < set->count; i++)
		for (const struct app *outer = set->at[i]->within; outer; outer = outer->within)
			if (outer == app)
				return true;
	return false;
}

static enum tri app_eval(const void *set, const struct subject *subject)
{
	const struct facts *facts = subject->facts;

	if (!fact_known(facts, FACT_APP))
		return fact_open(facts, FACT_APP) ? TRI_MORE : TRI_NO;
	if (has_app_or_outer(set, facts->app))
		return TRI_YES;
	return !fact_final(facts, FACT_APP) && has_inner(set, facts->app) ? TRI_MORE : TRI_NO;
}

/* A set is found by its apps and by those they run in: as long as only the outer one is known, it is undecided. */
static bool app_set_keys(const void *set, add_finder_key *add, void *ctx)
{
	const struct app_set *apps = set;

	for (size_t i = 0; i < apps->count; i++)
		for (const struct app *app = apps->at[i]; app; app = app->within)
			add(ctx, (uintptr_t)app, NULL);
	return true;
}

static size_t app_keys(const struct subject *subject, size_t *at, uint64_t keys[KEYS_BATCH])
{
	size_t count = 0;

	for (const struct app *app = *at ? NULL : subject->facts->app; app && count < KEYS_BATCH; app = app->within)
		keys[count++] = (uintptr_t)app;
	*at = 1;
	return count;
}

static const struct finder app_finder = {.set_keys = app_set_keys, .subject_keys = app_keys};

const struct keyword app_keyword = {
	.name = "app",
	.value = &app_type,
	.brief = "application protocol, or one it runs in",
	.needs = FACT_BIT(FACT_APP),
	.available = true,
	.eval = app_eval,
	.finder = &app_finder,
};
