/* SPDX-License-Identifier: GPL-2.0-or-later
 * kerberos.c - Kerberos, by the nesting of its message
 */
#include "signature.h"

static const struct app kerberos = {
	.name = "kerberos",
	.brief = "Kerberos 5",
	.source = "RFC 4120 sections 5.4, 5.5, 5.9 and 7.2",
	.decided = "first packet",
};
static const struct app *const apps[] = {&kerberos, NULL};

enum { INTEGER = 2, SEQUENCE = 0x30, PROTOCOL_VERSION = 5 };

/* APPLICATION n, a sequence, its version and its type: n again. Requests count their fields from 1, others from 0.
 */
static struct reader message(struct reader r)
{
	static const uint32_t types[] = {10, 11, 12, 13, 14, 15, 20, 21, 22, 30, 0};
	uint8_t tag = reader_left(&r) ? *r.at : 0, type = tag & 31;
	uint8_t field = type == 10 || type == 12 ? 0xa1 : 0xa0;
	struct reader body, sequence, version, number;

	if (reader_left(&r))
		reader_require(&r, (tag & 0xe0) == 0x60 && signature_among(type, types));
	body = signature_ber(&r, tag);
	sequence = signature_ber(&body, SEQUENCE);
	version = signature_ber(&sequence, field);
	number = signature_ber(&version, INTEGER);
	reader_require(&number, reader_u8(&number) == PROTOCOL_VERSION);
	if (!reader_ok(&number))
		return number;
	version = signature_ber(&sequence, field + 1);
	number = signature_ber(&version, INTEGER);
	reader_require(&number, reader_u8(&number) == type);
	return number;
}

static enum tri look(const struct view *view, struct facts *facts)
{
	struct reader r = view->client;

	if (view->transport == IPPROTO_TCP) {
		uint32_t size = reader_u32(&r);

		reader_require(&r, size >= 16 && size < 1 << 20);
	}
	r = message(r);
	return signature_answer(&r, facts, &kerberos);
}

const struct classifier classifier_kerberos = {
	.name = "kerberos",
	.transports = CLASSIFY_TCP | CLASSIFY_UDP,
	.writes = FACT_BIT(FACT_APP),
	.apps = apps,
	.look = look,
};
