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
#include "protocols.h"
#include "table.h"

/* --- the table --- */

enum { WIDTH_MAX = 60 };

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

static char *safe(struct replay_text text)
{
	return command_memory(printable(text.text, text.length));
}

static char *cell_proto(const struct replay_flow *flow)
{
	char buffer[PROTOCOL_TEXT_MAX];

	return format("%s", protocol_text(flow->connection->proto, buffer));
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
		return flow->host.text ? safe(flow->host) : format("-");
	name = safe(flow->taught);
	cell = format("%s (by DNS)", name);
	free(name);
	return cell;
}

static char *cell_alpn(const struct replay_flow *flow)
{
	return flow->alpn.text ? safe(flow->alpn) : format("-");
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

static const struct {
	struct column column;
	enum { ALWAYS, WITH_RULES, WITHOUT_RULES } when;
	char *(*cell)(const struct replay_flow *flow);
} columns[] = {
	{{.title = "PROTO", .most = WIDTH_MAX}, ALWAYS, cell_proto},
	{{.title = "FROM", .most = WIDTH_MAX}, ALWAYS, cell_from},
	{{.title = "TO", .most = WIDTH_MAX}, ALWAYS, cell_to},
	{{.title = "PKT", .right = true}, WITHOUT_RULES, cell_seen},
	{{.title = "PKT", .right = true}, WITH_RULES, cell_decided},
	{{.title = "VERDICT", .most = WIDTH_MAX}, WITH_RULES, cell_verdict},
	{{.title = "MARK", .most = WIDTH_MAX}, WITH_RULES, cell_mark},
	{{.title = "RULE", .most = WIDTH_MAX}, WITH_RULES, cell_rule},
	{{.title = "APP", .most = WIDTH_MAX}, ALWAYS, cell_app},
	{{.title = "HOST", .most = WIDTH_MAX}, ALWAYS, cell_host},
	{{.title = "ALPN", .most = WIDTH_MAX}, WITHOUT_RULES, cell_alpn},
};

enum { COLUMNS = sizeof columns / sizeof *columns };

/* Which columns are shown, by number, and how many. */
static unsigned choose(bool with_rules, unsigned shown[COLUMNS])
{
	unsigned count = 0;

	for (unsigned c = 0; c < COLUMNS; c++)
		if (columns[c].when != (with_rules ? WITHOUT_RULES : WITH_RULES))
			shown[count++] = c;
	return count;
}

static void print_flows(FILE *out, const struct replay *replay, bool with_rules)
{
	unsigned shown[COLUMNS], count = choose(with_rules, shown);
	struct column heads[1 + COLUMNS] = {{.title = "FLOW", .right = true}};
	struct table *table;

	for (unsigned c = 0; c < count; c++)
		heads[1 + c] = columns[shown[c]].column;
	table = table_new(heads, 1 + count);
	for (size_t i = 0; i < replay_count(replay); i++) {
		struct replay_flow flow = replay_at(replay, i);
		char *cells[1 + COLUMNS] = {format("%zu", i + 1)};

		for (unsigned c = 0; c < count; c++)
			cells[1 + c] = columns[shown[c]].cell(&flow);
		table_take(table, cells);
	}
	table_print(table, out, 0, command_colour(out));
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

void flows_print_table(FILE *out, const struct replay *replay, bool with_rules)
{
	print_flows(out, replay, with_rules);
	print_losses(out, replay);
}
