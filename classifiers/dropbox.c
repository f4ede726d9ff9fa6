/* SPDX-License-Identifier: GPL-2.0-or-later
 * dropbox.c - Dropbox looking for itself in the local network
 */
#include "line.h"

#define PORT 17500

static const struct app dropbox = {
	.name = "dropbox",
	.brief = "Dropbox LAN sync",
	.source = "observed: a JSON object with the host's number or its namespaces",
	.decided = "first packet",
};
static const struct app *const apps[] = {&dropbox, NULL};

/* The keys of the object come in any order. */
static enum tri look(const struct view *view, struct facts *facts)
{
	static const char *const keys[] = {"\"host_int\": ", "\"namespaces\": [", NULL};
	struct reader r = view->client;

	reader_expect(&r, "{\"", 2);
	reader_require(&r, view->dport == PORT && line_has_any(&view->client, keys));
	return signature_answer(&r, facts, &dropbox);
}

const struct classifier classifier_dropbox = {
	.name = "dropbox",
	.transports = CLASSIFY_UDP,
	.writes = FACT_BIT(FACT_APP),
	.apps = apps,
	.ports = (const uint16_t[]){PORT, 0},
	.bound = true,
	.look = look,
};
