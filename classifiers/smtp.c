/* SPDX-License-Identifier: GPL-2.0-or-later
 * smtp.c - mail submission and transfer, by the client's greeting or the server's banner
 */
#include "line.h"
#include "starttls.h"

static const struct app smtp = {
	.name = "smtp",
	.brief = "Simple Mail Transfer Protocol",
	.source = "RFC 5321 sections 3.1 and 4.1.1.1, RFC 2033",
	.decided = "first packet of the server",
};
static const struct app *const apps[] = {&smtp, NULL};

static const char *const banners[] = {"220 ", "220-", "554 ", "421 ", NULL};
static const char *const own_names[] = {"SMTP", "LMTP", NULL};
static const char *const greetings[] = {"EHLO ", "HELO ", "LHLO ", "EHLO\r\n", "HELO\r\n", NULL};

static enum tri look(const struct view *view, struct facts *facts)
{
	enum tri answer = TRI_YES;

	if (facts->app != &smtp) {
		answer = line_opens(view->client, greetings, NULL);
		if (answer != TRI_YES)
			answer = tri_or(line_opens(view->server, banners, own_names), answer);
	}
	return signature_conclude(answer, facts, &smtp) == TRI_YES ? starttls_lines(view->client, facts) : answer;
}

const struct classifier classifier_smtp = {
	.name = "smtp",
	.transports = CLASSIFY_TCP,
	.server_first = true,
	.writes = FACT_BIT(FACT_APP) | CLIENTHELLO_FACTS,
	.apps = apps,
	.look = look,
};
