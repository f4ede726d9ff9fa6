/* SPDX-License-Identifier: GPL-2.0-or-later
 * redis.c - Redis, by a command as an array of strings
 */
#include "line.h"

static const struct app redis = {
	.name = "redis",
	.brief = "Redis",
	.source = "Redis serialization protocol specification (RESP)",
	.decided = "first packet",
};
static const struct app *const apps[] = {&redis, NULL};

/* *3 CRLF $3 CRLF SET CRLF: the numbers say how many strings and how long the first is. */
static enum tri look(const struct view *view, struct facts *facts)
{
	struct reader r = view->client;
	const uint8_t *name;
	uint32_t length;

	reader_expect(&r, "*", 1);
	reader_require(&r, line_number(&r, 6) > 0);
	reader_expect(&r, "\r\n$", 3);
	length = line_number(&r, 2);
	reader_expect(&r, "\r\n", 2);
	reader_require(&r, length > 0 && length <= 32);
	name = reader_bytes(&r, length);
	for (uint32_t i = 0; name && i < length; i++)
		reader_require(&r, line_fold(name[i]) >= 'a' ? line_fold(name[i]) <= 'z'
							     : name[i] == '.' || name[i] == '_');
	reader_expect(&r, "\r\n", 2);
	return signature_answer(&r, facts, &redis);
}

const struct classifier classifier_redis = {
	.name = "redis",
	.transports = CLASSIFY_TCP,
	.writes = FACT_BIT(FACT_APP),
	.apps = apps,
	.look = look,
};
