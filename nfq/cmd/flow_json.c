/* SPDX-License-Identifier: GPL-2.0-or-later
 * flow_json.c - the flows of a replay, for scripts
 */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "flow_print.h"
#include "flow_text.h"
#include "json_text.h"
#include "printable.h"
#include "protocols.h"

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
	safe = printable(bytes.text, bytes.length);
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
	return flow->decided ? json_sprintf("0x%x", flow->decision.mark) : json_null();
}

static json_t *proto_json(const struct connection *c)
{
	char buffer[PROTOCOL_TEXT_MAX];

	return json_string(protocol_text(c->proto, buffer));
}

/* Every value is a new reference, which the object takes over even where it fails. */
static json_t *flow_json(const struct replay_flow *flow, const char *file, size_t number, bool with_rules)
{
	const struct connection *c = flow->connection;
	uint64_t packet = with_rules ? flow->decided_packet : flow->app ? flow->seen_packet : 0;

	return json_pack("{so,si,so,so,so,so,so,so,so,so,so,so,so,so,so,so,so,so}", "file", file_text(file), "flow",
			 (int)number, "src", address_text(c->src), "sport", number_or_null(c->has_ports, c->sport),
			 "dst", address_text(c->dst), "dport", number_or_null(c->has_ports, c->dport), "proto",
			 proto_json(c), "app", json_text(flow->app ? app_protocol(flow->app) : NULL), "host",
			 bytes_or_null(flow->taught.text ? flow->taught : flow->host), "host_from",
			 json_text(flow->taught.text ? "dns"
				      : flow->host.text ? "payload"
							: NULL),
			 "alpn", bytes_or_null(flow->alpn), "verdict",
			 json_text(flow->decided ? action_name(flow->decision.action) : NULL), "gateway",
			 json_text(flow->gateway), "mark", mark_text(flow), "rule",
			 json_text(flow->decision.rule ? flow->decision.rule->text : NULL), "decided_packet",
			 number_or_null(packet, packet), "late", json_text(flow_late_text(&flow->decision)), "learned",
			 json_text(flow->decision.led_by ? learned_source_text(flow->decision.led_by) : NULL));
}

bool flows_print_json(FILE *out, const struct replay *replay, const char *file, bool with_rules)
{
	for (size_t i = 0; i < replay_count(replay); i++) {
		struct replay_flow flow = replay_at(replay, i);
		json_t *object = flow_json(&flow, file, i + 1, with_rules);
		int failed = !object || json_dumpf(object, out, JSON_COMPACT | PRINTABLE_JSON);

		json_decref(object);
		if (failed)
			return ferror(out); /* that is told by whoever flushes out */
		fputc('\n', out);
	}
	return true;
}
