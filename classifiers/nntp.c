/* SPDX-License-Identifier: GPL-2.0-or-later
 * nntp.c - the Network News Transfer Protocol, by the server's greeting and the client's command
 */
#include "line.h"
#include "starttls.h"

static const struct app nntp = {
	.name = "nntp",
	.brief = "Network News Transfer Protocol",
	.source = "RFC 3977 sections 5.1 to 7",
	.decided = "first packet of the server",
};
static const struct app *const apps[] = {&nntp, NULL};

static const char *const greetings[] = {"200 ", "201 ", NULL};
static const char *const own_names[] = {"NNTP", "InterNetNews", "news server", NULL};
static const char *const commands[] = {
	"MODE READER\r\n", "CAPABILITIES\r\n", "GROUP ",          "AUTHINFO ", "LIST\r\n",
	"LIST ",           "ARTICLE ",         "HEAD ",           "POST\r\n",  "NEWGROUPS ",
	"XOVER ",          "IHAVE ",           "MODE STREAM\r\n", NULL};

static enum tri look(const struct view *view, struct facts *facts)
{
	enum tri answer = line_greeted(view, greetings, own_names, commands);

	return signature_conclude(answer, facts, &nntp) == TRI_YES ? starttls_lines(view->client, facts) : answer;
}

const struct classifier classifier_nntp = {
	.name = "nntp",
	.transports = CLASSIFY_TCP,
	.server_first = true,
	.writes = FACT_BIT(FACT_APP) | CLIENTHELLO_FACTS,
	.apps = apps,
	.look = look,
};
