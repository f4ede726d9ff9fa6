/* SPDX-License-Identifier: GPL-2.0-or-later
 * netbios.c - NetBIOS' datagram service; its name service is a kind of DNS, and told in dns.c
 */
#include "netbios.h"
#include "signature.h"

static const struct app *const apps[] = {&netbios_app, NULL};

enum { DIRECT_UNIQUE = 0x10, BROADCAST = 0x12 };

/* RFC 1002 section 4.4: type, flags, number, the source's address and port (or 0), a length, an offset, and the
 * names, of which the source's comes first. */
static enum tri look(const struct view *view, struct facts *facts)
{
	struct reader r = view->client;
	const uint8_t *label;
	uint16_t port;

	reader_within(&r, 1, DIRECT_UNIQUE, BROADCAST);
	reader_within(&r, 1, 0, 0x0f);
	reader_skip(&r, 6);
	port = reader_u16(&r);
	reader_require(&r, port == view->sport || port == 0);
	reader_skip(&r, 4);
	reader_require(&r, reader_u8(&r) == NETBIOS_LABEL);
	label = reader_bytes(&r, NETBIOS_LABEL);
	reader_require(&r, label && netbios_label(label, NETBIOS_LABEL));
	return signature_answer(&r, facts, &netbios_app);
}

const struct classifier classifier_netbios = {
	.name = "netbios",
	.transports = CLASSIFY_UDP,
	.writes = FACT_BIT(FACT_APP),
	.apps = apps,
	.look = look,
};
