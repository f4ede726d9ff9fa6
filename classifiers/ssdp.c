/* SPDX-License-Identifier: GPL-2.0-or-later
 * ssdp.c - the discovery of UPnP: HTTP's lines in a datagram
 */
#include "line.h"

static const struct app ssdp = {
	.name = "ssdp",
	.brief = "Simple Service Discovery Protocol (UPnP)",
	.source = "UPnP Device Architecture 2.0 section 1",
	.decided = "first packet",
};
static const struct app *const apps[] = {&ssdp, NULL};

static enum tri look(const struct view *view, struct facts *facts)
{
	static const char *const starts[] = {"M-SEARCH * HTTP/1.", "NOTIFY * HTTP/1.", "SEARCH * HTTP/1.", NULL};
	static const char *const answer[] = {"HTTP/1.1 200 OK\r\n", NULL};
	static const char *const fields[] = {"\nUSN:", "\nST:", NULL};
	struct reader r = view->client, other = view->client;

	line_keyword(&r, starts);
	line_keyword(&other, answer);
	reader_require(&other, line_has_any(&other, fields));
	return signature_conclude(tri_or(reader_state(&r), reader_state(&other)), facts, &ssdp);
}

const struct classifier classifier_ssdp = {
	.name = "ssdp",
	.transports = CLASSIFY_UDP,
	.writes = FACT_BIT(FACT_APP),
	.apps = apps,
	.look = look,
};
