/* SPDX-License-Identifier: GPL-2.0-or-later
 * census.c - how many connections go by each gateway now, and what they have carried
 */
#include "census.h"

#include <stdlib.h>

#include "ctnl.h"

bool census_init(struct census *census, const struct ruleset *ruleset)
{
	const struct marks *marks = &ruleset->marks;
	struct census_count *extra;

	*census = (struct census){.mask = marks->mask, .open = marks->open, .gateways = ruleset->gateway_count};
	census->counts = calloc(census->gateways + CENSUS_EXTRA, sizeof *census->counts);
	if (!census->counts)
		return false;
	for (unsigned i = 0; i < census->gateways; i++)
		census->counts[i].mark = ruleset->gateways[i].mark;
	extra = &census->counts[census->gateways];
	extra[CENSUS_MAIN].mark = marks->main;
	extra[CENSUS_DROP].mark = marks->drop;
	extra[CENSUS_REJECT].mark = marks->reject;
	return true;
}

static struct census_count *count_for(const struct census *census, uint32_t mark)
{
	unsigned others = census->gateways + CENSUS_OTHERS;

	for (unsigned i = 0; i < others && mark & census->mask; i++)
		if (census->counts[i].mark == (mark & census->mask))
			return &census->counts[i];
	return &census->counts[others];
}

static int take(const struct nlmsghdr *message, void *ctx)
{
	struct census *census = ctx;
	struct census_count *count;
	struct ct_entry entry;

	if (!ct_entry_parse(&entry, message))
		return MNL_CB_OK;
	count = count_for(census, entry.mark);
	count->connections++;
	census->uncounted += !entry.counted;
	for (unsigned i = 0; i < CT_DIRECTIONS; i++) {
		count->packets[i] += entry.packets[i];
		count->bytes[i] += entry.bytes[i];
	}
	return MNL_CB_OK;
}

void census_take(struct census *census)
{
	struct ctnl ctnl;

	census->error = ctnl_open(&ctnl);
	if (census->error)
		return;
	census->error = ctnl_dump(&ctnl, take, census);
	ctnl_close(&ctnl);
}

void census_free(struct census *census)
{
	free(census->counts);
	census->counts = NULL;
}
