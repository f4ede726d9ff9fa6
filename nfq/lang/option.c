/* SPDX-License-Identifier: GPL-2.0-or-later
 * option.c - settings: "option NAME VALUE"
 */
#include "option.h"

#include <string.h>

#include "listen_text.h"
#include "notation.h"
#include "suggest.h"

enum option_type { OPTION_SWITCH, OPTION_NUMBER, OPTION_MASK, OPTION_DURATION, OPTION_LATE, OPTION_TIMESTAMPS,
		   OPTION_PRIVACY, OPTION_FILE, OPTION_LISTEN };

static const char *const late_names[] = {
	[LATE_AUTO] = "auto",   [LATE_REHOME] = "rehome", [LATE_LEAVE] = "leave",
	[LATE_RESET] = "reset", [LATE_SWITCH] = "switch", NULL,
};

static const char *const timestamps_names[] = {[TIMESTAMPS_STRIP] = "strip", [TIMESTAMPS_KEEP] = "keep", NULL};

static const char *const privacy_names[] = {
	[PRIVACY_OFF] = "off", [PRIVACY_NAMES] = "names", [PRIVACY_FULL] = "full", NULL};

/* What types of words may say, by value. */
static const char *const *const words[] = {
	[OPTION_LATE] = late_names, [OPTION_TIMESTAMPS] = timestamps_names, [OPTION_PRIVACY] = privacy_names};

/* A new option is a line here and a field of struct options. */
static const struct option {
	const char *name;
	enum option_type type;
	size_t offset;
	uint64_t least, most;
	const char *brief;
} table[] = {
	{"mark-mask", OPTION_MASK, offsetof(struct options, mark_mask), 0, UINT32_MAX,
	 "the bits of marks that are nfqroute's"},
	{"hooks", OPTION_SWITCH, offsetof(struct options, hooks), 0, 0, "install the firewall rules"},
	{"local", OPTION_SWITCH, offsetof(struct options, local), 0, 0, "decide connections of this machine"},
	{"forward", OPTION_SWITCH, offsetof(struct options, forward), 0, 0, "decide connections it forwards"},
	{"flowtable", OPTION_SWITCH, offsetof(struct options, flowtable), 0, 0,
	 "the kernel carries decided connections past all rules"},
	{"queue-length", OPTION_NUMBER, offsetof(struct options, queue_length), 1, 1U << 24,
	 "packets the kernel may keep waiting"},
	{"fail-closed", OPTION_SWITCH, offsetof(struct options, fail_closed), 0, 0,
	 "nothing undecided passes, also while no daemon runs"},
	{"priority", OPTION_NUMBER, offsetof(struct options, priority), 2, 32765,
	 "of the first gateway's rule that has none of its own"},
	{"first-table", OPTION_NUMBER, offsetof(struct options, first_table), 1, UINT32_MAX - 65536,
	 "for gateways that have none of their own"},
	{"flows", OPTION_NUMBER, offsetof(struct options, flows), 16, 1U << 24,
	 "undecided connections kept by each queue"},
	{"budget-packets", OPTION_NUMBER, offsetof(struct options, budget_packets), 1, 1000,
	 "packets with data looked at"},
	{"budget-bytes", OPTION_NUMBER, offsetof(struct options, budget_bytes), 64, 1U << 20,
	 "bytes of data looked at"},
	{"buffer-memory", OPTION_NUMBER, offsetof(struct options, buffer_memory), 1U << 16, 1U << 31,
	 "bytes of each queue for undecided connections"},
	{"budget-time", OPTION_DURATION, offsetof(struct options, budget_ms), 1, 600000,
	 "time since the first packet"},
	{"hold-time", OPTION_DURATION, offsetof(struct options, hold_ms), 0, 10000,
	 "hold of a QUIC connection's first datagrams"},
	{"rehome-hold-time", OPTION_DURATION, offsetof(struct options, rehome_hold_ms), 0, 10000,
	 "hold of the client's first data while undecided"},
	{"rehome-timeout", OPTION_DURATION, offsetof(struct options, rehome_timeout_ms), 10, 30000,
	 "wait for an answer by the new path"},
	{"rehome-failures", OPTION_NUMBER, offsetof(struct options, rehome_failures), 0, 1000000,
	 "in a row, then a gateway is not tried for a while"},
	{"rehome-pause", OPTION_DURATION, offsetof(struct options, rehome_pause_ms), 100, 86400000,
	 "how long it is not"},
	{"rehome-zone", OPTION_NUMBER, offsetof(struct options, rehome_zone), 1, 65535,
	 "conntrack zone of connections opened again"},
	{"rehome-timestamps", OPTION_TIMESTAMPS, offsetof(struct options, rehome_timestamps), 0, 0,
	 "of connections that may be opened again"},
	{"late-reset-interval", OPTION_DURATION, offsetof(struct options, late_reset_ms), 1000, 86400000,
	 "in which a client is reset once for a name"},
	{"history", OPTION_NUMBER, offsetof(struct options, history), 0, 1U << 20,
	 "decisions of each queue kept for flows and watch"},
	{"decisions", OPTION_FILE, offsetof(struct options, decisions), 0, 0, "write each decision to it, as JSON"},
	{"privacy", OPTION_PRIVACY, offsetof(struct options, privacy), 0, 0,
	 "what the log and the file of decisions leave out"},
	{"metrics", OPTION_LISTEN, offsetof(struct options, metrics), 0, 0, "serve Prometheus metrics by HTTP"},
	{"metrics-textfile", OPTION_FILE, offsetof(struct options, metrics_file), 0, 0,
	 "write Prometheus metrics for node_exporter"},
	{"late", OPTION_LATE, offsetof(struct options, late), 0, 0, "for rules without late"},
	{"learned", OPTION_SWITCH, offsetof(struct options, learned), 0, 0, "go by what was seen at destinations before"},
	{"dns", OPTION_SWITCH, offsetof(struct options, dns), 0, 0, "learn from DNS answers, too"},
	{"learned-entries", OPTION_NUMBER, offsetof(struct options, learned_entries), 16, 1U << 24,
	 "destinations remembered"},
	{"learned-file", OPTION_FILE, offsetof(struct options, learned_file), 0, 0,
	 "where they are kept over a restart"},
	{"learned-ttl-min", OPTION_DURATION, offsetof(struct options, learned_ttl_min_ms), 0, 30U * 86400000,
	 "shortest time DNS answers are remembered"},
	{"learned-ttl-max", OPTION_DURATION, offsetof(struct options, learned_ttl_max_ms), 1000, 30U * 86400000,
	 "longest time, and that of what connections have said"},
};

#define OPTION_COUNT (sizeof table / sizeof *table)

bool late_by_name(struct config *config, struct span at, enum late *late)
{
	return word_by_text(config, at, "late policy", late_names, late);
}

static const struct option *find(struct config *config, struct span name)
{
	struct suggest near = suggest_for(span_text(name), name.length);

	for (size_t i = 0; i < OPTION_COUNT; i++) {
		if (span_is(name, table[i].name))
			return &table[i];
		suggest_offer(&near, table[i].name);
	}
	diag_nearest(ERROR(config, name, "unknown option '%.*s'", SPAN_ARG(name)), near.best,
		     "'nfqroute list options' prints all there are");
	return NULL;
}

static void print_number(const struct option *option, char *text, size_t size, uint64_t number)
{
	if (option->type == OPTION_DURATION)
		duration_text(text, size, number);
	else
		snprintf(text, size, option->type == OPTION_MASK ? "0x%llx" : "%llu", (unsigned long long)number);
}

static bool in_bounds(struct config *config, const struct option *option, struct span at, uint64_t number)
{
	char least[24], most[24];

	if (number >= option->least && number <= option->most)
		return true;
	print_number(option, least, sizeof least, option->least);
	print_number(option, most, sizeof most, option->most);
	ERROR(config, at, "%s is %s to %s", option->name, least, most);
	return false;
}

static void set_number(struct config *config, const struct option *option, struct span at, void *field)
{
	uint64_t number;
	bool good = option->type == OPTION_DURATION
			    ? duration_by_text(config, at, option->name, &number)
			    : number_by_text(config, at, option->name, UINT32_MAX, &number);

	if (good && in_bounds(config, option, at, number))
		*(uint32_t *)field = (uint32_t)number;
}

/* "" for "off". */
static void set_file(struct config *config, struct arena *arena, struct token value, const char **field)
{
	size_t length;
	const char *text = token_text(config, value, &length);

	if (span_is(value.at, "off"))
		length = 0;
	else if (!text || *text != '/')
		diag_hint(ERROR(config, value.at, "'%.*s' is not the whole path of a file", SPAN_ARG(value.at)),
			  "a path that begins with a slash, or off");
	if (text)
		*field = arena_text(arena, text, length);
}

static void set_listen(struct config *config, struct arena *arena, struct token value, const char **field)
{
	struct sockaddr_storage address;
	size_t length;
	const char *text = token_text(config, value, &length);
	const char *copy = text ? arena_text(arena, text, length) : NULL;

	if (span_is(value.at, "off"))
		copy = "";
	else if (copy && !listen_by_text(copy, &address))
		diag_hint(ERROR(config, value.at, "'%.*s' is not an address with a port", SPAN_ARG(value.at)),
			  "127.0.0.1:9469, [::1]:9469, or off");
	if (copy)
		*field = copy;
}

static void set_option(struct config *config, struct arena *arena, const struct option *option, struct token value,
		       void *field)
{
	struct span at = value.at;

	switch (option->type) {
	case OPTION_SWITCH:
		switch_by_text(config, at, field);
		break;
	case OPTION_TIMESTAMPS:
	case OPTION_PRIVACY:
		word_by_text(config, at, option->name, words[option->type], field);
		break;
	case OPTION_LATE:
		late_by_name(config, at, field);
		break;
	case OPTION_FILE:
		set_file(config, arena, value, field);
		break;
	case OPTION_LISTEN:
		set_listen(config, arena, value, field);
		break;
	case OPTION_NUMBER:
	case OPTION_MASK:
	case OPTION_DURATION:
		set_number(config, option, at, field);
		break;
	}
}

/* Where it was set; nowhere: it was not. */
static struct span place_of(const struct config *config, const char *name, const char *or_name)
{
	struct span at = config_option_at(config, name);

	return at.source ? at : config_option_at(config, or_name);
}

/* Options that do nothing beside others. */
static void check_together(struct config *config, const struct options *options)
{
	const struct {
		const char *name, *other, *what;
		bool idle;
	} pairs[] = {
		{"dns", "learned", "option dns does nothing with option learned off",
		 options->dns && !options->learned},
		{"decisions", "history", "option decisions does nothing with option history 0",
		 *options->decisions && !options->history},
		{"flowtable", "hooks", "option flowtable does nothing with option hooks off",
		 options->flowtable && !options->hooks},
		{"learned-ttl-min", "learned-ttl-max", "learned-ttl-min does nothing above learned-ttl-max",
		 options->learned_ttl_min_ms > options->learned_ttl_max_ms},
	};

	for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
		if (pairs[i].idle)
			WARNING(config, place_of(config, pairs[i].name, pairs[i].other), "%s", pairs[i].what);
}

void config_build_options(struct config *config, struct arena *arena, struct options *options)
{
	struct span seen[OPTION_COUNT] = {{0}};

	options_default(options);
	for_each_statement(statement, config)
	{
		const struct option *option;
		struct span *first, at;

		if (statement->kind != STATEMENT_OPTION)
			continue;
		at = statement->option->name.at;
		option = find(config, at);
		if (!option)
			continue;
		first = &seen[option - table];
		if (first->source)
			diag_other(ERROR(config, at, "option %s is set twice", option->name), *first,
				   "first set here");
		*first = at;
		set_option(config, arena, option, statement->option->value, (char *)options + option->offset);
	}
	check_together(config, options);
}

static void describe_default(const struct option *option, char *text, size_t size)
{
	struct options options;
	const void *field = (const char *)&options + option->offset;

	options_default(&options);
	if (option->type == OPTION_SWITCH)
		snprintf(text, size, "%s", *(const bool *)field ? "on" : "off");
	else if (option->type == OPTION_LATE || option->type == OPTION_TIMESTAMPS || option->type == OPTION_PRIVACY)
		snprintf(text, size, "%s", words[option->type][*(const unsigned *)field]);
	else if (option->type == OPTION_FILE || option->type == OPTION_LISTEN)
		snprintf(text, size, "%s", **(const char *const *)field ? *(const char *const *)field : "off");
	else
		print_number(option, text, size, *(const uint32_t *)field);
}

static void describe_range(const struct option *option, char *text, size_t size)
{
	char least[24], most[24];

	switch (option->type) {
	case OPTION_SWITCH:
		snprintf(text, size, "on, off");
		break;
	case OPTION_MASK:
		snprintf(text, size, "at least 4 bits of 32");
		break;
	case OPTION_LATE:
	case OPTION_TIMESTAMPS:
	case OPTION_PRIVACY:
		words_text(text, size, words[option->type], ", ");
		break;
	case OPTION_LISTEN:
		snprintf(text, size, "an address and a port, or off");
		break;
	case OPTION_FILE:
		snprintf(text, size, "a path from /, or off");
		break;
	case OPTION_NUMBER:
	case OPTION_DURATION:
		print_number(option, least, sizeof least, option->least);
		print_number(option, most, sizeof most, option->most);
		snprintf(text, size, "%s to %s", least, most);
		break;
	}
}

size_t options_describe(struct option_text *texts, size_t room)
{
	static const char *const values[] = {
		[OPTION_SWITCH] = "on or off", [OPTION_NUMBER] = "a number",
		[OPTION_MASK] = "a mask",      [OPTION_DURATION] = "a time: 100ms, 5s, 2m",
		[OPTION_LATE] = "a policy",    [OPTION_TIMESTAMPS] = "strip or keep",
		[OPTION_PRIVACY] = "off, names or full",
		[OPTION_FILE] = "a path, or off",
		[OPTION_LISTEN] = "address:port, or off",
	};

	for (size_t i = 0; i < OPTION_COUNT && i < room; i++) {
		texts[i].name = table[i].name;
		texts[i].brief = table[i].brief;
		texts[i].value = values[table[i].type];
		describe_default(&table[i], texts[i].initial, sizeof texts[i].initial);
		describe_range(&table[i], texts[i].range, sizeof texts[i].range);
	}
	return OPTION_COUNT;
}

struct span config_option_at(const struct config *config, const char *name)
{
	for_each_statement(statement, config)
	{
		if (statement->kind == STATEMENT_OPTION && span_is(statement->option->name.at, name))
			return statement->option->value.at;
	}
	return (struct span){0};
}
