/* SPDX-License-Identifier: GPL-2.0-or-later
 * ldap.c - the Lightweight Directory Access Protocol, by the nesting of its first request
 */
#include "signature.h"

static const struct app ldap = {
	.name = "ldap",
	.brief = "Lightweight Directory Access Protocol",
	.source = "RFC 4511 sections 4.1.1, 4.2, 4.5 and 4.12",
	.decided = "first packet",
};
static const struct app *const apps[] = {&ldap, NULL};

enum {
	INTEGER = 2,
	OCTETS = 4,
	ENUMERATED = 10,
	SEQUENCE = 0x30,
	BIND = 0x60,
	SEARCH = 0x63,
	MODIFY = 0x66,
	ADD = 0x68,
	EXTENDED = 0x77,
	NAME = 0x80
};

/* The parts of a request that only LDAP has there. */
static void request(struct reader *r)
{
	uint8_t tag = reader_left(r) ? *r->at : (uint8_t)reader_u8(r);
	struct reader body = signature_ber(r, tag), version;

	switch (tag) {
	case BIND:
		version = signature_ber(&body, INTEGER);
		reader_require(&version, reader_u8(&version) <= 3 && reader_at_end(&version));
		reader_require(&body, reader_state(&version) != TRI_NO);
		signature_ber(&body, OCTETS);
		break;
	case SEARCH:
		signature_ber(&body, OCTETS);     /* base */
		signature_ber(&body, ENUMERATED); /* scope */
		signature_ber(&body, ENUMERATED); /* aliases */
		signature_ber(&body, INTEGER);    /* limits of number and time */
		signature_ber(&body, INTEGER);
		break;
	case MODIFY:
	case ADD:
		signature_ber(&body, OCTETS); /* entry */
		signature_ber(&body, SEQUENCE);
		break;
	case EXTENDED:
		signature_ber(&body, NAME);
		break;
	default:
		reader_require(&body, false);
	}
	*r = body;
}

static enum tri look(const struct view *view, struct facts *facts)
{
	struct reader r = view->client, message = signature_ber(&r, SEQUENCE), id;

	if (!reader_ok(&r))
		return reader_state(&r);
	id = signature_ber(&message, INTEGER);
	reader_require(&message, reader_left(&id) <= 4 || id.open);
	request(&message);
	return signature_answer(&message, facts, &ldap);
}

const struct classifier classifier_ldap = {
	.name = "ldap",
	.transports = CLASSIFY_TCP | CLASSIFY_UDP,
	.writes = FACT_BIT(FACT_APP),
	.apps = apps,
	.look = look,
};
