/* SPDX-License-Identifier: GPL-2.0-or-later
 * tftp.c - the Trivial File Transfer Protocol, by its request
 */
#include "line.h"

static const struct app tftp = {
	.name = "tftp",
	.brief = "Trivial File Transfer Protocol",
	.source = "RFC 1350 section 5, RFC 2347",
	.decided = "first packet; the transfer itself: second packet",
};
static const struct app *const apps[] = {&tftp, NULL};

enum { READ = 1, WRITE = 2, DATA = 3, ACKNOWLEDGE = 4, OPTIONS = 6 };

static enum tri request(struct reader r)
{
	static const char *const modes[] = {"octet", "netascii", "mail", NULL};
	struct reader name;

	reader_within(&r, 2, READ, WRITE);
	if (!reader_ok(&r))
		return reader_state(&r); /* most datagrams: their bytes need not be searched for the name's end */
	name = line_until(&r, 0, 512);
	reader_require(&r, reader_left(&name) > 0);
	line_keyword(&r, modes);
	reader_require(&r, reader_u8(&r) == 0);
	return reader_state(&r);
}

/* The answer comes from another port and is a flow of its own: options by their names, */
static enum tri options(struct reader r)
{
	static const char *const names[] = {"blksize", "tsize", "timeout", "windowsize", NULL};

	reader_within(&r, 2, OPTIONS, OPTIONS);
	if (!reader_ok(&r))
		return reader_state(&r);
	line_keyword(&r, names);
	reader_require(&r, reader_u8(&r) == 0);
	reader_require(&r, line_number(&r, 9) < 65536000 && reader_u8(&r) == 0);
	return reader_state(&r);
}

/* or the first block of data and its acknowledgement (of block 0, when the client writes). */
static enum tri transfer(struct reader data, struct reader acknowledge, uint16_t block)
{
	reader_require(&data, reader_left(&data) <= 516);
	reader_within(&data, 2, DATA, DATA);
	reader_require(&data, reader_u16(&data) == 1);
	reader_require(&acknowledge, acknowledge.open || reader_left(&acknowledge) == 4);
	reader_within(&acknowledge, 2, ACKNOWLEDGE, ACKNOWLEDGE);
	reader_require(&acknowledge, reader_u16(&acknowledge) == block);
	return tri_and(reader_state(&data), reader_state(&acknowledge));
}

static enum tri look(const struct view *view, struct facts *facts)
{
	enum tri asked = tri_or(request(view->client), options(view->client));
	enum tri moved = tri_or(transfer(view->client, view->server, 1), transfer(view->server, view->client, 0));

	return signature_conclude(tri_or(asked, moved), facts, &tftp);
}

const struct classifier classifier_tftp = {
	.name = "tftp",
	.transports = CLASSIFY_UDP,
	.server_first = true,
	.writes = FACT_BIT(FACT_APP),
	.apps = apps,
	.look = look,
};
