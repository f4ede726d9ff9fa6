/* SPDX-License-Identifier: GPL-2.0-or-later
 * rsh.c - the remote shell and login of BSD, by their names in a row
 */
#include "line.h"

static const struct app rsh = {
	.name = "rsh",
	.brief = "Remote shell",
	.source = "BSD rshd(8)",
	.decided = "first packet",
};
static const struct app rlogin = {
	.name = "rlogin",
	.brief = "Remote login",
	.source = "RFC 1282 section 2",
	.decided = "first packet",
};
static const struct app *const apps[] = {&rsh, &rlogin, NULL};

enum { SHELL_PORT = 514, LOGIN_PORT = 513 };

/* A port for errors, both users, a command; or nothing, both users, the terminal's type and speed. */
static enum tri look(const struct view *view, struct facts *facts)
{
	struct reader r = view->client, first = line_until(&r, 0, 6), names[3];
	bool shell = view->dport == SHELL_PORT;
	size_t digits = 0;

	reader_require(&r, shell || view->dport == LOGIN_PORT);
	while (digits < reader_left(&first) && first.at[digits] >= '0' && first.at[digits] <= '9')
		digits++;
	reader_require(&r, digits == reader_left(&first) && (digits > 0) == shell);
	for (int i = 0; i < 3; i++) {
		names[i] = line_until(&r, 0, i < 2 ? 64 : 1024);
		reader_require(&r, reader_left(&names[i]) > 0);
	}
	reader_require(&r, shell || line_has(&names[2], "/"));
	return signature_answer(&r, facts, shell ? &rsh : &rlogin);
}

const struct classifier classifier_rsh = {
	.name = "rsh",
	.transports = CLASSIFY_TCP,
	.writes = FACT_BIT(FACT_APP),
	.apps = apps,
	.ports = (const uint16_t[]){SHELL_PORT, LOGIN_PORT, 0},
	.bound = true,
	.look = look,
};
