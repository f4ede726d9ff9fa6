/* SPDX-License-Identifier: GPL-2.0-or-later
 * minecraft.c - Minecraft's handshake, which carries the server's name
 */
#include "signature.h"

static const struct app minecraft = {
	.name = "minecraft",
	.brief = "Minecraft, Java edition",
	.source = "Minecraft protocol documentation, Handshaking",
	.decided = "first packet",
};
static const struct app *const apps[] = {&minecraft, NULL};

enum { HANDSHAKE = 0, STATUS = 1, TRANSFER = 3, NAME_MAX_SIZE = 255 };

/* Seven bits a byte, lowest first, at most five bytes. */
static uint32_t variable_number(struct reader *r)
{
	uint32_t value = 0;

	for (unsigned shift = 0; shift < 35; shift += 7) {
		uint8_t byte = reader_u8(r);

		value |= (uint32_t)(byte & 0x7f) << shift;
		if (byte < 0x80)
			return value;
	}
	reader_require(r, false);
	return value;
}

/* A mod loader puts its own words behind a zero. */
static void set_host(struct reader name, struct facts *facts)
{
	const uint8_t *end = memchr(name.at, 0, reader_left(&name));

	facts_set_host(facts, name.at, end ? (size_t)(end - name.at) : reader_left(&name));
	fact_close(facts, FACT_HOST);
}

static enum tri look(const struct view *view, struct facts *facts)
{
	struct reader r = view->client, packet, name;
	uint32_t size = variable_number(&r), next;

	reader_require(&r, size >= 7 && size <= NAME_MAX_SIZE + 16);
	if (!reader_ok(&r))
		return reader_state(&r);
	packet = reader_sub(&r, size);
	reader_require(&packet, variable_number(&packet) == HANDSHAKE);
	variable_number(&packet); /* version of the protocol */
	next = variable_number(&packet);
	reader_require(&packet, next >= 1 && next <= NAME_MAX_SIZE);
	name = reader_sub(&packet, next);
	reader_skip(&packet, 2);
	next = variable_number(&packet);
	reader_require(&packet, next >= STATUS && next <= TRANSFER);
	reader_require(&packet, reader_at_end(&packet));
	if (signature_answer(&packet, facts, &minecraft) == TRI_YES)
		set_host(name, facts);
	return reader_state(&packet);
}

const struct classifier classifier_minecraft = {
	.name = "minecraft",
	.transports = CLASSIFY_TCP,
	.writes = FACT_BIT(FACT_APP) | FACT_BIT(FACT_HOST),
	.apps = apps,
	.look = look,
};
