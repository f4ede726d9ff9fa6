/* SPDX-License-Identifier: GPL-2.0-or-later
 * irc.c - Internet Relay Chat, by the commands that register a client
 */
#include "line.h"

static const struct app irc = {
	.name = "irc",
	.brief = "Internet Relay Chat",
	.source = "RFC 2812 section 3.1, IRCv3 capability negotiation",
	.decided = "first packet",
};
static const struct app *const apps[] = {&irc, NULL};

enum { NICK = 1, USER = 2, CAP = 4 };

/* NICK, and USER with its real name behind " :", in either order; a capability negotiation stands for one of them.
 */
static enum tri look(const struct view *view, struct facts *facts)
{
	static const char *const commands[] = {"NICK ",   "USER ", "CAP LS", "CAP REQ ",
					       "CAP END", "PASS ", "PING ",  NULL};
	static const uint8_t parts[] = {NICK, USER, CAP, CAP, CAP, 0, 0};
	struct reader r = view->client;
	unsigned seen = 0;

	for (int i = 0; i < 8 && reader_ok(&r) && (seen & (seen - 1)) == 0; i++) {
		int command = line_keyword(&r, commands);
		struct reader line = line_next(&r, 512);

		if (command >= 0 && reader_ok(&r)) {
			seen |= parts[command];
			reader_require(&r, parts[command] != USER || line_has(&line, " :"));
		}
	}
	reader_require(&r, (seen & (seen - 1)) != 0);
	return signature_answer(&r, facts, &irc);
}

const struct classifier classifier_irc = {
	.name = "irc",
	.transports = CLASSIFY_TCP,
	.writes = FACT_BIT(FACT_APP),
	.apps = apps,
	.look = look,
};
