/* SPDX-License-Identifier: GPL-2.0-or-later
 * git.c - git's own protocol, by its request, which names the host
 */
#include "line.h"

static const struct app git = {
	.name = "git",
	.brief = "Git daemon",
	.source = "git documentation, gitprotocol-pack(5)",
	.decided = "first packet",
};
static const struct app *const apps[] = {&git, NULL};

/* Four hexadecimal digits for the length of the line. */
static size_t packet_length(struct reader *r)
{
	size_t value = 0;

	for (int i = 0; i < 4; i++) {
		uint8_t c = line_fold(reader_u8(r));

		reader_require(r, (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'));
		value = value << 4 | (size_t)(c <= '9' ? c - '0' : c - 'a' + 10);
	}
	return value;
}

static enum tri look(const struct view *view, struct facts *facts)
{
	static const char *const services[] = {"git-upload-pack ", "git-receive-pack ", "git-upload-archive ",
					       NULL};
	static const char *const parameters[] = {"host=", NULL};
	struct reader r = view->client, line, path, host;
	size_t size = packet_length(&r);

	reader_require(&r, size > 20 && size <= 1024);
	if (!reader_ok(&r))
		return reader_state(&r);
	line = reader_sub(&r, size - 4);
	line_keyword(&line, services);
	path = line_until(&line, 0, 1000);
	if (reader_state(&line) == TRI_YES && line.open)
		signature_whole(&line);
	if (signature_answer(&line, facts, &git) != TRI_YES)
		return reader_state(&line);
	facts_set_text(facts, FACT_PATH, path.at, reader_left(&path));
	line_keyword(&line, parameters);
	host = line_until(&line, 0, 256);
	if (reader_ok(&host))
		facts_set_host(facts, host.at, reader_left(&host));
	fact_close(facts, FACT_HOST);
	return TRI_YES;
}

const struct classifier classifier_git = {
	.name = "git",
	.transports = CLASSIFY_TCP,
	.writes = FACT_BIT(FACT_APP) | FACT_BIT(FACT_HOST) | FACT_BIT(FACT_PATH),
	.apps = apps,
	.look = look,
};
