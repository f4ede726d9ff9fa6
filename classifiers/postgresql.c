/* SPDX-License-Identifier: GPL-2.0-or-later
 * postgresql.c - PostgreSQL, by the startup packet or the requests for encryption
 */
#include "line.h"
#include "starttls.h"

static const struct app postgresql = {
	.name = "postgresql",
	.brief = "PostgreSQL",
	.source = "PostgreSQL documentation, Message Formats (StartupMessage, SSLRequest, GSSENCRequest, "
		  "CancelRequest)",
	.decided = "first packet",
};
static const struct app *const apps[] = {&postgresql, NULL};

enum { VERSION_3_0 = 0x00030000, VERSION_3_2 = 0x00030002, CANCEL = 80877102, SSL = 80877103, GSS = 80877104 };

/* Pairs of name and value; the user must be among them and is sent first by all known clients. */
static void parameters(struct reader *r)
{
	static const char *const names[] = {
		"user",        "database",  "client_encoding", "application_name",   "options",
		"replication", "DateStyle", "TimeZone",        "extra_float_digits", NULL};

	line_keyword(r, names);
	reader_require(r, reader_u8(r) == 0);
	line_until(r, 0, 256);
}

/* The code of the message that comes next, which must be one that a client begins with. */
static uint32_t opening(struct reader *r)
{
	uint32_t size = reader_within(r, 4, 8, 10000), code = reader_u32(r);

	switch (code) {
	case VERSION_3_0:
	case VERSION_3_2:
		reader_require(r, size > 9);
		parameters(r);
		break;
	case CANCEL:
		reader_require(r, size >= 16 && size <= 268);
		break;
	case SSL:
	case GSS:
		reader_require(r, size == 8);
		break;
	default:
		reader_require(r, false);
	}
	return code;
}

/* Who has a Kerberos ticket asks for encryption by it first, and for TLS when the server does not have that. */
static enum tri look(const struct view *view, struct facts *facts)
{
	struct reader r = view->client;
	uint32_t code = opening(&r);

	if (signature_answer(&r, facts, &postgresql) != TRI_YES)
		return reader_state(&r);
	if (code == GSS)
		code = opening(&r);
	if (reader_state(&r) == TRI_MORE)
		return TRI_MORE;
	return reader_ok(&r) && code == SSL ? starttls_hello(r, facts) : starttls_none(facts);
}

const struct classifier classifier_postgresql = {
	.name = "postgresql",
	.transports = CLASSIFY_TCP,
	.writes = FACT_BIT(FACT_APP) | CLIENTHELLO_FACTS,
	.apps = apps,
	.look = look,
};
