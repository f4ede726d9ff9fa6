/* SPDX-License-Identifier: GPL-2.0-or-later
 * verb_why.c - "why": which rule would decide a connection, and why each earlier one would not
 *
 * A packet is built and taken apart like one from the queue, and the rules in force are asked by the functions
 * that the engine asks them by. The path that the first packet takes meanwhile, by what was learned of the destination perhaps,
 * is told by an engine that is given this packet.
 */
#include <arpa/inet.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>

#include "classify.h"
#include "daemon_state.h"
#include "json_text.h"
#include "learned_json.h"
#include "preview.h"
#include "protocols.h"
#include "target.h"
#include "verbs.h"

enum { PACKET_ROOM = 64 };

struct question {
	uint8_t bytes[PACKET_ROOM];
	struct packet packet;
	struct facts facts;
	bool told; /* what it says is known: nothing more will be */
	uint8_t proto;
	uint16_t port;
};

/* --- the packet --- */

static bool protocol(const char *name, uint8_t *proto)
{
	char *end;
	unsigned long number = strtoul(name, &end, 10);

	*proto = (uint8_t)number;
	if (end != name)
		return number > 0 && number < 256 && !*end;
	for (size_t i = 0; i < PROTOCOLS; i++) {
		if (strcmp(protocols[i].name, name) != 0)
			continue;
		*proto = (uint8_t)protocols[i].number;
		return true;
	}
	return false;
}

/* The first packet of such a connection, behind its IP header: SYN, empty datagram, echo request. */
static size_t put_transport(uint8_t *at, uint8_t proto, uint16_t port)
{
	uint16_t ports[2] = {htons(49152), htons(port)}; /* RFC 6335 section 6: any client's */

	switch (proto) {
	case IPPROTO_ICMP:
		at[0] = 8;
		return 8;
	case IPPROTO_ICMPV6:
		at[0] = 128;
		return 8;
	case IPPROTO_TCP:
		memcpy(at, ports, sizeof ports);
		at[12] = 5 << 4;
		at[13] = TCP_SYN;
		return 20;
	case IPPROTO_UDP:
		memcpy(at, ports, sizeof ports);
		at[5] = 8;
		return 8;
	case IPPROTO_SCTP:
		memcpy(at, ports, sizeof ports);
		at[12] = 1; /* INIT, RFC 9260 section 3.3.2 */
		at[15] = 20;
		return 32;
	default:
		return 0;
	}
}

static size_t build_ipv4(uint8_t *bytes, const uint8_t src[4], const uint8_t dst[4], uint8_t proto, uint16_t port)
{
	size_t length = 20 + put_transport(bytes + 20, proto, port);

	bytes[0] = 0x45;
	bytes[3] = (uint8_t)length;
	bytes[8] = 64;
	bytes[9] = proto;
	memcpy(bytes + 12, src, 4);
	memcpy(bytes + 16, dst, 4);
	return length;
}

static size_t build_ipv6(uint8_t *bytes, const uint8_t src[16], const uint8_t dst[16], uint8_t proto,
			 uint16_t port)
{
	size_t length = put_transport(bytes + 40, proto, port);

	bytes[0] = 0x60;
	bytes[5] = (uint8_t)length;
	bytes[6] = proto;
	bytes[7] = 64;
	memcpy(bytes + 8, src, 16);
	memcpy(bytes + 24, dst, 16);
	return 40 + length;
}

static bool build(struct question *q, const json_t *arguments, struct control_error *error)
{
	const char *from = json_string_value(json_object_get(arguments, "src"));
	const char *to = json_string_value(json_object_get(arguments, "dst"));
	uint8_t src[16], dst[16];
	size_t length = 0;

	if (inet_pton(AF_INET, from, src) == 1 && inet_pton(AF_INET, to, dst) == 1)
		length = build_ipv4(q->bytes, src, dst, q->proto, q->port);
	else if (inet_pton(AF_INET6, from, src) == 1 && inet_pton(AF_INET6, to, dst) == 1)
		length = build_ipv6(q->bytes, src, dst, q->proto, q->port);
	if (!length) {
		control_error_set(error, CONTROL_BAD_ARGUMENT,
				  "\"%.64s\" and \"%.64s\" are not two addresses of one family", from, to);
		return false;
	}
	if (packet_parse(&q->packet, q->bytes, length, length) == PACKET_OK)
		return true;
	control_error_set(error, CONTROL_BAD_ARGUMENT, "there is no such packet");
	return false;
}

static bool read_owner(struct question *q, const char *name, struct control_error *error)
{
	const struct passwd *entry = name ? getpwnam(name) : NULL;
	struct packet_origin *origin = &q->packet.origin;
	char *end;

	if (!name)
		return true;
	origin->uid = entry ? entry->pw_uid : (uint32_t)strtoul(name, &end, 10);
	origin->gid = entry ? entry->pw_gid : 0;
	origin->has_uid = true;
	origin->has_gid = entry;
	if (entry || (*name && !*end))
		return true;
	control_error_set(error, CONTROL_BAD_ARGUMENT, "there is no user \"%.64s\"", name);
	return false;
}

/* --- what is known of it --- */

/* Where a name is told and no app: the one that says names there. */
static const char *usual_app(const struct question *q)
{
	if (q->proto == IPPROTO_UDP)
		return "quic";
	return q->port == 80 ? "http" : "tls";
}

static bool read_facts(struct question *q, const json_t *arguments, struct control_error *error)
{
	const char *host = json_string_value(json_object_get(arguments, "host"));
	const char *name = json_string_value(json_object_get(arguments, "app"));
	const struct app *app;

	q->told = host || name;
	if (!q->told)
		return true;
	app = app_by_name(name ? name : usual_app(q));
	if (!app) {
		control_error_set(error, CONTROL_BAD_ARGUMENT, "there is no app \"%.64s\"", name);
		return false;
	}
	facts_set_app(&q->facts, app);
	if (host)
		facts_set_host(&q->facts, host, strlen(host));
	if (!host || fact_known(&q->facts, FACT_HOST))
		return true;
	control_error_set(error, CONTROL_BAD_ARGUMENT, "\"%.64s\" is no host name", host);
	return false;
}

/* Where it is seen: on its way in by the device that leads back to its source, or made here, on its way out. */
static void place(struct question *q, struct routing *routing, const char *iif)
{
	struct packet_origin *origin = &q->packet.origin;
	bool here, there;
	struct key back = routing_toward(routing, q->packet.src, &here);

	origin->local = !iif && (origin->has_uid || here);
	if (origin->local)
		origin->oif = routing_toward(routing, q->packet.dst, &there);
	else
		origin->iif = iif ? key_from_device(iif) : back;
}

static bool read_question(struct question *q, struct routing *routing, const json_t *arguments,
			  struct control_error *error)
{
	const char *proto = json_string_value(json_object_get(arguments, "proto"));
	json_int_t port = 0;
	const char *iif = json_string_value(json_object_get(arguments, "iif"));

	if (!protocol(proto ? proto : "tcp", &q->proto)) {
		control_error_set(error, CONTROL_BAD_ARGUMENT, "there is no protocol \"%.64s\"", proto);
		return false;
	}
	if (!control_number(arguments, "port", 0, 65535, &port, error))
		return false;
	q->port = (uint16_t)port;
	if (!build(q, arguments, error))
		return false;
	if (!read_owner(q, json_string_value(json_object_get(arguments, "user")), error))
		return false;
	place(q, routing, iif);
	return read_facts(q, arguments, error);
}

/* --- the answer --- */

static const char *answer_word(enum tri answer)
{
	return answer == TRI_YES ? "yes" : answer == TRI_MORE ? "more" : "no";
}

/* The match that makes the rule say what it says: the first that says no, else the first that cannot say. */
static json_t *rule_json(const struct rule *rule, const struct subject *subject, enum tri *answer)
{
	const struct match *cause = NULL;

	*answer = TRI_YES;
	for (unsigned i = 0; i < rule->match_count && *answer != TRI_NO; i++) {
		enum tri one = match_eval(&rule->matches[i], subject);

		if (one < *answer)
			cause = &rule->matches[i];
		*answer = tri_and(*answer, one);
	}
	return json_pack("{s:o, s:s, s:o}", "rule", json_text(rule->text), "answer", answer_word(*answer),
			 "because",
			 cause ? json_sprintf("%s%s", cause->negate ? "not " : "", cause->keyword->name)
			       : json_null());
}

static json_t *target_json(const struct daemon *daemon, const struct target *target, const struct rule *rule)
{
	const char *gateway = target->gateway >= 0 ? daemon->ruleset->gateways[target->gateway].name : NULL;

	return json_pack("{s:s, s:o, s:o, s:o}", "verdict", action_name(target->action), "gateway",
			 json_text(gateway), "mark", json_sprintf("0x%x", target->mark), "rule",
			 json_text(rule ? rule->text : NULL));
}

/* The rules cannot tell yet; rule: the one that holds so far. */
static json_t *provisional(struct daemon *daemon, struct question *q, const struct rule *rule)
{
	const struct gateway_state *gateways = routing_state(daemon->routing);
	struct learned *learned = daemon->ruleset->options.learned ? daemon->learned : NULL;
	struct preview preview = {.target = target_of(daemon->ruleset, rule, &q->packet, gateways)};
	json_t *result;

	preview_first(daemon->ruleset, gateways, learned, &q->packet, learned_clock_now().now, &preview);
	result = target_json(daemon, &preview.target, preview.led_by ? NULL : rule);
	json_object_set_new(result, "led_by",
			    preview.led_by ? json_string(learned_source_text(preview.led_by)) : json_null());
	return result;
}

/* Asks the rules in order, up to the one that decides. */
static json_t *ask(struct daemon *daemon, struct question *q, bool with_facts)
{
	const struct ruleset *ruleset = daemon->ruleset;
	struct facts facts = {0};
	struct subject subject = {.packet = &q->packet, .facts = with_facts ? &q->facts : &facts};
	json_t *list = json_array(), *result;
	const struct rule *rule = NULL;
	struct target final;
	bool open = false;

	if (with_facts || (q->proto != IPPROTO_TCP && q->proto != IPPROTO_UDP) || !ruleset->needs)
		facts.closed = FACTS_ALL;
	subject.client = reader_over(NULL, 0, !facts.closed);
	for (unsigned i = 0; i < ruleset->rule_count && !rule; i++) {
		enum tri answer;

		json_array_append_new(list, rule_json(&ruleset->rules[i], &subject, &answer));
		rule = answer == TRI_YES ? &ruleset->rules[i] : NULL;
		open |= answer == TRI_MORE;
	}
	final = target_final(ruleset, rule, &q->packet, routing_state(daemon->routing));
	result = open ? provisional(daemon, q, rule) : target_json(daemon, &final, rule);
	json_object_set_new(result, "final", json_boolean(!open));
	json_object_set_new(result, "rules", list);
	return result;
}

/* Why the rules are not asked about it; NULL: they are. */
static const char *exemption(const struct daemon *daemon, const struct question *q)
{
	const struct options *options = &daemon->ruleset->options;
	bool local = q->packet.origin.local;

	if (daemon->paused)
		return "paused";
	if (local ? !options->local : !options->forward)
		return local ? "option local off" : "option forward off";
	return engine_exempt(daemon->ruleset, &q->packet);
}

static json_t *exempt(struct daemon *daemon, const struct question *q, const char *why)
{
	struct target target = target_of(daemon->ruleset, NULL, &q->packet, NULL);
	json_t *result;

	if (!engine_exempt(daemon->ruleset, &q->packet))
		target.mark = 0; /* it is not even queued */
	result = target_json(daemon, &target, NULL);
	json_object_set_new(result, "final", json_true());
	json_object_set_new(result, "why", json_string(why));
	json_object_set_new(result, "rules", json_array());
	return result;
}

static void run(struct daemon *daemon, struct control_request *request)
{
	struct question q = {.proto = 0};
	struct control_error error;
	const char *why;
	json_t *result;

	if (!read_question(&q, daemon->routing, control_arguments(request), &error)) {
		control_fail(request, error.code, "%s", error.message);
		return;
	}
	q.facts.closed = q.told ? FACTS_ALL : 0;
	why = exemption(daemon, &q);
	result = why ? exempt(daemon, &q, why) : ask(daemon, &q, q.told);
	if (q.told && !why)
		json_object_set_new(result, "first_packet", ask(daemon, &q, false));
	control_answer(request, result);
}

static const struct control_field fields[] = {
	{"src", JSON_STRING, true, "who begins it: an address"},
	{"dst", JSON_STRING, true, "with whom: an address"},
	{"port", JSON_INTEGER, false, "of the destination"},
	{"proto", JSON_STRING, false, "tcp, if left out"},
	{"host", JSON_STRING, false, "the name that it will say"},
	{"app", JSON_STRING, false, "the app that it will turn out to be"},
	{"user", JSON_STRING, false, "the local user whose it is"},
	{"iif", JSON_STRING, false, "the device it comes in by"},
	{0},
};

const struct control_verb verb_why = {
	.name = "why",
	.brief = "which rule would decide a connection, and why no earlier one",
	.fields = fields,
	.run = run,
};
