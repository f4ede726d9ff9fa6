/* SPDX-License-Identifier: GPL-2.0-or-later
 * ceph.c - Ceph, by its banner
 */
#include "line.h"

static const struct app ceph = {
	.name = "ceph",
	.brief = "Ceph",
	.source = "Ceph documentation, messenger v1 and v2 protocols",
	.decided = "first packet",
};
static const struct app *const apps[] = {&ceph, NULL};

static enum tri look(const struct view *view, struct facts *facts)
{
	static const char *const banners[] = {"ceph v0", "ceph v2\n", NULL};
	struct reader r = view->client;

	line_keyword(&r, banners);
	return signature_answer(&r, facts, &ceph);
}

const struct classifier classifier_ceph = {
	.name = "ceph",
	.transports = CLASSIFY_TCP,
	.writes = FACT_BIT(FACT_APP),
	.apps = apps,
	.look = look,
};
