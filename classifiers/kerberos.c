/* SPDX-License-Identifier: GPL-2.0-or-later
 * kerberos.c - Kerberos, by the nesting of its message
 */
#include "ber.h"

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
	struct ber whole = ber_over(r), body, sequence, version, kind;
	uint8_t tag = ber_tag(&whole), type = tag & 31;
	uint8_t field = type == 10 || type == 12 ? 0xa1 : 0xa0;

	if (tag)
		reader_require(&whole.r, (tag & 0xe0) == 0x60 && signature_among(type, types));
	body = ber_enter(&whole, tag);
	sequence = ber_enter(&body, SEQUENCE);
	version = ber_enter(&sequence, field);
	reader_require(&version.r, ber_byte(&version, INTEGER) == PROTOCOL_VERSION);
	if (!reader_ok(&version.r))
		return version.r;
	kind = ber_enter(&sequence, field + 1);
	reader_require(&kind.r, ber_byte(&kind, INTEGER) == type);
	return kind.r;
}

static enum tri look(const struct view *view, struct facts *facts)
{
	struct reader r = view->client;

	if (view->transport == IPPROTO_TCP) /* a length in front */
		reader_within(&r, 4, 16, (1 << 20) - 1);
	if (!reader_ok(&r))
		return reader_state(&r);
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
