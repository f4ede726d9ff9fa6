/* SPDX-License-Identifier: GPL-2.0-or-later
 * dscp.c - dscp: the differentiated services code point (RFC 2474, names of RFC 2597, 3246, 5865, 8622)
 */
#include "keywords.h"
#include "value.h"

static const struct number_name points[] = {
	{"cs0", 0},   {"cs1", 8},   {"cs2", 16},  {"cs3", 24},  {"cs4", 32},  {"cs5", 40},
	{"cs6", 48},  {"cs7", 56},  {"af11", 10}, {"af12", 12}, {"af13", 14}, {"af21", 18},
	{"af22", 20}, {"af23", 22}, {"af31", 26}, {"af32", 28}, {"af33", 30}, {"af41", 34},
	{"af42", 36}, {"af43", 38}, {"ef", 46},   {"va", 44},   {"le", 1},    {"be", 0},
};

static bool dscp_add(void *building, const char *word, size_t len, struct value_error *error)
{
	static const struct number_notation notation = {
		.noun = "DSCP",
		.max = 63,
		.unknown = "DSCP name",
		.hint = "a DSCP is 0 to 63, or cs0 to cs7, af11 to af43, ef, va, le",
		.names = points,
		.name_count = sizeof points / sizeof *points,
	};

	return number_add(building, &notation, word, len, error);
}

const struct value_type dscp_type = {
	.name = "dscp",
	.expects = "a DSCP by number (46), name (ef) or range (8-15)",
	.add = dscp_add,
	INTERVAL_TYPE,
};

static bool dscp_key(const struct subject *subject, struct key *key)
{
	*key = key_of(subject->packet->origin.dscp);
	return true;
}

const struct keyword dscp_keyword = {
	.name = "dscp",
	.value = &dscp_type,
	.brief = "DSCP of the packet's IP header",
	.available = true,
	.key = dscp_key,
};
