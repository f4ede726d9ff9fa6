/* SPDX-License-Identifier: GPL-2.0-or-later
 * status.c - "nfqroute status": what the daemon is and does, and whether the kernel is as it should be
 */
#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "answer.h"
#include "control_client.h"
#include "table.h"

struct view {
	const json_t *status;
	bool colour;
	unsigned width;
};

static const char *ago(uint64_t when, char text[UNIT_MAX])
{
	uint64_t now = (uint64_t)time(NULL);

	if (!when)
		return "-";
	return seconds_text(now > when ? now - when : 0, text);
}

static void red(const struct view *view, const char *head, const char *text)
{
	printf("%s%s%s%s\n", view->colour ? COLOUR_RED : "", head, text, view->colour ? COLOUR_NONE : "");
}

static void print_head(const struct view *view)
{
	char since[UNIT_MAX], memory[UNIT_MAX], loaded[UNIT_MAX];
	const json_t *s = view->status;

	printf("%s, pid %llu, running for %s, memory %s%s\n", answer_text(s, "program"),
	       (unsigned long long)answer_number(s, "pid"), ago(answer_number(s, "started"), since),
	       bytes_text(answer_number(s, "memory.resident"), memory),
	       answer_flag(s, "paused") ? ", paused" : "");
	printf("rules: %llu from %s, read %s ago, generation %llu%s\n",
	       (unsigned long long)answer_number(s, "ruleset.rules"), answer_text(s, "ruleset.path"),
	       ago(answer_number(s, "ruleset.reload.at"), loaded),
	       (unsigned long long)answer_number(s, "ruleset.generation"),
	       answer_flag(s, "reloading") ? ", being read again" : "");
	if (!answer_flag(s, "ruleset.reload.good"))
		red(view, "the last reload was refused: ",
		    *answer_text(s, "ruleset.reload.error") ? answer_text(s, "ruleset.reload.error")
							    : "the rules have errors (nfqroute check tells them)");
}

/* --- gateways --- */

static const char *family_word(const json_t *gateway, const char *family)
{
	return answer_flag(json_object_get(gateway, family), "up") ? "up" : "down";
}

static void add_gateway(struct table *table, const json_t *gateway)
{
	char mark[16], number[ANSWER_NUMBER_MAX], table_number[ANSWER_NUMBER_MAX], sent[UNIT_MAX],
		received[UNIT_MAX];
	const char *ipv4 = family_word(gateway, "ipv4"), *ipv6 = family_word(gateway, "ipv6");

	snprintf(mark, sizeof mark, "0x%llx", (unsigned long long)answer_number(gateway, "mark"));
	table_row(table, ipv4[0] == 'd' && ipv6[0] == 'd' ? COLOUR_RED : NULL,
		  (const char *const[]){answer_text(gateway, "name"), mark,
					answer_digits(gateway, "table", table_number), ipv4, ipv6,
					answer_digits(gateway, "connections", number),
					answer_bytes(gateway, "bytes_sent", sent),
					answer_bytes(gateway, "bytes_received", received)});
}

/* "check ping 9.9.9.9: well for 3 h 2 m, 40 answered, 1 not, in 12.3 ms" */
static void print_check(const struct view *view, const json_t *check)
{
	unsigned long long answered = answer_number(check, "answered");
	bool up = answer_flag(check, "up");
	const char *reason = answer_text(check, "reason");
	char text[400], since[UNIT_MAX];

	snprintf(text, sizeof text, "%.200s: %s for %s%s%.*s, %llu answered, %llu not",
		 answer_text(check, "check"), up ? "well" : "fails", ago(answer_number(check, "since"), since),
		 *reason ? ": " : "", 120, reason, answered, (unsigned long long)answer_number(check, "unanswered"));
	if (!up) {
		red(view, "    check ", text);
		return;
	}
	printf("    check %s", text);
	if (answer_number(check, "answer_us"))
		printf(", in %.1f ms", (double)answer_number(check, "answer_us") / 1000);
	putchar('\n');
}

static void print_standing(const struct view *view, const json_t *gateway, const char *family, const char *name)
{
	const json_t *object = json_object_get(gateway, family), *check;
	char head[80], text[512], since[UNIT_MAX];
	size_t i;

	snprintf(head, sizeof head, "  %.40s, %s: ", answer_text(gateway, "name"), name);
	snprintf(text, sizeof text, "%s (for %s)", answer_text(object, "standing"),
		 ago(answer_number(object, "since"), since));
	if (answer_flag(object, "up"))
		printf("%s%s\n", head, text);
	else
		red(view, head, text);
	json_array_foreach(json_object_get(object, "checks"), i, check) print_check(view, check);
}

static void print_gateways(const struct view *view)
{
	static const struct column columns[] = {
		{.title = "GATEWAY", .elastic = true},
		{.title = "MARK", .right = true},
		{.title = "TABLE", .right = true},
		{.title = "IPv4"},
		{.title = "IPv6"},
		{.title = "CONNECTIONS", .right = true},
		{.title = "SENT", .right = true},
		{.title = "RECEIVED", .right = true},
	};
	struct table *table = table_new(columns, sizeof columns / sizeof *columns);
	const json_t *gateways = json_object_get(view->status, "gateways"), *gateway;
	char number[ANSWER_NUMBER_MAX], sent[UNIT_MAX], received[UNIT_MAX];
	const json_t *main = answer_at(view->status, "others.main");
	size_t i;

	json_array_foreach(gateways, i, gateway) add_gateway(table, gateway);
	table_row(table, NULL,
		  (const char *const[]){"(main)", "", "", "", "", answer_digits(main, "connections", number),
					answer_bytes(main, "bytes_sent", sent),
					answer_bytes(main, "bytes_received", received)});
	putchar('\n');
	table_print(table, stdout, view->width, view->colour);
	json_array_foreach(gateways, i, gateway)
	{
		print_standing(view, gateway, "ipv4", "IPv4");
		print_standing(view, gateway, "ipv6", "IPv6");
	}
	if (answer_number(view->status, "uncounted"))
		printf("  bytes of %llu connections are not counted: sysctl net.netfilter.nf_conntrack_acct=1\n",
		       (unsigned long long)answer_number(view->status, "uncounted"));
	if (*answer_text(view->status, "connections_error"))
		red(view, "  connections cannot be counted: ", answer_text(view->status, "connections_error"));
}

/* --- rules --- */

static void print_rules(const struct view *view)
{
	static const struct column columns[] = {
		{.title = "RULE", .elastic = true},
		{.title = "VERDICT", .elastic = true},
		{.title = "HITS", .right = true},
		{.title = "LAST", .right = true},
	};
	struct table *table = table_new(columns, sizeof columns / sizeof *columns);
	const json_t *rule;
	unsigned unused = 0;
	size_t i;

	json_array_foreach(json_object_get(view->status, "rules"), i, rule)
	{
		char verdict[80], hits[ANSWER_NUMBER_MAX], last[UNIT_MAX];

		if (!answer_number(rule, "hits")) {
			unused++;
			continue;
		}
		snprintf(verdict, sizeof verdict, "%s %s", answer_text(rule, "verdict"),
			 answer_text(rule, "target"));
		table_row(table, NULL,
			  (const char *const[]){answer_text(rule, "rule"), verdict,
						answer_digits(rule, "hits", hits),
						ago(answer_number(rule, "last"), last)});
	}
	putchar('\n');
	table_print(table, stdout, view->width, view->colour);
	if (unused)
		printf("rules that have decided nothing yet: %u\n", unused);
}

/* --- queues and decisions --- */

static void print_queues(const struct view *view)
{
	static const struct column columns[] = {
		{.title = "QUEUE", .right = true},
		{.title = "WAITING", .right = true},
		{.title = "HELD", .right = true},
		{.title = "PACKETS", .right = true},
		{.title = "PASSED BY", .right = true},
		{.title = "DROPPED", .right = true},
	};
	struct table *table = table_new(columns, sizeof columns / sizeof *columns);
	const json_t *queue;
	size_t i;

	json_array_foreach(json_object_get(view->status, "queues"), i, queue)
	{
		char cells[5][ANSWER_NUMBER_MAX], dropped[ANSWER_NUMBER_MAX];
		bool lossy = answer_number(queue, "dropped_full") + answer_number(queue, "dropped_unread") +
			     answer_number(queue, "passed_by");

		snprintf(dropped, sizeof dropped, "%" PRIu64,
			 answer_number(queue, "dropped_full") + answer_number(queue, "dropped_unread"));
		table_row(table, lossy || !answer_flag(queue, "served") ? COLOUR_RED : NULL,
			  (const char *const[]){answer_digits(queue, "number", cells[0]),
						answer_digits(queue, "waiting", cells[1]),
						answer_digits(queue, "held", cells[2]),
						answer_digits(queue, "packets", cells[3]),
						answer_digits(queue, "passed_by", cells[4]), dropped});
	}
	putchar('\n');
	table_print(table, stdout, view->width, view->colour);
}

static void print_decisions(const struct view *view)
{
	const json_t *decisions = json_object_get(view->status, "decisions");
	const json_t *at = json_object_get(decisions, "at_packet");
	unsigned long long n[4];
	const char *reason;
	json_t *count;

	for (size_t i = 0; i < 4; i++)
		n[i] = (unsigned long long)json_integer_value(json_array_get(at, i));
	printf("\ndecided at packet 1: %llu, 2: %llu, 3: %llu, later: %llu; moved: %llu, too late: %llu, held: "
	       "%llu\n",
	       n[0], n[1], n[2], n[3], (unsigned long long)answer_number(decisions, "moved"),
	       (unsigned long long)answer_number(decisions, "late"),
	       (unsigned long long)answer_number(decisions, "held"));
	json_object_foreach(json_object_get(decisions, "left"), reason, count)
		printf("  too late, %s: %llu\n", reason, (unsigned long long)json_integer_value(count));
}

static void print_learned(const struct view *view)
{
	char bytes[UNIT_MAX];

	printf("learned destinations: %llu of at most %llu, %s\n",
	       (unsigned long long)answer_number(view->status, "learned.entries"),
	       (unsigned long long)answer_number(view->status, "learned.most"),
	       bytes_text(answer_number(view->status, "learned.bytes"), bytes));
}

/* --- kernel --- */

static void print_kernel(const struct view *view)
{
	const json_t *findings = json_object_get(view->status, "kernel"), *finding;
	size_t bad = 0, i;

	json_array_foreach(findings, i, finding)
	{
		char head[512];

		if (answer_flag(finding, "good"))
			continue;
		bad++;
		snprintf(head, sizeof head, "kernel: %s ", answer_text(finding, "what"));
		red(view, head, answer_text(finding, "why"));
	}
	if (!bad)
		printf("kernel: as meant, %zu of %zu\n", i, i);
}

static int print(const json_t *status)
{
	const struct view view = {.status = status,
				  .colour = command_colour(stdout),
				  .width = terminal_width(stdout)};

	print_head(&view);
	print_gateways(&view);
	print_rules(&view);
	print_queues(&view);
	print_decisions(&view);
	print_learned(&view);
	print_kernel(&view);
	return command_flush(&status_command);
}

static int run(int argc, char **argv)
{
	struct client client;
	int exit = client_options_only(&client, &status_command, argc, argv);

	return exit == COMMAND_OK ? client_show(&client, "status", NULL, print) : exit;
}

const struct command status_command = {
	.name = "status",
	.args = CLIENT_ARGS,
	.brief = "say what the daemon is and does, and whether the kernel is as it should be",
	.help = "Gateways and what goes by them now, rules and what they decided, queues, and, in red, what is "
		"not\n"
		"in the kernel as the daemon means it.\n"
		"\n" CLIENT_HELP "\n" CLIENT_EXIT,
	.run = run,
};
