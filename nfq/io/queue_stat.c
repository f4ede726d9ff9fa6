/* SPDX-License-Identifier: GPL-2.0-or-later
 * queue_stat.c - a queue as the kernel counts it
 */
#include "queue_stat.h"

#include <stdio.h>

#define PATH "/proc/net/netfilter/nfnetlink_queue"

static bool parse(const char *line, struct queue_stat *stat)
{
	return sscanf(line, "%u %u %u %u %u %u %u %u", &stat->number, &stat->port, &stat->waiting,
		      &stat->copy_mode, &stat->copy_range, &stat->dropped_full, &stat->dropped_unread,
		      &stat->last_id) == 8;
}

bool queue_stat_find(bool (*is)(void *ctx, const struct queue_stat *stat), void *ctx, struct queue_stat *stat)
{
	FILE *file = fopen(PATH, "re");
	char line[256];
	bool found = false;

	if (!file)
		return false;
	while (!found && fgets(line, sizeof line, file))
		found = parse(line, stat) && is(ctx, stat);
	fclose(file);
	return found;
}

static bool has_number(void *ctx, const struct queue_stat *stat)
{
	return stat->number == *(const unsigned *)ctx;
}

bool queue_stat(unsigned number, struct queue_stat *stat)
{
	return queue_stat_find(has_number, &number, stat);
}
