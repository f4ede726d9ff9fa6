/* SPDX-License-Identifier: GPL-2.0-or-later
 * fuzz_rules.c - any text as a rule file
 *
 * Either there is an error, which can be told, or there is a ruleset; then what config_print() makes of it is read
 * to a ruleset that prints the same. Lists in files are left out: what this machine has is no matter of the
 * fuzzer's. Of many messages none is told: that says no more than one of few, and takes longer than all else.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "load.h"

enum { TOLD_MAX = 4 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition)
{
	if (!condition)
		abort();
}

static char *print(const struct config *config, size_t *length)
{
	char *text = NULL;
	FILE *out = open_memstream(&text, length);

	require(out);
	config_print(config, out);
	require(fclose(out) == 0);
	return text;
}

static void check_printed(const char *text, size_t length)
{
	struct loaded again = load_text("again.rules", text, length);
	size_t same_length;
	char *same;

	require(again.ruleset);
	same = print(again.config, &same_length);
	require(same_length == length && memcmp(text, same, length) == 0);
	free(same);
	ruleset_free(again.ruleset);
	loaded_free(&again);
}

static void tell(const struct diags *diags)
{
	char *json, *text = NULL;
	size_t length;
	FILE *out;

	if (diags_total(diags) > TOLD_MAX)
		return;
	json = diags_json(diags);
	out = open_memstream(&text, &length);
	require(json && out);
	diags_print(diags, out, true);
	require(fclose(out) == 0);
	free(json);
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct loaded loaded;
	size_t length;
	char *text;

	if (memmem(data, size, "file", 4))
		return 0;
	loaded = load_text("fuzz.rules", (const char *)data, size);
	diags_sort(loaded.diags);
	tell(loaded.diags);
	if (loaded.ruleset) {
		text = print(loaded.config, &length);
		check_printed(text, length);
		free(text);
	}
	ruleset_free(loaded.ruleset);
	loaded_free(&loaded);
	return 0;
}
