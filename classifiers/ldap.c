/* SPDX-License-Identifier: GPL-2.0-or-later
 * ldap.c - the Lightweight Directory Access Protocol, by the nesting of its first request
 */
#include "starttls.h"

/* RFC 4511 section 4.14 */
#define START_TLS "1.3.6.1.4.1.1466.20037"

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

/* The parts of a request that only LDAP has there. Gives the name of an extended operation, else a closed window.
 */
static struct reader request(struct reader *r)
{
	uint8_t tag = reader_left(r) ? *r->at : (uint8_t)reader_u8(r);
	struct reader body = signature_ber(r, tag), version, name = reader_over(NULL, 0, false);

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
		name = signature_ber(&body, NAME);
		break;
	default:
		reader_require(&body, false);
	}
	*r = body;
	return name;
}

static enum tri look(const struct view *view, struct facts *facts)
{
	struct reader r = view->client, message = signature_ber(&r, SEQUENCE), id, name;

	if (!reader_ok(&r))
		return reader_state(&r);
	id = signature_ber(&message, INTEGER);
	reader_require(&message, reader_left(&id) <= 4 || id.open);
	name = request(&message);
	if (signature_answer(&message, facts, &ldap) != TRI_YES)
		return reader_state(&message);
	reader_expect(&name, START_TLS, strlen(START_TLS));
	if (view->transport == IPPROTO_UDP || reader_state(&name) == TRI_NO)
		return starttls_none(facts);
	return reader_ok(&name) ? starttls_hello(r, facts) : TRI_MORE;
}

const struct classifier classifier_ldap = {
	.name = "ldap",
	.transports = CLASSIFY_TCP | CLASSIFY_UDP,
	.writes = FACT_BIT(FACT_APP) | CLIENTHELLO_FACTS,
	.apps = apps,
	.look = look,
};
