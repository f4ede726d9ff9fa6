/* SPDX-License-Identifier: GPL-2.0-or-later
 * check.c - how a gateway is found to work: check KIND TARGET [WORD VALUE ...]
 */
#include "check.h"

#include <string.h>

#include "notation.h"
#include "suggest.h"

enum { NAME_MAX_LENGTH = 253, LABEL_MAX = 63, TEXT_LENGTH = 300 }; /* RFC 1035 2.3.4; of one word */

struct check_plan {
	struct config *config;
	struct ruleset *ruleset;
	struct check *check;
	struct span target;
	const char *host; /* http: as written in the target */
};

struct word;

static const char *kept(const struct check_plan *plan, const char *text)
{
	return arena_text(plan->ruleset->arena, text, strlen(text));
}

/* --- targets --- */

static bool bad_target(const struct check_plan *plan, const char *right)
{
	diag_hint(ERROR(plan->config, plan->target, "'%.*s' is not what check %s takes", SPAN_ARG(plan->target),
			check_kind_name(plan->check->kind)),
		  "%s", right);
	return false;
}

static bool take_port(struct check *check, const char *text)
{
	unsigned port = 0;
	const char *at = text;

	for (; *at >= '0' && *at <= '9' && port <= UINT16_MAX; at++)
		port = port * 10 + (unsigned)(*at - '0');
	check->port = (uint16_t)port;
	return at > text && !*at && port && port <= UINT16_MAX;
}

/* ADDRESS, ADDRESS:PORT, [ADDRESS]:PORT; a port is needed unless there is a usual one. */
static bool take_address_port(struct check *check, char *text, uint16_t usual)
{
	char *bracket = *text == '[' ? strchr(text, ']') : NULL;
	char *colon = bracket ? bracket + 1 : strchr(text, ':');

	check->port = usual;
	if (*text == '[' && !bracket)
		return false;
	if (bracket)
		*bracket = '\0';
	else if (colon && strchr(colon + 1, ':'))
		colon = NULL; /* an IPv6 address alone */
	if (colon && *colon) {
		if (*colon != ':' || !take_port(check, colon + 1))
			return false;
		*colon = '\0';
	}
	return check->port && key_from_text(bracket ? text + 1 : text, &check->address);
}

static bool target_ping(struct check_plan *plan, char *text)
{
	return key_from_text(text, &plan->check->address) ||
	       bad_target(plan, "check ping 9.9.9.9, or check ping 2620:fe::fe");
}

static bool target_tcp(struct check_plan *plan, char *text)
{
	return take_address_port(plan->check, text, 0) ||
	       bad_target(plan, "check tcp 9.9.9.9:443, or check tcp [2620:fe::fe]:443");
}

static bool target_dns(struct check_plan *plan, char *text)
{
	plan->check->name = "";
	return take_address_port(plan->check, text, 53) ||
	       bad_target(plan, "check dns 9.9.9.9, or check dns [2620:fe::fe]:53");
}

static bool target_http(struct check_plan *plan, char *text)
{
	static const char scheme[] = "http://";
	bool has_scheme = strncmp(text, scheme, sizeof scheme - 1) == 0;
	char *host = has_scheme ? text + sizeof scheme - 1 : text, *path = strchr(host, '/');

	plan->check->name = kept(plan, path ? path : "/");
	if (path)
		*path = '\0';
	plan->host = kept(plan, host);
	if (take_address_port(plan->check, host, 80))
		return true;
	return bad_target(
		plan, "check http http://192.0.2.1/path, or check http http://[2001:db8::1]:8080/; by address, "
		      "and without TLS");
}

/* --- words behind them --- */

static bool word_name(struct check_plan *plan, struct span at, const struct word *word)
{
	char text[NAME_MAX_LENGTH + 2] = "";
	size_t label = 0, length = at.length <= NAME_MAX_LENGTH + 1 ? at.length : 0;

	(void)word;
	memcpy(text, span_text(at), length);
	if (length > 1 && text[length - 1] == '.')
		text[length - 1] = '\0';
	for (const char *c = text; *c && strcmp(text, ".") != 0; c++) {
		label = *c == '.' ? 0 : label + 1;
		if (label > LABEL_MAX || (*c == '.' && (c == text || c[1] == '.')))
			*text = '\0';
	}
	if (!*text) {
		ERROR(plan->config, at, "'%.*s' is not a name one can ask a name server for", SPAN_ARG(at));
		return false;
	}
	plan->check->name = strcmp(text, ".") ? kept(plan, text) : "";
	return true;
}

static bool word_host(struct check_plan *plan, struct span at, const struct word *word)
{
	(void)word;
	plan->host = arena_text(plan->ruleset->arena, span_text(at), at.length);
	return true;
}

/* "200", "200|204" */
static bool word_status(struct check_plan *plan, struct span at, const struct word *word)
{
	uint16_t *statuses = arena_array(plan->ruleset->arena, at.length / 4 + 1, sizeof *statuses);
	struct span part = {.source = at.source, .start = at.start};
	size_t end = at.start + at.length;
	uint64_t number;

	(void)word;
	plan->check->status_count = 0;
	for (; part.start < end; part.start += part.length + 1) {
		const char *bar = memchr(span_text(part), '|', end - part.start);

		part.length = bar ? (size_t)(bar - span_text(part)) : end - part.start;
		if (part.length != 3 || !number_by_text(plan->config, part, "an HTTP status", 599, &number) ||
		    number < 100) {
			diag_hint(ERROR(plan->config, part, "'%.*s' is not an HTTP status", SPAN_ARG(part)),
				  "status 204, or status 200|204");
			return false;
		}
		statuses[plan->check->status_count++] = (uint16_t)number;
	}
	plan->check->statuses = statuses;
	return true;
}

struct word {
	const char *name;
	unsigned kinds; /* bit per kind it goes with */
	uint32_t least, most;
	size_t offset; /* in struct health_terms, of a uint32_t */
	bool (*take)(struct check_plan *plan, struct span at, const struct word *word);
	const char *unit;
};

static bool in_bounds(struct check_plan *plan, struct span at, uint64_t number, const struct word *word)
{
	if (number < word->least || number > word->most) {
		ERROR(plan->config, at, "%s is %u%s to %u%s", word->name, word->least, word->unit, word->most,
		      word->unit);
		return false;
	}
	*(uint32_t *)((char *)&plan->check->terms + word->offset) = (uint32_t)number;
	return true;
}

static bool word_time(struct check_plan *plan, struct span at, const struct word *word)
{
	uint64_t ms;

	return duration_by_text(plan->config, at, "a time", &ms) && in_bounds(plan, at, ms, word);
}

static bool word_number(struct check_plan *plan, struct span at, const struct word *word)
{
	uint64_t number;

	if (at.length > 1 && span_text(at)[at.length - 1] == '%')
		at.length--;
	return number_by_text(plan->config, at, "it", UINT32_MAX, &number) && in_bounds(plan, at, number, word);
}

#define TERM(field) offsetof(struct health_terms, field)
#define ALL ((1U << CHECK_KINDS) - 1)

static const struct word words[] = {
	{"every", ALL, 100, 3600000, TERM(every_ms), word_time, "ms"},
	{"timeout", ALL, 10, 300000, TERM(timeout_ms), word_time, "ms"},
	{"jitter", ALL, 0, 50, TERM(jitter), word_number, "%"},
	{"down", ALL, 1, 100, TERM(down), word_number, ""},
	{"up", ALL, 1, 100, TERM(up), word_number, ""},
	{"name", 1U << CHECK_DNS, 0, 0, 0, word_name, ""},
	{"host", 1U << CHECK_HTTP, 0, 0, 0, word_host, ""},
	{"status", 1U << CHECK_HTTP, 0, 0, 0, word_status, ""},
};

/* --- the line --- */

static const struct kind {
	bool (*target)(struct check_plan *plan, char *text); /* NULL: it has none */
	struct health_terms usual;
} kinds[CHECK_KINDS] = {
	[CHECK_PING] = {target_ping, {.every_ms = 5000, .timeout_ms = 2000, .jitter = 10, .down = 3, .up = 2}},
	[CHECK_TCP] = {target_tcp, {.every_ms = 5000, .timeout_ms = 2000, .jitter = 10, .down = 3, .up = 2}},
	[CHECK_DNS] = {target_dns, {.every_ms = 5000, .timeout_ms = 2000, .jitter = 10, .down = 3, .up = 2}},
	[CHECK_HTTP] = {target_http, {.every_ms = 10000, .timeout_ms = 5000, .jitter = 10, .down = 3, .up = 2}},
	[CHECK_PASSIVE] = {NULL, {.every_ms = 5000, .timeout_ms = 3000, .jitter = 10, .down = 5, .up = 2}},
};

static const struct word *word_find(struct check_plan *plan, struct span at)
{
	struct suggest near = suggest_for(span_text(at), at.length);

	for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
		if (!(words[i].kinds & 1U << plan->check->kind))
			continue;
		if (span_is(at, words[i].name))
			return &words[i];
		suggest_offer(&near, words[i].name);
	}
	diag_nearest(ERROR(plan->config, at, "check %s has no '%.*s'", check_kind_name(plan->check->kind),
			   SPAN_ARG(at)),
		     near.best,
		     "every, timeout, down, up and jitter can stand behind it; each check has a line of its own");
	return NULL;
}

static bool find_kind(struct check_plan *plan, struct span at)
{
	struct suggest near = suggest_for(span_text(at), at.length);

	for (unsigned kind = 0; kind < CHECK_KINDS; kind++) {
		plan->check->kind = (enum check_kind)kind;
		if (span_is(at, check_kind_name(plan->check->kind)))
			return true;
		suggest_offer(&near, check_kind_name(plan->check->kind));
	}
	diag_nearest(ERROR(plan->config, at, "'%.*s' is not a kind of check", SPAN_ARG(at)), near.best,
		     "check ping, tcp, dns, http or passive");
	return false;
}

/* *value moves behind the target. */
static bool read_target(struct check_plan *plan, const struct entry_node *entry, const struct value_node **value)
{
	char text[TEXT_LENGTH + 1] = "";

	if (!kinds[plan->check->kind].target) {
		plan->check->text = check_kind_name(plan->check->kind);
		return true;
	}
	if (!*value) {
		plan->target = entry->name.at;
		diag_hint(ERROR(plan->config, plan->target, "check %s needs a target",
				check_kind_name(plan->check->kind)),
			  "check tcp 9.9.9.9:443, check ping 2620:fe::fe");
		return false;
	}
	plan->target = (*value)->word.at;
	if (plan->target.length <= TEXT_LENGTH)
		memcpy(text, span_text(plan->target), plan->target.length);
	plan->check->text = arena_printf(plan->ruleset->arena, "%s %s", check_kind_name(plan->check->kind), text);
	*value = (*value)->next;
	return kinds[plan->check->kind].target(plan, text);
}

static bool read_words(struct check_plan *plan, const struct value_node *value)
{
	for (; value; value = value->next->next) {
		const struct word *word = word_find(plan, value->word.at);

		if (!word)
			return false;
		if (!value->next) {
			ERROR(plan->config, value->word.at, "a value must follow '%s'", word->name);
			return false;
		}
		if (!word->take(plan, value->next->word.at, word))
			return false;
	}
	return true;
}

bool check_build(struct config *config, struct ruleset *ruleset, const struct entry_node *entry,
		 struct check *check)
{
	struct check_plan plan = {.config = config, .ruleset = ruleset, .check = check};
	const struct value_node *value = entry->values->next;

	if (!find_kind(&plan, entry->values->word.at))
		return false;
	check->terms = kinds[check->kind].usual;
	if (!read_target(&plan, entry, &value) || !read_words(&plan, value))
		return false;
	check->host = plan.host;
	if (check->terms.timeout_ms > check->terms.every_ms) {
		diag_hint(ERROR(config, entry->name.at,
				"a probe's timeout of %u ms is longer than its interval of %u ms",
				check->terms.timeout_ms, check->terms.every_ms),
			  "write a shorter timeout, or a longer every");
		return false;
	}
	return true;
}
