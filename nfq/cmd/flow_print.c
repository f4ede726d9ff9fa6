/* SPDX-License-Identifier: GPL-2.0-or-later
 * flow_print.c - the flows of a replay, for people
 */
#include "flow_print.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "flow_text.h"
#include "printable.h"

/* --- the table --- */

enum { WIDTH_MAX = 60 }; /* a column grows no wider; longer cells push their line's rest to the right */

static char *format(const char *text, ...) __attribute__((format(printf, 1, 2)));

static char *format(const char *text, ...)
{
	va_list args;
	char *cell;
	int length;

	va_start(args, text);
	length = vasprintf(&cell, text, args);
	va_end(args);
	return command_memory(length < 0 ? NULL : cell);
}

static char *endpoint(const struct connection *c, struct key address, uint16_t port)
{
	char text[46];

	key_address_text(address, text);
	if (!c->has_ports)
		return format("%s", text);
	return format(key_is_ipv4(address) ? "%s:%u" : "[%s]:%u", text, port);
}

static char *cell_proto(const struct replay_flow *flow)
{
	char buffer[4];

	return format("%s", proto_text(flow->connection->proto, buffer));
}

static char *cell_from(const struct replay_flow *flow)
{
	return endpoint(flow->connection, flow->connection->src, flow->connection->sport);
}

static char *cell_to(const struct replay_flow *flow)
{
	return endpoint(flow->connection, flow->connection->dst, flow->connection->dport);
}

static char *cell_app(const struct replay_flow *flow)
{
	if (flow->app && flow->app->use)
		return format("%s/%s", app_protocol(flow->app), flow->app->name);
	return format("%s", flow->app ? flow->app->name : "-");
}

static char *cell_host(const struct replay_flow *flow)
{
	char *name, *cell;

	if (!flow->taught.text)
		return flow->host.text ? printable(flow->host.text, flow->host.length) : format("-");
	name = printable(flow->taught.text, flow->taught.length);
	cell = name ? format("%s (by DNS)", name) : NULL;
	free(name);
	return cell;
}

static char *cell_alpn(const struct replay_flow *flow)
{
	return flow->alpn.text ? printable(flow->alpn.text, flow->alpn.length) : format("-");
}

static char *packet_number(uint64_t packet)
{
	return packet ? format("%" PRIu64, packet) : format("-");
}

static char *cell_seen(const struct replay_flow *flow)
{
	return packet_number(flow->app ? flow->seen_packet : 0);
}

static char *cell_decided(const struct replay_flow *flow)
{
	return packet_number(flow->decided_packet);
}

/* How the verdict comes to be, behind it: ", would be re-homed at packet 4"; NULL: as any does. */
static char *course(const struct replay_flow *flow)
{
	const struct decision *d = &flow->decision;

	if (d->moved)
		return format(", would be re-homed%s at packet %" PRIu64, d->led_by ? " back" : "",
			      flow->decided_packet);
	if (d->reset || d->switched)
		return format(", would be %s at packet %" PRIu64, flow_late_text(d), flow->decided_packet);
	if (d->late)
		return format(", too late: %s", rehome_refusal_text(d->refusal));
	if (d->led_by)
		return format(", learned from %s", learned_source_text(d->led_by));
	return NULL;
}

static char *cell_verdict(const struct replay_flow *flow)
{
	char *how, *cell;

	if (!flow->decided)
		return format("-");
	how = course(flow);
	cell = format("%s%s%s%s", action_name(flow->decision.action), flow->gateway ? " " : "",
		      flow->gateway ? flow->gateway : "", how ? how : "");
	free(how);
	return cell;
}

static char *cell_mark(const struct replay_flow *flow)
{
	return flow->decided ? format("0x%x", flow->decision.mark) : format("-");
}

static char *cell_rule(const struct replay_flow *flow)
{
	if (!flow->decided)
		return format("-");
	return format("%s", flow->decision.rule ? flow->decision.rule->text : flow->decision.why);
}

static const struct column {
	const char *head;
	enum { ALWAYS, WITH_RULES, WITHOUT_RULES } when;
	bool right;
	char *(*cell)(const struct replay_flow *flow);
} columns[] = {
	{"PROTO", ALWAYS, false, cell_proto},
	{"FROM", ALWAYS, false, cell_from},
	{"TO", ALWAYS, false, cell_to},
	{"PKT", WITHOUT_RULES, true, cell_seen},
	{"PKT", WITH_RULES, true, cell_decided},
	{"VERDICT", WITH_RULES, false, cell_verdict},
	{"MARK", WITH_RULES, false, cell_mark},
	{"RULE", WITH_RULES, false, cell_rule},
	{"APP", ALWAYS, false, cell_app},
	{"HOST", ALWAYS, false, cell_host},
	{"ALPN", WITHOUT_RULES, false, cell_alpn},
};

enum { COLUMNS = sizeof columns / sizeof *columns };

static bool is_shown(const struct column *column, bool with_rules)
{
	return column->when != (with_rules ? WITHOUT_RULES : WITH_RULES);
}

/* How wide each column must be for all flows. */
static bool measure(const struct replay *replay, bool with_rules, int widths[COLUMNS])
{
	for (size_t c = 0; c < COLUMNS; c++)
		widths[c] = (int)strlen(columns[c].head);
	for (size_t i = 0; i < replay_count(replay); i++) {
		struct replay_flow flow = replay_at(replay, i);

		for (size_t c = 0; c < COLUMNS; c++) {
			char *cell = is_shown(&columns[c], with_rules) ? columns[c].cell(&flow) : format("-");
			size_t length = cell ? strlen(cell) : 0;

			free(cell);
			if (!length)
				return false;
			if (length > WIDTH_MAX)
				length = WIDTH_MAX;
			if ((int)length > widths[c])
				widths[c] = (int)length;
		}
	}
	return true;
}

/* One cell behind the ones before it; the last of a line is not filled up. */
static void print_cell(FILE *out, size_t c, const char *text, bool last, int width)
{
	fputs("  ", out);
	if (last)
		fputs(text, out);
	else
		fprintf(out, columns[c].right ? "%*s" : "%-*s", width, text);
}

static bool print_flow(FILE *out, const struct replay_flow *flow, bool with_rules, const int widths[COLUMNS],
		       size_t last)
{
	for (size_t c = 0; c < COLUMNS; c++) {
		char *cell;

		if (!is_shown(&columns[c], with_rules))
			continue;
		cell = columns[c].cell(flow);
		if (!cell)
			return false;
		print_cell(out, c, cell, c == last, widths[c]);
		free(cell);
	}
	fputc('\n', out);
	return true;
}

static void print_losses(FILE *out, const struct replay *replay)
{
	struct replay_counters counters = replay_counters(replay);
	const struct {
		uint64_t count;
		const char *what;
	} losses[] = {
		{counters.link_other, "not IP"},
		{counters.link_unknown, "of an unknown link type"},
		{counters.link_broken, "with a damaged link header"},
		{counters.related, "ICMP errors"},
		{counters.untracked, "neighbour discovery"},
		{counters.invalid, "out of any connection"},
		{counters.incomplete, "datagrams with missing fragments"},
	};

	fprintf(out, "%" PRIu64 " frames, %zu flows", counters.frames, replay_count(replay));
	for (size_t i = 0; i < sizeof losses / sizeof *losses; i++)
		if (losses[i].count)
			fprintf(out, ", %" PRIu64 " %s", losses[i].count, losses[i].what);
	for (enum packet_fault fault = PACKET_OK + 1; fault < PACKET_FAULTS; fault++)
		if (counters.faults[fault])
			fprintf(out, ", %" PRIu64 " bad: %s", counters.faults[fault], packet_fault_name(fault));
	fputc('\n', out);
}

bool flows_print_table(FILE *out, const struct replay *replay, bool with_rules)
{
	size_t count = replay_count(replay), last = COLUMNS - 1;
	int widths[COLUMNS], digits = snprintf(NULL, 0, "%zu", count);

	if (!measure(replay, with_rules, widths))
		return false;
	while (!is_shown(&columns[last], with_rules))
		last--;
	digits = digits < 4 ? 4 : digits;
	if (count) {
		fprintf(out, "%*s", digits, "FLOW");
		for (size_t c = 0; c < COLUMNS; c++)
			if (is_shown(&columns[c], with_rules))
				print_cell(out, c, columns[c].head, c == last, widths[c]);
		fputc('\n', out);
	}
	for (size_t i = 0; i < count; i++) {
		struct replay_flow flow = replay_at(replay, i);

		fprintf(out, "%*zu", digits, i + 1);
		if (!print_flow(out, &flow, with_rules, widths, last))
			return false;
	}
	print_losses(out, replay);
	return true;
}
