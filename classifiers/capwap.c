/* SPDX-License-Identifier: GPL-2.0-or-later
 * capwap.c - the control of wireless access points, by its header and DTLS preamble
 */
#include "signature.h"

static const struct app capwap = {
	.name = "capwap",
	.brief = "Control and Provisioning of Wireless Access Points",
	.source = "RFC 5415 sections 4.2 to 4.5",
	.decided = "first packet",
};
static const struct app *const apps[] = {&capwap, NULL};

enum { PLAIN = 0, DTLS = 1, CONTROL_PORT = 5246, DATA_PORT = 5247, DISCOVERY_REQUEST = 1, DISCOVERY_RESPONSE = 2 };
static const uint16_t ports[] = {CONTROL_PORT, DATA_PORT, 0};

static enum tri look(const struct view *view, struct facts *facts)
{
	struct reader r = view->client;
	uint8_t preamble = reader_u8(&r), words;

	reader_require(&r, preamble <= DTLS && signature_ports(view, ports));
	if (preamble == DTLS) {
		uint8_t content;

		reader_require(&r, reader_u24(&r) == 0);
		content = reader_u8(&r);
		reader_require(&r, content >= 20 && content <= 25);
		reader_require(&r, reader_u8(&r) == 0xfe);
		return signature_answer(&r, facts, &capwap);
	}
	words = reader_u8(&r) >> 3; /* the header's length */
	reader_require(&r, words >= 2 && words <= 8);
	reader_skip(&r, words * 4U - 2);
	if (!signature_port(view, DATA_PORT)) { /* a message of the standard's own and its length */
		reader_require(&r, reader_u24(&r) == 0);
		preamble = reader_u8(&r);
		reader_require(&r, preamble == DISCOVERY_REQUEST || preamble == DISCOVERY_RESPONSE);
	}
	return signature_answer(&r, facts, &capwap);
}

const struct classifier classifier_capwap = {
	.name = "capwap",
	.transports = CLASSIFY_UDP,
	.writes = FACT_BIT(FACT_APP),
	.apps = apps,
	.ports = ports,
	.bound = true,
	.look = look,
};
