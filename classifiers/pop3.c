/* SPDX-License-Identifier: GPL-2.0-or-later
 * pop3.c - the Post Office Protocol, by the server's +OK and the client's first command
 */
#include "line.h"
#include "starttls.h"

static const struct app pop = {
	.name = "pop",
	.brief = "Post Office Protocol 3",
	.source = "RFC 1939 sections 4 and 7, RFC 2449, RFC 5034",
	.decided = "first packet of the client, by the server's greeting",
};
static const struct app *const apps[] = {&pop, NULL};

static const char *const banners[] = {"+OK", NULL};
static const char *const own_name[] = {"POP3", NULL};
static const char *const commands[] = {"USER ", "APOP ",    "CAPA\r\n", "AUTH\r\n",
				       "AUTH ", "STLS\r\n", "QUIT\r\n", NULL};

static enum tri look(const struct view *view, struct facts *facts)
{
	enum tri answer = line_greeted(view, banners, own_name, commands);

	return signature_conclude(answer, facts, &pop) == TRI_YES ? starttls_lines(view->client, facts) : answer;
}

const struct classifier classifier_pop3 = {
	.name = "pop3",
	.transports = CLASSIFY_TCP,
	.server_first = true,
	.writes = FACT_BIT(FACT_APP) | CLIENTHELLO_FACTS,
	.apps = apps,
	.look = look,
};
