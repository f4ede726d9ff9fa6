/* SPDX-License-Identifier: GPL-2.0-or-later
 * ldap.c - the Lightweight Directory Access Protocol, by the nesting of its first request
 */
#include "ber.h"
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

/* The parts of a request that only LDAP has there. Gives the name of an extended operation, else an empty window.
 */
static struct reader request(struct ber *message)
{
	uint8_t tag = ber_tag(message);
	struct ber body = ber_enter(message, tag), name = ber_over(reader_over(NULL, 0, false));

	switch (tag) {
	case BIND:
		reader_require(&body.r, ber_byte(&body, INTEGER) <= 3);
		ber_enter(&body, OCTETS);
		break;
	case SEARCH:
		ber_enter(&body, OCTETS);    /* base */
		ber_byte(&body, ENUMERATED); /* scope */
		ber_byte(&body, ENUMERATED); /* aliases */
		ber_enter(&body, INTEGER);   /* limits of number and time */
		ber_enter(&body, INTEGER);
		break;
	case MODIFY:
	case ADD:
		ber_enter(&body, OCTETS); /* entry */
		ber_enter(&body, SEQUENCE);
		break;
	case EXTENDED:
		name = ber_enter(&body, NAME);
		break;
	default:
		reader_require(&body.r, false);
	}
	message->r = body.r;
	return name.r;
}

static enum tri look(const struct view *view, struct facts *facts)
{
	struct ber stream = ber_over(view->client), message = ber_enter(&stream, SEQUENCE), id;
	struct reader name;

	id = ber_enter(&message, INTEGER);
	reader_require(&message.r, id.rest <= 4);
	name = request(&message);
	if (signature_answer(&message.r, facts, &ldap) != TRI_YES)
		return reader_state(&message.r);
	reader_expect(&name, START_TLS, strlen(START_TLS));
	if (view->transport == IPPROTO_UDP || reader_state(&name) == TRI_NO)
		return starttls_none(facts);
	return reader_ok(&name) ? starttls_hello(stream.r, facts) : TRI_MORE;
}

const struct classifier classifier_ldap = {
	.name = "ldap",
	.transports = CLASSIFY_TCP | CLASSIFY_UDP,
	.writes = FACT_BIT(FACT_APP) | CLIENTHELLO_FACTS,
	.apps = apps,
	.look = look,
};
