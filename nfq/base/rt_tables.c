/* SPDX-License-Identifier: GPL-2.0-or-later
 * rt_tables.c - names of routing tables, as ip-route(8) knows them
 */
#include "rt_tables.h"

#include <glob.h>
#include <linux/rtnetlink.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* In order of precedence; rt_tables.d adds to rt_tables. */
static const char *const patterns[] = {
	"/etc/iproute2/rt_tables",       "/etc/iproute2/rt_tables.d/*.conf",
	"/usr/share/iproute2/rt_tables", "/usr/share/iproute2/rt_tables.d/*.conf",
	"/usr/lib/iproute2/rt_tables",   "/usr/lib/iproute2/rt_tables.d/*.conf",
};

static const struct {
	const char *name;
	uint32_t number;
} fixed[] = {{"local", RT_TABLE_LOCAL}, {"main", RT_TABLE_MAIN}, {"default", RT_TABLE_DEFAULT}};

/* The number in "NUMBER NAME" if NAME is this one, decimal or with 0x; else 0. */
static uint32_t line_number(char *line, const char *name, size_t len)
{
	char *end, *word;
	unsigned long number = strtoul(line, &end, 0);

	if (end == line)
		return 0;
	word = end + strspn(end, " \t");
	word[strcspn(word, " \t\r\n#")] = 0;
	if (word == end || strlen(word) != len || memcmp(word, name, len) != 0 || number > UINT32_MAX)
		return 0;
	return (uint32_t)number;
}

static uint32_t find_in_file(const char *path, const char *name, size_t len)
{
	FILE *file = fopen(path, "re");
	uint32_t number = 0;
	char *line = NULL;
	size_t size = 0;

	if (!file)
		return 0;
	while (!number && getline(&line, &size, file) >= 0)
		number = line_number(line, name, len);
	free(line);
	fclose(file);
	return number;
}

static uint32_t find_in_files(const char *pattern, const char *name, size_t len)
{
	glob_t found;
	uint32_t number = 0;

	if (glob(pattern, 0, NULL, &found) != 0)
		return 0;
	for (size_t i = 0; i < found.gl_pathc && !number; i++)
		number = find_in_file(found.gl_pathv[i], name, len);
	globfree(&found);
	return number;
}

uint32_t rt_table_by_name(const char *name, size_t len)
{
	uint32_t number = 0;

	for (size_t i = 0; i < sizeof fixed / sizeof *fixed; i++)
		if (strlen(fixed[i].name) == len && memcmp(fixed[i].name, name, len) == 0)
			return fixed[i].number;
	for (size_t i = 0; i < sizeof patterns / sizeof *patterns && !number; i++)
		number = find_in_files(patterns[i], name, len);
	return number;
}
