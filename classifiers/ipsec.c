/* SPDX-License-Identifier: GPL-2.0-or-later
 * ipsec.c - the key exchange of IPsec, and ESP behind a NAT
 */
#include "signature.h"

static const struct app ike = {
	.name = "ike",
	.brief = "Internet Key Exchange",
	.source = "RFC 2408 section 3.1, RFC 7296 section 3.1",
	.decided = "first packet",
};
static const struct app esp = {
	.name = "esp",
	.brief = "IPsec ESP in UDP",
	.source = "RFC 3948 section 2.1",
	.decided = "second packet",
};
static const struct app *const apps[] = {&ike, &esp, NULL};

/* The exchange types of version 1 (RFC 2408, 2409) and 2 (RFC 7296, 4615, 5723, 9242 ...). */
static bool exchange_of_version(uint8_t exchange, uint8_t version)
{
	return version == 0x10 ? exchange <= 6 || (exchange >= 32 && exchange <= 34)
			       : version >> 4 == 2 && exchange >= 34 && exchange <= 44;
}

static struct reader ike_header(struct reader r)
{
	size_t size = reader_left(&r);
	uint8_t version;

	reader_require(&r, reader_u64(&r) != 0); /* the initiator's SPI */
	reader_skip(&r, 8 + 1);
	version = reader_u8(&r);
	reader_require(&r, exchange_of_version(reader_u8(&r), version));
	reader_require(&r, (reader_u8(&r) & (version == 0x10 ? 0xf8 : 0xc7)) == 0);
	reader_skip(&r, 4);
	reader_require(&r, reader_u32(&r) == size);
	return r;
}

/* On port 4500 four zero bytes stand before IKE, where ESP has its SPI. */
static struct reader behind_marker(struct reader r)
{
	reader_expect(&r, (const uint8_t[4]){0}, 4);
	return reader_ok(&r) ? ike_header(r) : r;
}

/* Two packets of one SPI with the first sequence numbers in a row. */
static struct reader esp_pair(const struct view *view)
{
	struct reader first = view->client, second;
	uint32_t spi, number;

	reader_require(&first, signature_port(view, 4500));
	spi = reader_u32(&first);
	number = reader_u32(&first);
	reader_require(&first, spi > 255 && number > 0 && number < UINT16_MAX);
	if (!reader_ok(&first))
		return first;
	second = signature_datagram(view, 1);
	reader_require(&second, reader_u32(&second) == spi);
	reader_require(&second, reader_u32(&second) == number + 1);
	return second;
}

static enum tri look(const struct view *view, struct facts *facts)
{
	struct reader plain = ike_header(view->client), marked = behind_marker(view->client), pair;
	enum tri answer = tri_or(reader_state(&plain), reader_state(&marked));

	if (signature_conclude(answer, facts, &ike) == TRI_YES)
		return TRI_YES;
	pair = esp_pair(view);
	return tri_or(answer, signature_answer(&pair, facts, &esp));
}

const struct classifier classifier_ipsec = {
	.name = "ipsec",
	.transports = CLASSIFY_UDP,
	.writes = FACT_BIT(FACT_APP),
	.apps = apps,
	.ports = (const uint16_t[]){4500, 0},
	.look = look,
};
