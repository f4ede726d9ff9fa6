/* SPDX-License-Identifier: GPL-2.0-or-later
 * quake.c - the family of Quake's engine: connectionless packets behind four bytes of ones
 */
#include "line.h"

static const struct app source_engine = {
	.name = "source_engine",
	.brief = "Source engine server query",
	.source = "Valve developer wiki, Server queries",
	.decided = "first packet",
};
static const struct app quake = {
	.name = "quake",
	.brief = "Quake engine games",
	.source = "Quake III Arena source, sv_main.c and cl_main.c; Quake source, net_dgrm.c",
	.decided = "first packet",
};
static const struct app *const apps[] = {&source_engine, &quake, NULL};

static const char *const source_queries[] = {"TSource Engine Query", NULL};
static const char *const quake_commands[] = {"getinfo",    "getstatus",       "getchallenge",   "getservers",
					     "connect ",   "rcon ",           "infoResponse\n", "statusResponse\n",
					     "heartbeat ", "getKeyAuthorize", "status\n",       "info\n",
					     NULL};

/* Quake itself: a control packet with its length, a request, the game's name. */
static struct reader first_quake(struct reader r)
{
	size_t size = reader_left(&r);
	uint32_t head = reader_within(&r, 4, 0x80000000, 0x80000000 | UINT16_MAX);

	reader_require(&r, head == (0x80000000 | size));
	reader_require(&r, reader_u8(&r) <= 2);
	reader_expect(&r, "QUAKE", 6);
	return r;
}

/* Queries of a single letter: players, rules, challenge, with a number behind. */
static void source_challenge(struct reader *r)
{
	static const uint32_t letters[] = {'U', 'V', 'W', 0};

	reader_require(r, reader_left(r) == 5 && signature_among(reader_u8(r), letters));
}

static enum tri look(const struct view *view, struct facts *facts)
{
	struct reader r = first_quake(view->client), names[3];

	if (reader_state(&r) != TRI_NO)
		return signature_answer(&r, facts, &quake);
	r = view->client;
	reader_expect(&r, "\xff\xff\xff\xff", 4);
	if (!reader_ok(&r))
		return reader_state(&r);
	for (int i = 0; i < 3; i++)
		names[i] = r;
	line_keyword(&names[0], source_queries);
	source_challenge(&names[1]);
	line_keyword(&names[2], quake_commands);
	if (signature_answer(&names[0], facts, &source_engine) == TRI_YES ||
	    signature_answer(&names[1], facts, &source_engine) == TRI_YES)
		return TRI_YES;
	return signature_answer(&names[2], facts, &quake);
}

const struct classifier classifier_quake = {
	.name = "quake",
	.transports = CLASSIFY_UDP,
	.writes = FACT_BIT(FACT_APP),
	.apps = apps,
	.look = look,
};
