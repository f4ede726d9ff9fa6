/* SPDX-License-Identifier: GPL-2.0-or-later
 * snmp.c - the Simple Network Management Protocol, by the nesting of its message
 */
#include "ber.h"

static const struct app snmp = {
	.name = "snmp",
	.brief = "Simple Network Management Protocol",
	.source = "RFC 3416 section 3, RFC 3412 section 6, RFC 1157",
	.decided = "first packet",
};
static const struct app *const apps[] = {&snmp, NULL};

enum { INTEGER = 2, OCTETS = 4, SEQUENCE = 0x30, PDU_FIRST = 0xa0, PDU_LAST = 0xa8, VERSION_3 = 3 };

static void version3(struct ber *message)
{
	struct ber global = ber_enter(message, SEQUENCE);

	ber_enter(&global, INTEGER); /* number of the message */
	ber_enter(&global, INTEGER); /* largest message */
	ber_byte(&global, OCTETS);   /* flags */
	ber_byte(&global, INTEGER);  /* security model */
	reader_require(&message->r, reader_at_end(&global.r));
	ber_enter(message, OCTETS);
}

/* A community, then a request or trap that fills the message. */
static void community_based(struct ber *message)
{
	uint8_t tag;

	ber_enter(message, OCTETS);
	tag = ber_tag(message);
	reader_require(&message->r, tag >= PDU_FIRST && tag <= PDU_LAST);
	ber_enter(message, tag);
	reader_require(&message->r, reader_at_end(&message->r));
}

static enum tri look(const struct view *view, struct facts *facts)
{
	struct ber datagram = ber_over(view->client), message = ber_enter(&datagram, SEQUENCE);
	uint8_t version = ber_byte(&message, INTEGER);

	reader_require(&datagram.r, reader_at_end(&datagram.r));
	reader_require(&message.r, version <= VERSION_3);
	if (version == VERSION_3)
		version3(&message);
	else
		community_based(&message);
	return signature_conclude(tri_and(reader_state(&datagram.r), reader_state(&message.r)), facts, &snmp);
}

const struct classifier classifier_snmp = {
	.name = "snmp",
	.transports = CLASSIFY_UDP,
	.writes = FACT_BIT(FACT_APP),
	.apps = apps,
	.look = look,
};
