/* SPDX-License-Identifier: GPL-2.0-or-later
 * ftp.c - the File Transfer Protocol, by the server's greeting and the client's first command
 *
 *
 * The greeting 220 is SMTP's as well, and USER is POP3's and IRC's: each alone says nothing.
 */
#include "line.h"
#include "starttls.h"

static const struct app ftp = {
	.name = "ftp",
	.brief = "File Transfer Protocol",
	.source = "RFC 959 sections 4 and 5.4, RFC 2228, RFC 2389",
	.decided = "first packet of the client, by the server's greeting",
};
static const struct app *const apps[] = {&ftp, NULL};

static const char *const greetings[] = {"220 ", "220-", "120 ", NULL};
static const char *const own_name[] = {"FTP", NULL};
static const char *const commands[] = {"USER ",    "AUTH TLS\r\n", "AUTH SSL\r\n", "AUTH GSSAPI\r\n", "FEAT\r\n",
				       "SYST\r\n", "HOST ",        "PBSZ ",        "CLNT ",           "OPTS ",
				       NULL};

static enum tri look(const struct view *view, struct facts *facts)
{
	enum tri answer = line_greeted(view, greetings, own_name, commands);

	return signature_conclude(answer, facts, &ftp) == TRI_YES ? starttls_lines(view->client, facts) : answer;
}

const struct classifier classifier_ftp = {
	.name = "ftp",
	.transports = CLASSIFY_TCP,
	.server_first = true,
	.writes = FACT_BIT(FACT_APP) | CLIENTHELLO_FACTS,
	.apps = apps,
	.look = look,
};
