/* SPDX-License-Identifier: GPL-2.0-or-later
 * snmp.c - the Simple Network Management Protocol, by the nesting of its message
 */
#include "signature.h"

static const struct app snmp = {
	.name = "snmp",
	.brief = "Simple Network Management Protocol",
	.source = "RFC 3416 section 3, RFC 3412 section 6, RFC 1157",
	.decided = "first packet",
};
static const struct app *const apps[] = {&snmp, NULL};

enum { INTEGER = 2, OCTETS = 4, SEQUENCE = 0x30, PDU_FIRST = 0xa0, PDU_LAST = 0xa8, VERSION_3 = 3 };

static void version3(struct reader *message)
{
	struct reader global = signature_ber(message, SEQUENCE), id = signature_ber(&global, INTEGER);

	reader_require(message, reader_ok(&id));
	signature_ber(&global, INTEGER); /* largest message */
	signature_ber(&global, OCTETS);  /* flags */
	signature_ber(&global, INTEGER); /* security model */
	reader_require(message, reader_at_end(&global));
	signature_ber(message, OCTETS);
}

/* A community, then a request or trap that fills the message. */
static void community_based(struct reader *message)
{
	uint8_t tag;

	signature_ber(message, OCTETS);
	tag = reader_left(message) ? *message->at : 0;
	reader_require(message, tag >= PDU_FIRST && tag <= PDU_LAST);
	signature_ber(message, tag);
	reader_require(message, reader_at_end(message));
}

static enum tri look(const struct view *view, struct facts *facts)
{
	struct reader r = view->client, message = signature_ber(&r, SEQUENCE),
		      number = signature_ber(&message, INTEGER);
	uint8_t version = reader_u8(&number);

	reader_require(&message, reader_at_end(&number) && version <= VERSION_3);
	reader_require(&r, reader_at_end(&r));
	if (version == VERSION_3)
		version3(&message);
	else
		community_based(&message);
	reader_require(&r, reader_ok(&message));
	return signature_answer(&r, facts, &snmp);
}

const struct classifier classifier_snmp = {
	.name = "snmp",
	.transports = CLASSIFY_UDP,
	.writes = FACT_BIT(FACT_APP),
	.apps = apps,
	.look = look,
};
