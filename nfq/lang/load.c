/* SPDX-License-Identifier: GPL-2.0-or-later
 * load.c - from rule files to a ruleset
 */
#include "load.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "config.h"

#define SUFFIX ".rules"

static struct loaded loaded_new(void)
{
	struct loaded loaded = {.diags = diags_new()};

	loaded.config = config_new(loaded.diags);
	return loaded;
}

static struct ruleset *ruleset_new(void)
{
	struct arena *arena = arena_new();
	struct ruleset *ruleset = arena ? arena_alloc(arena, sizeof *ruleset) : NULL;

	if (ruleset)
		ruleset->arena = arena;
	return ruleset;
}

/* Builds and checks what has been parsed; the ruleset is kept only if nothing at all was wrong. */
static void finish(struct loaded *loaded)
{
	struct ruleset *ruleset = ruleset_new();

	if (ruleset) {
		config_build(loaded->config, ruleset);
		config_find_shadowed(loaded->config);
	}
	if (!ruleset || arena_failed(ruleset->arena) || arena_failed(loaded->config->arena))
		ERROR(loaded->config, (struct span){0}, "out of memory");
	diags_sort(loaded->diags);
	if (!diags_count(loaded->diags, SEVERITY_ERROR))
		loaded->ruleset = ruleset;
	else
		ruleset_free(ruleset);
}

static void read_file(struct config *config, const char *path)
{
	const struct source *source = config_read(config, path);

	if (source)
		config_parse(config, source);
	else
		ERROR(config, (struct span){0}, "cannot read %s: %s", path, strerror(errno));
}

static int is_rule_file(const struct dirent *entry)
{
	size_t length = strlen(entry->d_name);

	return entry->d_name[0] != '.' && length > strlen(SUFFIX) &&
	       strcmp(entry->d_name + length - strlen(SUFFIX), SUFFIX) == 0;
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name); /* bytes, whatever the locale */
}

static void read_directory(struct config *config, const char *path)
{
	struct dirent **entries;
	int count = scandir(path, &entries, is_rule_file, by_name);
	size_t length = strlen(path);

	if (count < 0) {
		ERROR(config, (struct span){0}, "cannot read %s: %s", path, strerror(errno));
		return;
	}
	if (!count)
		WARNING(config, (struct span){0}, "there is no *.rules file in %s", path);
	while (length > 1 && path[length - 1] == '/')
		length--;
	for (int i = 0; i < count; i++) {
		read_file(config, arena_printf(config->arena, "%.*s/%s", (int)length, path, entries[i]->d_name));
		free(entries[i]);
	}
	free(entries);
}

struct loaded load_rules(const char *path, const struct ruleset *previous)
{
	struct loaded loaded = loaded_new();
	struct stat status;

	loaded.config->previous = previous;
	if (stat(path, &status) == 0 && S_ISDIR(status.st_mode))
		read_directory(loaded.config, path);
	else
		read_file(loaded.config, path);
	finish(&loaded);
	return loaded;
}

struct loaded load_text(const char *name, const char *text, size_t length)
{
	struct loaded loaded = loaded_new();

	config_parse(loaded.config, config_text(loaded.config, name, text, length));
	finish(&loaded);
	return loaded;
}

void loaded_free(struct loaded *loaded)
{
	config_free(loaded->config);
	diags_free(loaded->diags);
	*loaded = (struct loaded){0};
}
