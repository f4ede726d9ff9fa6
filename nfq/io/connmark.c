/* SPDX-License-Identifier: GPL-2.0-or-later
 * connmark.c - our bits in the marks of the connections the kernel tracks
 */
#include "connmark.h"

#include <stdio.h>
#include <string.h>

#include "ctentry.h"
#include "ctsweep.h"

struct clearing {
	struct ct_sweep sweep;
	uint32_t mask;
	const uint32_t *keep;
	size_t count;
	unsigned asked;
};

static bool is_stale(const struct clearing *clearing, uint32_t bits)
{
	for (size_t i = 0; i < clearing->count; i++)
		if (clearing->keep[i] == bits)
			return false;
	return bits != 0;
}

static int take(const struct nlmsghdr *message, void *ctx)
{
	struct clearing *clearing = ctx;
	struct nlmsghdr *request;
	struct ct_entry entry;

	if (!ct_entry_parse(&entry, message) || !is_stale(clearing, entry.mark & clearing->mask))
		return MNL_CB_OK;
	request = ct_sweep_begin(&clearing->sweep, message, IPCTNL_MSG_CT_NEW, entry.zone);
	if (!request)
		return MNL_CB_OK;
	ctnl_put_mark(request, 0, clearing->mask);
	ct_sweep_add(&clearing->sweep, request);
	clearing->asked++;
	return MNL_CB_OK;
}

int connmark_clear(uint32_t mask, const uint32_t *keep, size_t count, char *error, size_t size)
{
	struct clearing clearing = {.mask = mask, .keep = keep, .count = count};
	int failed = ct_sweep_run(&clearing.sweep, take, &clearing);

	if (!failed)
		return (int)(clearing.asked - clearing.sweep.refused);
	snprintf(error, size, "conntrack entries cannot be read: %s", strerror(failed));
	return -1;
}
