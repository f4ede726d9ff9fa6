/* SPDX-License-Identifier: GPL-2.0-or-later
 * flow_print.c - the flows of a replay, for people and for scripts
 */
#include "flow_print.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

static const struct {
	uint8_t proto;
	const char *name;
} protos[] = {
	{IPPROTO_TCP, "tcp"},         {IPPROTO_UDP, "udp"},   {IPPROTO_ICMP, "icmp"},
	{IPPROTO_ICMPV6, "icmpv6"},   {IPPROTO_SCTP, "sctp"}, {IPPROTO_DCCP, "dccp"},
	{IPPROTO_UDPLITE, "udplite"}, {IPPROTO_GRE, "gre"},   {IPPROTO_ESP, "esp"},
	{IPPROTO_AH, "ah"},           {IPPROTO_IGMP, "igmp"}, {IPPROTO_IPIP, "ipip"},
	{IPPROTO_IPV6, "ipv6"},       {89, "ospf"},           {112, "vrrp"},
	{IPPROTO_PIM, "pim"},
};

const char *proto_text(uint8_t proto, char buffer[4])
{
	for (size_t i = 0; i < sizeof protos / sizeof *protos; i++)
		if (protos[i].proto == proto)
			return protos[i].name;
	snprintf(buffer, 4, "%u", proto);
	return buffer;
}

/* The length of the well-formed UTF-8 character (RFC 3629) at text, 0 if there is none. */
static size_t utf8_length(const uint8_t *text, size_t left)
{
	static const struct {
		uint8_t first, last, second_first, second_last, length;
	} forms[] = {
		{0x00, 0x7f, 0x00, 0xff, 1}, {0xc2, 0xdf, 0x80, 0xbf, 2}, {0xe0, 0xe0, 0xa0, 0xbf, 3},
		{0xe1, 0xec, 0x80, 0xbf, 3}, {0xed, 0xed, 0x80, 0x9f, 3}, {0xee, 0xef, 0x80, 0xbf, 3},
		{0xf0, 0xf0, 0x90, 0xbf, 4}, {0xf1, 0xf3, 0x80, 0xbf, 4}, {0xf4, 0xf4, 0x80, 0x8f, 4},
	};
	size_t i = 0;

	while (i < sizeof forms / sizeof *forms && !(text[0] >= forms[i].first && text[0] <= forms[i].last))
		i++;
	if (i == sizeof forms / sizeof *forms || forms[i].length > left)
		return 0;
	if (forms[i].length > 1 && (text[1] < forms[i].second_first || text[1] > forms[i].second_last))
		return 0;
	for (size_t k = 2; k < forms[i].length; k++)
		if (text[k] >> 6 != 2)
			return 0;
	return forms[i].length;
}

/* Control characters, of both the ASCII and the Latin-1 range, can drive a terminal. */
static bool is_control(const uint8_t *text)
{
	return text[0] < 0x20 || text[0] == 0x7f || (text[0] == 0xc2 && text[1] < 0xa0);
}

/* Bytes off the wire as text that is safe to print and good UTF-8: what is neither becomes "\xNN". To be freed;
 * NULL: out of memory. */
static char *printable(struct replay_text bytes)
{
	char *safe = malloc(bytes.length * 4 + 1);
	size_t used = 0, i = 0;

	while (safe && i < bytes.length) {
		const uint8_t *at = (const uint8_t *)bytes.text + i;
		size_t length = utf8_length(at, bytes.length - i);

		if (length && !is_control(at)) {
			memcpy(safe + used, at, length);
			used += length;
			i += length;
		} else {
			used += (size_t)sprintf(safe + used, "\\x%02x", *at);
			i++;
		}
	}
	if (safe)
		safe[used] = '\0';
	return safe;
}

/* --- the table --------------------------------------------------------------------------------------------------
 */

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
	return length < 0 ? NULL : cell;
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
		return flow->host.text ? printable(flow->host) : format("-");
	name = printable(flow->taught);
	cell = name ? format("%s (by DNS)", name) : NULL;
	free(name);
	return cell;
}

static char *cell_alpn(const struct replay_flow *flow)
{
	return flow->alpn.text ? printable(flow->alpn) : format("-");
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

/* What the daemon would have done when the verdict came too late for the path, in a word; NULL: it came in time. */
static const char *late_text(const struct replay_flow *flow)
{
	if (flow->moved)
		return "moved";
	if (flow->reset)
		return "reset";
	if (flow->switched)
		return "switched";
	return flow->late ? "too late" : NULL;
}

/* How the verdict comes to be, behind it: ", would be re-homed at packet 4"; NULL: as any does. */
static char *course(const struct replay_flow *flow)
{
	if (flow->moved)
		return format(", would be re-homed%s at packet %" PRIu64, flow->led_by ? " back" : "",
			      flow->decided_packet);
	if (flow->reset || flow->switched)
		return format(", would be %s at packet %" PRIu64, late_text(flow), flow->decided_packet);
	if (flow->late)
		return format(", too late: %s", rehome_refusal_text(flow->refusal));
	if (flow->led_by)
		return format(", learned from %s", learned_source_text(flow->led_by));
	return NULL;
}

static char *cell_verdict(const struct replay_flow *flow)
{
	char *how, *cell;

	if (!flow->decided)
		return format("-");
	how = course(flow);
	cell = format("%s%s%s%s", action_name(flow->action), flow->gateway ? " " : "",
		      flow->gateway ? flow->gateway : "", how ? how : "");
	free(how);
	return cell;
}

static char *cell_mark(const struct replay_flow *flow)
{
	return flow->decided ? format("0x%x", flow->mark) : format("-");
}

static char *cell_rule(const struct replay_flow *flow)
{
	if (!flow->decided)
		return format("-");
	return format("%s", flow->rule ? flow->rule->text : flow->why);
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

/* --- JSON -------------------------------------------------------------------------------------------------------
 */

static json_t *text_or_null(const char *text)
{
	return text ? json_string(text) : json_null();
}

static json_t *number_or_null(bool known, uint64_t number)
{
	return known ? json_integer((json_int_t)number) : json_null();
}

/* Bytes that are no UTF-8 are shown as the table shows them. */
static json_t *bytes_or_null(struct replay_text bytes)
{
	json_t *value;
	char *safe;

	if (!bytes.text)
		return json_null();
	value = json_stringn(bytes.text, bytes.length);
	if (value)
		return value;
	safe = printable(bytes);
	value = safe ? json_string(safe) : NULL;
	free(safe);
	return value;
}

static json_t *file_text(const char *file)
{
	return bytes_or_null((struct replay_text){file, strlen(file)});
}

static json_t *address_text(struct key address)
{
	char text[46];

	return json_string(key_address_text(address, text));
}

static json_t *mark_text(const struct replay_flow *flow)
{
	return flow->decided ? json_sprintf("0x%x", flow->mark) : json_null();
}

static json_t *proto_json(const struct connection *c)
{
	char buffer[4];

	return json_string(proto_text(c->proto, buffer));
}

/* Every value is a new reference, which the object takes over even where it fails. */
static json_t *flow_json(const struct replay_flow *flow, const char *file, size_t number, bool with_rules)
{
	const struct connection *c = flow->connection;
	uint64_t packet = with_rules ? flow->decided_packet : flow->app ? flow->seen_packet : 0;

	return json_pack("{so,si,so,so,so,so,so,so,so,so,so,so,so,so,so,so,so,so}", "file", file_text(file), "flow",
			 (int)number, "src", address_text(c->src), "sport", number_or_null(c->has_ports, c->sport),
			 "dst", address_text(c->dst), "dport", number_or_null(c->has_ports, c->dport), "proto",
			 proto_json(c), "app", text_or_null(flow->app ? app_protocol(flow->app) : NULL), "host",
			 bytes_or_null(flow->taught.text ? flow->taught : flow->host), "host_from",
			 text_or_null(flow->taught.text ? "dns" : flow->host.text ? "payload" : NULL), "alpn", bytes_or_null(flow->alpn), "verdict",
			 text_or_null(flow->decided ? action_name(flow->action) : NULL), "gateway",
			 text_or_null(flow->gateway), "mark", mark_text(flow), "rule",
			 text_or_null(flow->rule ? flow->rule->text : NULL), "decided_packet",
			 number_or_null(packet, packet), "late", text_or_null(late_text(flow)), "learned",
			 text_or_null(flow->led_by ? learned_source_text(flow->led_by) : NULL));
}

bool flows_print_json(FILE *out, const struct replay *replay, const char *file, bool with_rules)
{
	for (size_t i = 0; i < replay_count(replay); i++) {
		struct replay_flow flow = replay_at(replay, i);
		json_t *object = flow_json(&flow, file, i + 1, with_rules);
		int failed = !object || json_dumpf(object, out, JSON_COMPACT);

		json_decref(object);
		if (failed)
			return ferror(out); /* that is told by whoever flushes out */
		fputc('\n', out);
	}
	return true;
}
