/* SPDX-License-Identifier: GPL-2.0-or-later
 * sunrpc.c - ONC RPC (NFS, mount, portmapper ...), by a call
 */
#include "signature.h"

static const struct app sunrpc = {
	.name = "sunrpc",
	.brief = "ONC RPC (NFS and others)",
	.source = "RFC 5531 sections 9 and 11",
	.decided = "first packet",
};
static const struct app *const apps[] = {&sunrpc, NULL};

enum { CALL = 0, VERSION = 2, AUTHENTICATION_MAX = 400, FLAVOR_GSS = 6 };

/* A flavour, a length, so many bytes. */
static void authentication(struct reader *r)
{
	uint32_t size;

	reader_require(r, reader_u32(r) <= FLAVOR_GSS);
	size = reader_u32(r);
	reader_require(r, size <= AUTHENTICATION_MAX && size % 4 == 0);
	reader_skip(r, size);
}

/* The programs of the registry, and the range left to users. */
static bool known_program(uint32_t program)
{
	return (program >= 100000 && program < 400000) || (program >= 0x20000000 && program < 0x40000000);
}

static enum tri look(const struct view *view, struct facts *facts)
{
	struct reader r = view->client;

	if (view->transport == IPPROTO_TCP) /* record marking: the last fragment, its size */
		reader_within(&r, 4, 0x80000000 | 40, UINT32_MAX);
	reader_skip(&r, 4);
	reader_require(&r, reader_u32(&r) == CALL);
	reader_require(&r, reader_u32(&r) == VERSION);
	reader_require(&r, known_program(reader_u32(&r)));
	reader_require(&r, reader_u32(&r) <= 100);  /* version of the program */
	reader_require(&r, reader_u32(&r) <= 1000); /* procedure */
	authentication(&r);
	authentication(&r);
	return signature_answer(&r, facts, &sunrpc);
}

const struct classifier classifier_sunrpc = {
	.name = "sunrpc",
	.transports = CLASSIFY_TCP | CLASSIFY_UDP,
	.writes = FACT_BIT(FACT_APP),
	.apps = apps,
	.tcp = {.offset = 8, .mask = 0xffffffff, .value = CALL},
	.udp = {.offset = 4, .mask = 0xffffffff, .value = CALL},
	.look = look,
};
