/* SPDX-License-Identifier: GPL-2.0-or-later
 * rsync.c - rsync's daemon, by the greeting of either side
 */
#include "signature.h"

static const struct app rsync = {
	.name = "rsync",
	.brief = "rsync daemon",
	.source = "rsync source, clientserver.c",
	.decided = "first packet",
};
static const struct app *const apps[] = {&rsync, NULL};

static enum tri greeting(struct reader r)
{
	reader_expect(&r, "@RSYNCD: ", 9);
	return reader_state(&r);
}

static enum tri look(const struct view *view, struct facts *facts)
{
	return signature_conclude(tri_or(greeting(view->client), greeting(view->server)), facts, &rsync);
}

const struct classifier classifier_rsync = {
	.name = "rsync",
	.transports = CLASSIFY_TCP,
	.server_first = true,
	.writes = FACT_BIT(FACT_APP),
	.apps = apps,
	.look = look,
};
