/* SPDX-License-Identifier: GPL-2.0-or-later
 * vnc.c - VNC's Remote Framebuffer protocol, by the version line of either side
 */
#include "line.h"

static const struct app vnc = {
	.name = "vnc",
	.brief = "Remote Framebuffer (VNC)",
	.source = "RFC 6143 section 7.1.1",
	.decided = "first packet of the server",
};
static const struct app *const apps[] = {&vnc, NULL};

static enum tri version(struct reader r)
{
	reader_expect(&r, "RFB ", 4);
	if (!reader_ok(&r))
		return reader_state(&r);
	line_number(&r, 3);
	reader_expect(&r, ".", 1);
	line_number(&r, 3);
	reader_expect(&r, "\n", 1);
	return reader_state(&r);
}

static enum tri look(const struct view *view, struct facts *facts)
{
	return signature_conclude(tri_or(version(view->client), version(view->server)), facts, &vnc);
}

const struct classifier classifier_vnc = {
	.name = "vnc",
	.transports = CLASSIFY_TCP,
	.server_first = true,
	.writes = FACT_BIT(FACT_APP),
	.apps = apps,
	.look = look,
};
