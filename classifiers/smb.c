/* SPDX-License-Identifier: GPL-2.0-or-later
 * smb.c - Server Message Block, with or without a NetBIOS session around it
 */
#include "signature.h"

static const struct app smb = {
	.name = "smb",
	.brief = "Server Message Block",
	.source = "MS-SMB2 section 2.1 and 2.2.1, MS-CIFS section 2.2.3.1, RFC 1002 section 4.3",
	.decided = "first packet",
};
static const struct app *const apps[] = {&smb, NULL};

enum { SESSION_MESSAGE = 0, SESSION_REQUEST = 0x81 };

/* Called and calling name, each 32 letters as one label. */
static void session_request(struct reader *r)
{
	uint32_t size = reader_u24(r);
	struct reader names;

	reader_require(r, size >= 68 && size <= 512);
	names = reader_sub(r, size);
	reader_require(&names, reader_u8(&names) == 32);
	reader_skip(&names, 32);
	reader_require(&names, reader_u8(&names) == 0);
	reader_require(&names, reader_u8(&names) == 32);
	if (!reader_ok(&names))
		*r = names;
}

static enum tri look(const struct view *view, struct facts *facts)
{
	struct reader r = view->client;
	uint8_t type = reader_u8(&r), protocol;
	uint32_t size;

	if (type == SESSION_REQUEST) {
		session_request(&r);
		type = reader_u8(&r);
	}
	reader_require(&r, type == SESSION_MESSAGE);
	size = reader_u24(&r);
	reader_require(&r, size >= 32);
	protocol = reader_u8(&r);
	reader_require(&r, protocol >= 0xfc); /* SMB 1, 2, encrypted, compressed */
	reader_expect(&r, "SMB", 3);
	return signature_answer(&r, facts, &smb);
}

const struct classifier classifier_smb = {
	.name = "smb",
	.transports = CLASSIFY_TCP,
	.writes = FACT_BIT(FACT_APP),
	.apps = apps,
	.look = look,
};
