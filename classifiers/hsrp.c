/* SPDX-License-Identifier: GPL-2.0-or-later
 * hsrp.c - the Hot Standby Router Protocol, by its port and states
 */
#include "signature.h"

static const struct app hsrp = {
	.name = "hsrp",
	.brief = "Hot Standby Router Protocol",
	.source = "RFC 2281 section 5, Cisco HSRP version 2",
	.decided = "first packet",
};
static const struct app *const apps[] = {&hsrp, NULL};

enum { PORT = 1985, PORT_IPV6 = 2029, ADVERTISE = 3, GROUP_STATE = 1, GROUP_STATE_SIZE = 40 };

static enum tri look(const struct view *view, struct facts *facts)
{
	static const uint32_t states[] = {1, 2, 4, 8, 16, 0};
	struct reader r = view->client;
	uint8_t version = (uint8_t)reader_within(&r, 1, 0, 1), operation = reader_u8(&r), state;

	reader_require(&r, view->dport == PORT || view->dport == PORT_IPV6);
	if (version == GROUP_STATE &&
	    operation == GROUP_STATE_SIZE) { /* version 2: type and length of an element */
		reader_require(&r, reader_u8(&r) == 2);
		reader_require(&r, reader_u8(&r) <= ADVERTISE);
		reader_require(&r, reader_u8(&r) <= 6);
		reader_skip(&r, GROUP_STATE_SIZE - 3);
		return signature_answer(&r, facts, &hsrp);
	}
	reader_require(&r, version == 0);
	if (operation == ADVERTISE) { /* an element of its own: type 1, its length */
		reader_require(&r, reader_u16(&r) == 1);
		reader_require(&r, reader_u16(&r) >= 10 && reader_left(&r) >= 8);
		return signature_answer(&r, facts, &hsrp);
	}
	state = reader_u8(&r);
	reader_require(&r, operation < ADVERTISE && (state == 0 || signature_among(state, states)));
	reader_skip(&r, 4); /* times, priority, group */
	reader_require(&r, reader_u8(&r) == 0);
	/* password and address; perhaps an authentication element */
	reader_require(&r, reader_left(&r) == 12 || reader_left(&r) >= 40);
	return signature_answer(&r, facts, &hsrp);
}

const struct classifier classifier_hsrp = {
	.name = "hsrp",
	.transports = CLASSIFY_UDP,
	.writes = FACT_BIT(FACT_APP),
	.apps = apps,
	.ports = (const uint16_t[]){PORT, PORT_IPV6, 0},
	.bound = true,
	.look = look,
};
