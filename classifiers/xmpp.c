/* SPDX-License-Identifier: GPL-2.0-or-later
 * xmpp.c - the Extensible Messaging and Presence Protocol, by the opening of its stream
 */
#include "line.h"

static const struct app xmpp = {
	.name = "xmpp",
	.brief = "Extensible Messaging and Presence Protocol",
	.source = "RFC 6120 section 4.7",
	.decided = "first packet",
};
static const struct app *const apps[] = {&xmpp, NULL};

/* The value of the attribute "to" in the tag. */
static void find_host(struct reader tag, struct facts *facts)
{
	static const char *const names[] = {" to='", " to=\"", NULL};

	for (; reader_left(&tag); reader_skip(&tag, 1)) {
		struct reader attribute = tag, value;
		int quote = line_keyword(&attribute, names);

		if (quote < 0)
			continue;
		value = line_until(&attribute, quote ? '"' : '\'', 256);
		if (reader_ok(&value))
			facts_set_host(facts, value.at, reader_left(&value));
		break;
	}
	if (!fact_known(facts, FACT_HOST))
		fact_close(facts, FACT_HOST);
}

static enum tri look(const struct view *view, struct facts *facts)
{
	static const char *const openings[] = {"<?xml ", "<stream:stream", "<open", NULL};
	struct reader r = view->client, tag;
	int opening = line_keyword(&r, openings);

	if (opening == 0) {
		line_until(&r, '>', 128);
		while (reader_left(&r) && strchr(" \r\n", *r.at) && *r.at)
			reader_skip(&r, 1);
		reader_expect(&r, "<stream:stream", 14);
	}
	tag = line_until(&r, '>', 1024);
	reader_require(&r, line_has(&tag, "jabber:") || line_has(&tag, "urn:ietf:params:xml:ns:xmpp"));
	if (signature_answer(&r, facts, &xmpp) == TRI_YES)
		find_host(tag, facts);
	return reader_state(&r);
}

const struct classifier classifier_xmpp = {
	.name = "xmpp",
	.transports = CLASSIFY_TCP,
	.writes = FACT_BIT(FACT_APP) | FACT_BIT(FACT_HOST),
	.apps = apps,
	.look = look,
};
