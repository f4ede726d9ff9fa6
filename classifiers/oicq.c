/* SPDX-License-Identifier: GPL-2.0-or-later
 * oicq.c - Tencent QQ's messages over UDP
 */
#include "signature.h"

static const struct app oicq = {
	.name = "oicq",
	.brief = "Tencent QQ",
	.source = "libqq and Wireshark's OICQ notes: a frame between 2 and 3",
	.decided = "first packet",
};
static const struct app *const apps[] = {&oicq, NULL};

enum { FRAME_START = 2, FRAME_END = 3, PORT = 8000 };

static enum tri look(const struct view *view, struct facts *facts)
{
	static const uint32_t commands[] = {0x0001, 0x0002, 0x0004, 0x0006, 0x000a, 0x000d, 0x0016, 0x0017, 0x001d,
					    0x0022, 0x0026, 0x0027, 0x0030, 0x0058, 0x0062, 0x0065, 0x0067, 0x0081,
					    0x00b5, 0x00ba, 0x00cd, 0x00ce, 0x00dd, 0x00e5, 0x0825, 0x0836, 0};
	struct reader r = view->client;

	reader_require(&r, reader_u8(&r) == FRAME_START && signature_port(view, PORT));
	reader_skip(&r, 2); /* version of the client */
	reader_require(&r, signature_among(reader_u16(&r), commands));
	reader_skip(&r, 2);
	reader_require(&r, reader_u32(&r) > 10000); /* the user's number */
	reader_skip(&r, reader_left(&r) ? reader_left(&r) - 1 : 1);
	reader_require(&r, reader_u8(&r) == FRAME_END);
	return signature_answer(&r, facts, &oicq);
}

const struct classifier classifier_oicq = {
	.name = "oicq",
	.transports = CLASSIFY_UDP,
	.writes = FACT_BIT(FACT_APP),
	.apps = apps,
	.ports = (const uint16_t[]){PORT, 0},
	.bound = true,
	.look = look,
};
