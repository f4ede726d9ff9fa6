/* SPDX-License-Identifier: GPL-2.0-or-later
 * sip.c - the Session Initiation Protocol, by its first line
 */
#include "line.h"

static const struct app sip = {
	.name = "sip",
	.brief = "Session Initiation Protocol",
	.source = "RFC 3261 section 7",
	.decided = "first packet",
};
static const struct app *const apps[] = {&sip, NULL};

/* sip:user@host:port;parameters */
static void set_host(struct reader uri, struct facts *facts)
{
	struct reader user = uri, host = uri;
	size_t n = 0;

	line_until(&user, '@', 512);
	if (reader_ok(&user))
		host = user;
	while (n < reader_left(&host) && !strchr(";?>", host.at[n]))
		n++;
	if (reader_ok(&host))
		facts_set_host(facts, host.at, n);
	fact_close(facts, FACT_HOST);
}

static enum tri message(struct reader r, struct facts *facts)
{
	static const char *const starts[] = {"SIP/2.0 ", "INVITE ", "REGISTER ",  "OPTIONS ", "ACK ",  "BYE ",
					     "CANCEL ",  "NOTIFY ", "SUBSCRIBE ", "MESSAGE ", "INFO ", "REFER ",
					     "PUBLISH ", "UPDATE ", "PRACK ",     NULL};
	static const char *const schemes[] = {"sip:", "sips:", "tel:", "urn:", NULL};
	struct reader uri;

	if (line_keyword(&r, starts) == 0) {
		line_number(&r, 3);
		reader_expect(&r, " ", 1);
		if (signature_answer(&r, facts, &sip) == TRI_YES)
			fact_close(facts, FACT_HOST);
		return reader_state(&r);
	}
	line_keyword(&r, schemes);
	uri = line_until(&r, ' ', 1024);
	reader_expect(&r, "SIP/2.0", 7);
	if (signature_answer(&r, facts, &sip) == TRI_YES)
		set_host(uri, facts);
	return reader_state(&r);
}

/* Datagrams of up to four bytes keep an address translation alive: empty lines (RFC 5626 section 3.5.1), or zeros. */
static bool keeps_alive(const struct reader *r)
{
	return reader_left(r) <= 4 && (!reader_left(r) || *r->at == '\r' || *r->at == '\n' || *r->at == 0);
}

static enum tri look(const struct view *view, struct facts *facts)
{
	struct reader r = view->client;

	for (unsigned i = 1; i < 4 && view->transport == IPPROTO_UDP && keeps_alive(&r); i++) {
		if (r.open)
			return TRI_MORE;
		r = signature_datagram(view, i);
	}
	return message(r, facts);
}

const struct classifier classifier_sip = {
	.name = "sip",
	.transports = CLASSIFY_TCP | CLASSIFY_UDP,
	.writes = FACT_BIT(FACT_APP) | FACT_BIT(FACT_HOST),
	.apps = apps,
	.look = look,
};
