/* SPDX-License-Identifier: GPL-2.0-or-later
 * imap.c - the Internet Message Access Protocol, by the server's greeting or the client's tagged command
 */
#include "line.h"
#include "starttls.h"

static const struct app imap = {
	.name = "imap",
	.brief = "Internet Message Access Protocol",
	.source = "RFC 9051 sections 6 and 7.1, RFC 3501",
	.decided = "first packet of the server",
};
static const struct app *const apps[] = {&imap, NULL};

static const char *const banners[] = {"* OK", "* PREAUTH", "* BYE", NULL};
static const char *const own_name[] = {"IMAP", NULL};

/* Only commands that no other protocol has behind a tag. */
static enum tri command(struct reader r)
{
	static const char *const commands[] = {"CAPABILITY\r\n", "LOGIN ", "STARTTLS\r\n", "AUTHENTICATE ", "ID (",
					       "ID NIL",         NULL};
	struct reader tag = line_until(&r, ' ', 16);

	reader_require(&r, reader_left(&tag) > 0);
	line_keyword(&r, commands);
	return reader_state(&r);
}

static enum tri look(const struct view *view, struct facts *facts)
{
	enum tri banner = line_opens(view->server, banners, own_name);
	enum tri answer = tri_or(banner, command(view->client));

	return signature_conclude(answer, facts, &imap) == TRI_YES ? starttls_lines(view->client, facts) : answer;
}

const struct classifier classifier_imap = {
	.name = "imap",
	.transports = CLASSIFY_TCP,
	.server_first = true,
	.writes = FACT_BIT(FACT_APP) | CLIENTHELLO_FACTS,
	.apps = apps,
	.look = look,
};
