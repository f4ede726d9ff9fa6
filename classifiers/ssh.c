/* SPDX-License-Identifier: GPL-2.0-or-later
 * ssh.c - the Secure Shell, by the identification line of the client
 */
#include "line.h"

static const struct app ssh = {
	.name = "ssh",
	.brief = "Secure Shell",
	.source = "RFC 4253 section 4.2",
	.decided = "first packet of the client",
};
static const struct app *const apps[] = {&ssh, NULL};

/* A server's line is not enough: it says the same to a client that speaks something else. */
static enum tri look(const struct view *view, struct facts *facts)
{
	static const char *const versions[] = {"SSH-2.0-", "SSH-1.99-", "SSH-1.5-", "SSH-1.3-", NULL};

	return signature_conclude(line_opens(view->client, versions, NULL), facts, &ssh);
}

const struct classifier classifier_ssh = {
	.name = "ssh",
	.transports = CLASSIFY_TCP,
	.writes = FACT_BIT(FACT_APP),
	.apps = apps,
	.look = look,
};
