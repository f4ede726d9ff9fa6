/* SPDX-License-Identifier: GPL-2.0-or-later
 * ntp.c - the Network Time Protocol, by the fields of its header
 *
 *
 * Most of a request may be zero. On NTP's port the header is believed; elsewhere the answer must carry the
 * request's time.
 */
#include "signature.h"

static const struct app ntp = {
	.name = "ntp",
	.brief = "Network Time Protocol",
	.source = "RFC 5905 section 7.3, RFC 9327 (modes 6 and 7)",
	.decided = "first packet on port 123, else second",
};
static const struct app *const apps[] = {&ntp, NULL};

#define NTP_PORT 123
#define HEADER_SIZE 48
#define SECONDS_MAX 1024

enum { MODE_CLIENT = 3, MODE_SERVER = 4, MODE_CONTROL = 6, MODE_PRIVATE = 7 };

/* The size with extension fields or a message authentication code behind the header. */
static bool known_size(size_t size)
{
	return size == HEADER_SIZE || (size > HEADER_SIZE && size % 4 == 0);
}

/* Leap, version, mode; stratum; poll and precision as exponents of two seconds; delay and dispersion, whose whole
 * seconds are few. Gives the time it was sent. */
static uint64_t header(struct reader *r)
{
	size_t size = reader_left(r);
	uint8_t first = reader_u8(r), version = first >> 3 & 7, mode = first & 7;

	reader_require(r, (r->open || known_size(size)) && version >= 1 && version <= 4);
	reader_require(r, (mode || version == 1) && mode < MODE_CONTROL);
	reader_require(r, reader_u8(r) <= 16);
	reader_require(r, reader_u8(r) <= 17 || mode == MODE_CLIENT);
	reader_require(r, (int8_t)reader_u8(r) <= 0 || mode == MODE_CLIENT);
	for (int i = 0; i < 2; i++) {
		reader_require(r, reader_u16(r) <= SECONDS_MAX);
		reader_skip(r, 2);
	}
	reader_skip(r, HEADER_SIZE - 12 - 8);
	return reader_u64(r);
}

/* A command of mode 6: operation; number; no status; association; no offset; the length of what follows. */
static void control_command(struct reader *r)
{
	reader_require(r, reader_u8(r) <= 12);
	reader_skip(r, 2);
	reader_require(r, reader_u16(r) == 0);
	reader_skip(r, 2);
	reader_require(r, reader_u16(r) == 0);
	reader_rest_has(r, reader_u16(r));
}

/* A command of mode 7, or its answer: number; implementation; request; a count of items and their size. */
static void private_command(struct reader *r)
{
	uint16_t count, size;

	reader_skip(r, 1);
	reader_require(r, reader_u8(r) <= 3);
	reader_skip(r, 1);
	count = reader_u16(r);
	size = reader_u16(r);
	reader_require(r, count >> 12 == 0 && size >> 12 == 0 && (size_t)count * size <= reader_left(r));
}

static struct reader command(struct reader r)
{
	uint8_t first = reader_u8(&r), version = first >> 3 & 7, mode = first & 7;

	reader_require(&r, version >= 1 && version <= 4 && (mode == MODE_CONTROL || mode == MODE_PRIVATE));
	if (mode == MODE_CONTROL)
		control_command(&r);
	else
		private_command(&r);
	return r;
}

/* A server's answer begins with the time of the request. */
static enum tri answered(struct reader r, uint64_t sent)
{
	reader_require(&r, (reader_u8(&r) & 7) == MODE_SERVER);
	reader_require(&r, reader_u8(&r) <= 16);
	reader_skip(&r, 22);
	reader_require(&r, sent != 0 && reader_u64(&r) == sent);
	return reader_state(&r);
}

static enum tri look(const struct view *view, struct facts *facts)
{
	struct reader r = view->client, other = command(view->client);
	uint64_t sent = header(&r);
	enum tri answer = reader_state(&r);

	if (signature_port(view, NTP_PORT))
		answer = tri_or(answer, reader_state(&other));
	else
		answer = tri_and(answer, answered(view->server, sent));
	return signature_conclude(answer, facts, &ntp);
}

const struct classifier classifier_ntp = {
	.name = "ntp",
	.transports = CLASSIFY_UDP,
	.server_first = true,
	.writes = FACT_BIT(FACT_APP),
	.apps = apps,
	.ports = (const uint16_t[]){NTP_PORT, 0},
	.look = look,
};
