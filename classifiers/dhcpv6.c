/* SPDX-License-Identifier: GPL-2.0-or-later
 * dhcpv6.c - DHCP for IPv6, by its options and ports
 */
#include "signature.h"

static const struct app dhcpv6 = {
	.name = "dhcpv6",
	.brief = "Dynamic Host Configuration Protocol for IPv6",
	.source = "RFC 8415 sections 8 and 9",
	.decided = "first packet",
};
static const struct app *const apps[] = {&dhcpv6, NULL};

enum { RELAY_FORWARD = 12, RELAY_REPLY = 13, TYPES = 36, HOPS_MAX = 32 };
static const uint16_t ports[] = {546, 547, 0};

static enum tri look(const struct view *view, struct facts *facts)
{
	struct reader r = view->client;
	uint8_t type = reader_u8(&r);

	reader_require(&r, type > 0 && type <= TYPES && signature_ports(view, ports));
	if (type == RELAY_FORWARD || type == RELAY_REPLY) {
		reader_require(&r, reader_u8(&r) <= HOPS_MAX);
		reader_skip(&r, 32);
	} else {
		reader_skip(&r, 3);
	}
	reader_require(&r, reader_left(&r) >= 4);
	signature_elements(&r, 2, 2, 0);
	return signature_answer(&r, facts, &dhcpv6);
}

const struct classifier classifier_dhcpv6 = {
	.name = "dhcpv6",
	.transports = CLASSIFY_UDP,
	.writes = FACT_BIT(FACT_APP),
	.apps = apps,
	.ports = ports,
	.bound = true,
	.look = look,
};
