/* SPDX-License-Identifier: GPL-2.0-or-later
 * dhcp.c - the Dynamic Host Configuration Protocol, by its magic cookie
 */
#include "signature.h"

static const struct app dhcp = {
	.name = "dhcp",
	.brief = "Dynamic Host Configuration Protocol",
	.source = "RFC 2131 section 2, RFC 951",
	.decided = "first packet",
};
static const struct app *const apps[] = {&dhcp, NULL};

#define COOKIE 0x63825363
#define BOOTP_SIZE 300

static enum tri look(const struct view *view, struct facts *facts)
{
	struct reader r = view->client;
	size_t size = reader_left(&r);

	reader_within(&r, 1, 1, 2);              /* operation */
	reader_within(&r, 1, 1, 38);             /* type */
	reader_require(&r, reader_u8(&r) <= 16); /* length of the hardware's address */
	reader_require(&r, reader_u8(&r) <= 16); /* hops */
	reader_skip(&r, 232);
	/* BOOTP alone has no cookie, but a size */
	reader_require(&r, reader_u32(&r) == COOKIE ||
				   (size == BOOTP_SIZE && signature_port(view, 67) && signature_port(view, 68)));
	return signature_answer(&r, facts, &dhcp);
}

const struct classifier classifier_dhcp = {
	.name = "dhcp",
	.transports = CLASSIFY_UDP,
	.writes = FACT_BIT(FACT_APP),
	.apps = apps,
	.ports = (const uint16_t[]){67, 68, 0},
	.look = look,
};
