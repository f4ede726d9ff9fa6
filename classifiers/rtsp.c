/* SPDX-License-Identifier: GPL-2.0-or-later
 * rtsp.c - the Real Time Streaming Protocol, by its request line
 */
#include "line.h"

static const struct app rtsp = {
	.name = "rtsp",
	.brief = "Real Time Streaming Protocol",
	.source = "RFC 2326 section 6, RFC 7826 section 7.1",
	.decided = "first packet",
};
static const struct app *const apps[] = {&rtsp, NULL};

static void set_url(struct reader url, struct facts *facts)
{
	static const char *const schemes[] = {"rtsp://", "rtsps://", "rtspu://", NULL};
	struct reader host, rest;

	line_keyword(&url, schemes);
	rest = url;
	host = line_until(&rest, '/', 256);
	if (!reader_ok(&host))
		host = url;
	if (reader_ok(&host))
		facts_set_host(facts, host.at, reader_left(&host));
	if (reader_ok(&rest))
		facts_set_text(facts, FACT_PATH, rest.at - 1, reader_left(&rest) + 1);
	fact_close(facts, FACT_HOST);
	fact_close(facts, FACT_PATH);
}

static enum tri look(const struct view *view, struct facts *facts)
{
	static const char *const methods[] = {"OPTIONS ",  "DESCRIBE ", "ANNOUNCE ",      "SETUP ",
					      "PLAY ",     "RECORD ",   "GET_PARAMETER ", "SET_PARAMETER ",
					      "TEARDOWN ", "PAUSE ",    "REDIRECT ",      NULL};
	struct reader r = view->client, url;

	line_keyword(&r, methods);
	url = line_until(&r, ' ', 2048);
	reader_expect(&r, "RTSP/", 5);
	if (signature_answer(&r, facts, &rtsp) == TRI_YES)
		set_url(url, facts);
	return reader_state(&r);
}

const struct classifier classifier_rtsp = {
	.name = "rtsp",
	.transports = CLASSIFY_TCP,
	.writes = FACT_BIT(FACT_APP) | FACT_BIT(FACT_HOST) | FACT_BIT(FACT_PATH),
	.apps = apps,
	.look = look,
};
