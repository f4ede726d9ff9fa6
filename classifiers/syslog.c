/* SPDX-License-Identifier: GPL-2.0-or-later
 * syslog.c - syslog, by the priority in angle brackets and what must follow it
 */
#include "line.h"

static const struct app syslog = {
	.name = "syslog",
	.brief = "syslog",
	.source = "RFC 5424 section 6, RFC 3164 section 4, RFC 6587",
	.decided = "first packet",
};
static const struct app *const apps[] = {&syslog, NULL};

#define PRIORITY_MAX 191

/* What may stand behind the priority wherever it goes to: a version, or the month of a date. */
static const char *const headers[] = {"1 ",   "Jan ", "Feb ", "Mar ", "Apr ", "May ", "Jun ",
				      "Jul ", "Aug ", "Sep ", "Oct ", "Nov ", "Dec ", NULL};

/* Text, which is enough at syslog's own port only. */
static void text(struct reader *r)
{
	struct reader line = line_next(r, 2048);

	reader_require(r, reader_left(&line) >= 4);
}

static enum tri look(const struct view *view, struct facts *facts)
{
	struct reader r = view->client, header;

	if (view->transport == IPPROTO_TCP && reader_left(&r) && *r.at != '<') { /* a length in front (RFC 6587) */
		reader_require(&r, line_number(&r, 5) > 0);
		reader_expect(&r, " ", 1);
	}
	reader_expect(&r, "<", 1);
	reader_require(&r, line_number(&r, 3) <= PRIORITY_MAX);
	reader_expect(&r, ">", 1);
	header = r;
	line_keyword(&header, headers);
	if (reader_state(&header) == TRI_NO && view->dport == 514)
		text(&r);
	else
		r = header;
	return signature_answer(&r, facts, &syslog);
}

const struct classifier classifier_syslog = {
	.name = "syslog",
	.transports = CLASSIFY_TCP | CLASSIFY_UDP,
	.writes = FACT_BIT(FACT_APP),
	.apps = apps,
	.ports = (const uint16_t[]){514, 0},
	.look = look,
};
