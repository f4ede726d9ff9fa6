/* SPDX-License-Identifier: GPL-2.0-or-later
 * decision_log.c - a line of the log for a connection's decision
 *
 *     tcp 192.168.1.20:50122 -> 203.0.113.9:1935 app rtmp: 10-rtmp.rules:9 via vpn mark 0x9 (packet 1)
 */
#include "decision_log.h"

#include <stdio.h>

#include "log.h"
#include "protocols.h"

#define TEXT_MAX 1024

/* Text is cut where it would not fit. */
struct text {
	char at[TEXT_MAX];
	size_t used;
};

static void put(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void put(struct text *text, const char *format, ...)
{
	size_t room = sizeof text->at - text->used;
	va_list args;
	int length;

	va_start(args, format);
	length = vsnprintf(text->at + text->used, room, format, args);
	va_end(args);
	if (length > 0)
		text->used += (size_t)length < room ? (size_t)length : room - 1;
}

static void put_end(struct text *text, struct key address, uint16_t port, enum privacy privacy)
{
	char buffer[46];

	if (privacy == PRIVACY_FULL)
		put(text, "*:%u", port);
	else
		put(text, key_is_ipv4(address) ? "%s:%u" : "[%s]:%u", key_address_text(address, buffer), port);
}

static void put_proto(struct text *text, uint8_t proto)
{
	char number[PROTOCOL_TEXT_MAX];

	put(text, protocol_name(proto) ? "%s " : "proto %s ", protocol_text(proto, number));
}

/* Names come from packets: anything that could confuse a reader of the log is shown as '?'. */
static void put_fact(struct text *text, const char *label, const struct facts *facts, enum fact fact)
{
	size_t length;
	const char *value = facts_text(facts, fact, &length);

	if (!length)
		return;
	put(text, " %s ", label);
	for (size_t i = 0; i < length; i++)
		put(text, "%c", value[i] > ' ' && value[i] < 0x7f ? value[i] : '?');
}

static void put_verdict(struct text *text, const struct ruleset *ruleset, const struct decision *decision)
{
	put(text, ": %s %s", decision->rule ? decision->rule->text : decision->why, action_name(decision->action));
	if (decision->gateway >= 0)
		put(text, " %s", ruleset->gateways[decision->gateway].name);
	if (decision->gateway >= 0 && decision->action == ACTION_REJECT)
		put(text, ", which is down,");
	put(text, " mark 0x%x (packet %u)", decision->mark, decision->packets);
	if (decision->led_by && !decision->late && !decision->moved && !decision->reset && !decision->switched)
		put(text, ", path learned from %s", learned_source_text(decision->led_by));
	if (decision->moved)
		put(text, decision->led_by ? ", moved back" : ", moved");
	if (decision->reset)
		put(text, ", late=reset");
	if (decision->switched)
		put(text, ", late=switch");
	if (decision->late)
		put(text, ", stays on its first path: %s", rehome_refusal_text(decision->refusal));
}

static void put_all(struct text *text, const struct ruleset *ruleset, const struct decision *decision)
{
	enum privacy privacy = ruleset->options.privacy;

	put_proto(text, decision->proto);
	put_end(text, decision->src, decision->sport, privacy);
	put(text, " -> ");
	put_end(text, decision->dst, decision->dport, privacy);
	if (fact_known(decision->facts, FACT_APP))
		put(text, " app %s", decision->facts->app->name);
	if (privacy == PRIVACY_OFF)
		put_fact(text, "host", decision->facts, FACT_HOST);
	if (decision->facts->host_by_dns)
		put(text, " (by DNS)");
	put_fact(text, "alpn", decision->facts, FACT_ALPN);
	put_verdict(text, ruleset, decision);
}

/* A fact as it may be logged. */
static const char *fact_of(const struct decision *decision, enum fact fact, struct text *text)
{
	text->used = 0;
	text->at[0] = '\0';
	put_fact(text, "", decision->facts, fact);
	return text->used > 2 ? text->at + 2 : "";
}

void decision_log(const struct ruleset *ruleset, const struct decision *decision)
{
	enum log_level level = decision->rule && decision->rule->log ? LOG_LEVEL_INFO : LOG_LEVEL_DEBUG;
	enum privacy privacy = ruleset->options.privacy;
	struct text text = {.used = 0}, host;
	char client[46];

	if (!log_enabled(level))
		return;
	put_all(&text, ruleset, decision);
	log_with(level,
		 (const struct log_field[]){
			 {"RULE", decision->rule ? decision->rule->text : NULL},
			 {"VERDICT", action_name(decision->action)},
			 {"GATEWAY", decision->gateway >= 0 ? ruleset->gateways[decision->gateway].name : NULL},
			 {"APP", fact_known(decision->facts, FACT_APP) ? decision->facts->app->name : NULL},
			 {"HOST", privacy == PRIVACY_OFF ? fact_of(decision, FACT_HOST, &host) : NULL},
			 {"CLIENT", privacy == PRIVACY_FULL ? NULL : key_address_text(decision->src, client)},
		 },
		 6, text.at);
}
