/* SPDX-License-Identifier: GPL-2.0-or-later
 * port.c - sport, dport: ports by number, service name and range
 */
#include <netdb.h>

#include "keywords.h"
#include "value.h"

/* The usual ones by themselves: a small system may have no /etc/services. They are suggested for misspelt ones. */
static const struct number_name services[] = {{"http", 80},   {"https", 443}, {"ssh", 22},
					      {"domain", 53}, {"smtp", 25},   {"imaps", 993},
					      {"ftp", 21},    {"ntp", 123},   {"sip", 5060}};

static bool service_by_name(const char *name, uint64_t *port)
{
	struct servent entry, *found = NULL;
	char buffer[1024];

	if (getservbyname_r(name, NULL, &entry, buffer, sizeof buffer, &found) != 0 || !found)
		return false;
	*port = ntohs((uint16_t)found->s_port);
	return true;
}

static bool port_add(void *building, const char *word, size_t len, struct value_error *error)
{
	static const struct number_notation notation = {
		.noun = "port",
		.max = 65535,
		.unknown = "service",
		.hint = "a port is 0 to 65535, a name from /etc/services or a range (8000-8100)",
		.names = services,
		.name_count = sizeof services / sizeof *services,
		.by_name = service_by_name,
	};

	return number_add(building, &notation, word, len, error);
}

const struct value_type port_type = {
	.name = "port",
	.expects = "a port (443), a service name (https) or a range (8000-8100)",
	.add = port_add,
	INTERVAL_TYPE,
};

static bool sport_key(const struct subject *subject, struct key *key)
{
	*key = key_of(subject->packet->sport);
	return subject->packet->has_ports;
}

static bool dport_key(const struct subject *subject, struct key *key)
{
	*key = key_of(subject->packet->dport);
	return subject->packet->has_ports;
}

const struct keyword sport_keyword = {
	.name = "sport",
	.value = &port_type,
	.brief = "source port of the connection",
	.available = true,
	.key = sport_key,
};

const struct keyword dport_keyword = {
	.name = "dport",
	.value = &port_type,
	.brief = "destination port of the connection",
	.available = true,
	.key = dport_key,
};
