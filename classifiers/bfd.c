/* SPDX-License-Identifier: GPL-2.0-or-later
 * bfd.c - Bidirectional Forwarding Detection, by its length and ports
 */
#include "signature.h"

static const struct app bfd = {
	.name = "bfd",
	.brief = "Bidirectional Forwarding Detection",
	.source = "RFC 5880 section 4.1, RFC 5881 section 4",
	.decided = "first packet",
};
static const struct app *const apps[] = {&bfd, NULL};
static const uint16_t ports[] = {3784, 4784, 6784, 0};

static enum tri look(const struct view *view, struct facts *facts)
{
	struct reader r = view->client;
	size_t size = reader_left(&r);

	reader_require(&r, reader_u8(&r) >> 5 == 1 && signature_ports(view, ports));
	reader_skip(&r, 1);
	reader_require(&r, reader_u8(&r) > 0); /* multiplier */
	reader_require(&r, reader_u8(&r) == size && size >= 24);
	reader_require(&r, reader_u32(&r) != 0); /* my discriminator */
	return signature_answer(&r, facts, &bfd);
}

const struct classifier classifier_bfd = {
	.name = "bfd",
	.transports = CLASSIFY_UDP,
	.writes = FACT_BIT(FACT_APP),
	.apps = apps,
	.ports = ports,
	.bound = true,
	.look = look,
};
