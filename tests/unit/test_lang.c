/* SPDX-License-Identifier: GPL-2.0-or-later
 * test_lang.c - rule files as a whole: reading, numbers that are chosen, printing, hostile files
 *
 * What single rules mean and what is said about single errors: tests/rules/.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "load.h"

#define RANDOM_SEED 88172645463325252ULL
#include "random.h"

static struct loaded load(const char *text)
{
	return load_text("test.rules", text, strlen(text));
}

static void free_all(struct loaded *loaded)
{
	ruleset_free(loaded->ruleset);
	loaded_free(loaded);
}

static char *printed(const struct loaded *loaded)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	config_print(loaded->config, out);
	fclose(out);
	return text;
}

/* A directory of rule files that are gone after the test. */
static char directory[] = "/tmp/nfqroute-test-XXXXXX";

static int make_directory(void **state)
{
	(void)state;
	strcpy(directory + strlen(directory) - 6, "XXXXXX");
	return mkdtemp(directory) ? 0 : -1;
}

static int remove_directory(void **state)
{
	static const char *const names[] = {"B.rules", "a.rules", ".h.rules",   "c.rule",    "d.rules",
					    "e.rules", "l.txt",   "link.rules", "fifo.rules"};
	char path[128];

	(void)state;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		snprintf(path, sizeof path, "%s/%s", directory, names[i]);
		if (unlink(path) != 0)
			rmdir(path);
	}
	return rmdir(directory);
}

static const char *in_directory(const char *name)
{
	static char path[128];

	snprintf(path, sizeof path, "%s/%s", directory, name);
	return path;
}

static void write_file(const char *name, const char *text)
{
	FILE *file = fopen(in_directory(name), "we");

	assert_non_null(file);
	fputs(text, file);
	assert_int_equal(fclose(file), 0);
}

static void test_directory_is_one_text(void **state)
{
	struct loaded loaded;

	(void)state;
	write_file("a.rules", "gateway vpn { device tun0 }\ntcp via vpn\n");
	write_file("B.rules", "udp via vpn\ndport { file \"l.txt\" } via vpn");
	write_file("l.txt", "80\n443 # https\n");
	write_file(".h.rules", "nonsense");
	write_file("c.rule", "nonsense");
	loaded = load_rules(directory, NULL);
	assert_non_null(loaded.ruleset);
	assert_int_equal(loaded.ruleset->rule_count, 3);
	assert_int_equal(loaded.ruleset->gateway_count, 1);
	assert_string_equal(strrchr(loaded.ruleset->rules[0].text, '/'), "/B.rules:1");
	assert_string_equal(strrchr(loaded.ruleset->rules[2].text, '/'), "/a.rules:2");
	assert_int_equal(loaded.ruleset->rules[2].line, 2);
	assert_string_equal(strrchr(loaded.ruleset->gateways[0].file, '/'), "/a.rules");
	free_all(&loaded);
}

static void test_all_errors_of_all_files(void **state)
{
	struct loaded loaded;
	const char *expected[] = {"unknown user 'nosuchuser'", "unknown word 'dprt'",
				  "unknown gateway or group 'x'", "the rule has no verdict"};
	unsigned found = 0;

	(void)state;
	write_file("a.rules", "user nosuchuser main\ntcp dprt 80 main\n");
	write_file("B.rules", "udp via x\ntcp");
	assert_int_equal(mkdir(in_directory("d.rules"), 0700), 0);
	assert_int_equal(mkfifo(in_directory("fifo.rules"), 0600), 0);
	assert_int_equal(symlink("nowhere", in_directory("link.rules")), 0);
	loaded = load_rules(directory, NULL);
	assert_null(loaded.ruleset);
	assert_int_equal(diags_count(loaded.diags, SEVERITY_ERROR), 7);
	for (size_t i = 0; i < diags_total(loaded.diags); i++)
		for (size_t j = 0; j < sizeof expected / sizeof *expected; j++)
			found += strcmp(diags_at(loaded.diags, i)->message, expected[j]) == 0;
	assert_int_equal(found, 4);
	for (unsigned i = 0; i < 3; i++)
		assert_non_null(strstr(diags_at(loaded.diags, i)->message, "cannot read"));
	free_all(&loaded);
}

/* One error for a whole file, of rules as of names. */
static void test_utf16_is_told(void **state)
{
	struct loaded loaded;

	(void)state;
	write_file("a.rules", "\xff\xfet\nc\np\nvia vpn\n");
	write_file("B.rules", "host { file \"l.txt\" } main\n");
	write_file("l.txt", "\xfe\xff a/b\nc/d\n");
	loaded = load_rules(directory, NULL);
	assert_null(loaded.ruleset);
	assert_int_equal(diags_total(loaded.diags), 2);
	for (size_t i = 0; i < 2; i++) {
		assert_string_equal(diags_at(loaded.diags, i)->message, "the file is in UTF-16");
		assert_int_equal(span_place(diags_at(loaded.diags, i)->span).line, 1);
	}
	free_all(&loaded);
}

static void test_nothing_there(void **state)
{
	struct loaded loaded = load_rules(directory, NULL);

	(void)state;
	assert_non_null(loaded.ruleset);
	assert_int_equal(loaded.ruleset->rule_count, 0);
	assert_int_equal(diags_count(loaded.diags, SEVERITY_WARNING), 1);
	free_all(&loaded);
	loaded = load_rules(in_directory("none"), NULL);
	assert_null(loaded.ruleset);
	assert_int_equal(diags_count(loaded.diags, SEVERITY_ERROR), 1);
	free_all(&loaded);
}

static void test_numbers_are_chosen(void **state)
{
	struct loaded loaded = load("gateway a { device a }\n"
				    "gateway b { device b mark 0x20000 table 8300 priority 1000 }\n"
				    "gateway c { address 192.0.2.1, 2001:db8::1 device c onlink yes ipv6 main }\n"
				    "gateway d { device d table 77 mark 0x70000 priority 5 masquerade yes\n"
				    "            endpoint 192.0.2.9, 2001:db8::/64 }\n"
				    "option mark-mask 0x00ff0000\n"
				    "tcp via a; udp via b; icmp via c; via d");
	const struct gateway *g;

	(void)state;
	assert_non_null(loaded.ruleset);
	g = loaded.ruleset->gateways;
	assert_int_equal(g[0].mark, 0x10000);
	assert_int_equal(g[1].mark, 0x20000);
	assert_int_equal(g[2].mark, 0x30000);
	assert_int_equal(g[3].mark, 0x70000);
	assert_int_equal(g[0].table, 8301);
	assert_int_equal(g[1].table, 8300);
	assert_int_equal(g[2].table, 8302);
	assert_int_equal(g[3].table, 77);
	assert_int_equal(g[0].priority, 1002);
	assert_int_equal(g[1].priority, 1000);
	assert_int_equal(g[2].priority, 1004);
	assert_int_equal(g[3].priority, 5);
	assert_true(g[2].family[FAMILY_IPV4].has_hop && g[2].family[FAMILY_IPV6].has_hop && g[2].onlink);
	assert_int_equal(g[2].family[FAMILY_IPV6].policy, FAMILY_MAIN);
	assert_int_equal(g[2].family[FAMILY_IPV4].policy, FAMILY_AUTO);
	assert_string_equal(g[2].device, "c");
	assert_true(g[3].masquerade && !g[0].masquerade);
	assert_int_equal(g[3].endpoints->count, 2);
	assert_null(g[0].endpoints);
	free_all(&loaded);
}

static void test_groups(void **state)
{
	struct loaded loaded = load("group both { vpn weight 3, lte weight 1 else main }\n"
				    "group any { vpn then lte else unreachable }\n"
				    "gateway vpn { device tun0 }\ngateway lte { device wwan0 }\n"
				    "tcp via both; via any");
	const struct group *groups = loaded.ruleset->groups;

	(void)state;
	assert_true(groups[0].balanced && groups[0].else_main);
	assert_int_equal(groups[0].members[0].weight, 3);
	assert_int_equal(groups[0].members[1].gateway, 1);
	assert_false(groups[1].balanced || groups[1].else_main);
	assert_int_equal(groups[1].count, 2);
	assert_true(loaded.ruleset->rules[1].to_group);
	assert_int_equal(loaded.ruleset->rules[1].target, 1);
	free_all(&loaded);
}

static void test_options(void **state)
{
	struct loaded loaded = load("option hooks off\noption queue-length 0x100\noption budget-time 2s\n"
				    "option hold-time 0ms\noption late leave\ntcp main\nlate reset udp main");
	struct options defaults;

	(void)state;
	options_default(&defaults);
	assert_false(loaded.ruleset->options.hooks);
	assert_int_equal(loaded.ruleset->options.queue_length, 256);
	assert_int_equal(loaded.ruleset->options.budget_ms, 2000);
	assert_int_equal(loaded.ruleset->options.hold_ms, 0);
	assert_int_equal(loaded.ruleset->options.mark_mask, defaults.mark_mask);
	assert_int_equal(loaded.ruleset->rules[0].late, LATE_LEAVE);
	assert_int_equal(loaded.ruleset->rules[1].late, LATE_RESET);
	free_all(&loaded);
}

static void test_cheapest_match_first(void **state)
{
	struct loaded loaded = load("payload /x/ path a host b app tls dport 80 tcp main");
	static const char *const order[] = {"dport", "tcp", "app", "host", "path", "payload"};

	(void)state;
	for (unsigned i = 0; i < 6; i++)
		assert_string_equal(loaded.ruleset->rules[0].matches[i].keyword->name, order[i]);
	assert_int_equal(loaded.ruleset->needs,
			 FACT_BIT(FACT_PAYLOAD) | FACT_BIT(FACT_PATH) | FACT_BIT(FACT_HOST) | FACT_BIT(FACT_APP));
	free_all(&loaded);
}

static void test_ruleset_outlives_files(void **state)
{
	struct loaded loaded =
		load("gateway vpn { device tun0 table nosuchtable }\nhost { .a.example, x*y } via vpn\n"
		     "payload /abc/ drop");
	struct ruleset *ruleset = loaded.ruleset;
	struct packet packet = {0};
	struct facts facts = {.closed = FACTS_ALL};
	struct subject subject = {.packet = &packet, .facts = &facts, .client = reader_over("xabc", 4, false)};

	(void)state;
	loaded_free(&loaded);
	assert_int_equal(ruleset_eval(ruleset, &subject).rule->action, ACTION_DROP);
	facts_set_host(&facts, "b.a.example", 11);
	assert_string_equal(ruleset->gateways[ruleset_eval(ruleset, &subject).rule->target].table_name,
			    "nosuchtable");
	assert_string_equal(ruleset->rules[0].text, "test.rules:2");
	ruleset_free(ruleset);
}

/* --- random rules --- */

static const char *const random_matches[] = {
	"tcp",
	"udp",
	"dport 80",
	"dport { 80, 90-95 }",
	"sport 1-3",
	"daddr 10.0.0.1",
	"daddr @lan",
	"saddr fd00::/64",
	"proto { 6, 17 }",
	"iif tun*",
	"host .a.example",
	"host *b*",
	"host /^c/",
	"app tls",
	"alpn h2",
	"path \"/\"",
	"path /a/*",
	"payload /^ab/",
	"payload /b/i@0-3",
	"ech yes",
	"user 5-7",
	"dscp { ef, le }",
	"mac 00:11:*",
	"group { 1, 9 }",
};

static const char *const random_verdicts[] = {"via vpn", "via lte",    "via any",           "main",
					      "drop",    "log reject", "late reset via vpn"};

static void random_rules(char *text)
{
	char *at = stpcpy(text, "gateway vpn { device tun0 }; gateway lte { device wwan0 mark 9 }\n"
				"group any { vpn then lte }\nset lan address { 10.0.0.0/24, fd00::/8 }\n");

	for (unsigned rules = 1 + random_below(4); rules; rules--) {
		for (unsigned matches = random_below(4); matches; matches--)
			at += sprintf(
				at, "%s%s ", random_below(4) ? "" : "not ",
				random_matches[random_below(sizeof random_matches / sizeof *random_matches)]);
		at += sprintf(at, "%s\n",
			      random_verdicts[random_below(sizeof random_verdicts / sizeof *random_verdicts)]);
	}
}

struct question {
	struct packet packet;
	struct facts facts;
	char data[4];
};

static void random_facts(struct facts *facts)
{
	static const char *const hosts[] = {"a.example", "x.a.example", "b", "cab", "c"};
	static const char *const paths[] = {"/", "/a/b", "x"};

	facts->closed = random_below(FACTS_ALL + 1);
	if (random_below(2))
		facts_set_text(facts, FACT_HOST, hosts[random_below(5)], 1);
	if (random_below(2))
		facts_set_host(facts, hosts[2], 1);
	if (random_below(2))
		facts_set_text(facts, FACT_PATH, paths[random_below(3)], 1);
	if (random_below(2))
		facts_set_text(facts, FACT_ALPN, "h2,http/1.1", random_below(2) ? 11 : 1);
	if (random_below(2))
		facts_set_ech(facts, random_below(2));
}

static struct subject random_subject(struct question *q)
{
	static const uint8_t protos[] = {6, 17, 1};
	static const char *const devices[] = {"tun0", "eth0"};
	bool owned = random_below(2);
	uint32_t owner = (uint32_t)random_below(10);

	memset(q, 0, sizeof *q);
	q->packet.proto = protos[random_below(3)];
	q->packet.has_ports = q->packet.proto != 1;
	q->packet.dport = (uint16_t)(80 + random_below(20));
	q->packet.sport = (uint16_t)random_below(5);
	q->packet.dst = key_of(0xffff00000000 | (10U << 24 | random_below(2)));
	q->packet.src = (struct key){.high = 0xfd00ULL << 48, .low = random_below(3)};
	q->packet.origin = (struct packet_origin){
		.iif = random_below(2) ? key_from_device(devices[random_below(2)]) : key_of(0),
		.dscp = (uint8_t)random_below(64),
		.has_uid = owned,
		.has_gid = owned,
		.uid = owner,
		.gid = owner,
		.has_mac = random_below(2),
		.mac = random_below(2) ? 0x001100000005 : 5,
	};
	random_facts(&q->facts);
	for (unsigned i = 0; i < sizeof q->data; i++)
		q->data[i] = "abB"[random_below(3)];
	return (struct subject){.packet = &q->packet,
				.facts = &q->facts,
				.client = reader_over(q->data, random_below(5), random_below(2))};
}

static void assert_same_rulings(const struct ruleset *a, const struct ruleset *b)
{
	for (int i = 0; i < 50; i++) {
		struct question question;
		struct subject subject = random_subject(&question);
		struct ruling first = ruleset_eval(a, &subject), second = ruleset_eval(b, &subject);

		assert_int_equal(first.open, second.open);
		assert_int_equal(first.rule ? first.rule - a->rules : -1,
				 second.rule ? second.rule - b->rules : -1);
		if (!first.rule)
			continue;
		assert_int_equal(first.rule->action, second.rule->action);
		assert_int_equal(first.rule->target, second.rule->target);
		assert_int_equal(first.rule->to_group, second.rule->to_group);
		assert_int_equal(first.rule->late, second.rule->late);
		assert_int_equal(first.rule->log, second.rule->log);
	}
}

static void assert_prints_back(const char *text)
{
	struct loaded loaded = load(text), again;
	char *first, *second;

	if (!loaded.ruleset) { /* two of the random rules do not go together */
		free_all(&loaded);
		return;
	}
	first = printed(&loaded);
	again = load(first);
	if (!again.ruleset)
		fail_msg("printed, but cannot be read:\n%s", first);
	second = printed(&again);
	assert_string_equal(first, second);
	assert_same_rulings(loaded.ruleset, again.ruleset);
	free(first);
	free(second);
	free_all(&loaded);
	free_all(&again);
}

static void test_print_reads_back(void **state)
{
	char text[4096];

	(void)state;
	for (int i = 0; i < 1000; i++) {
		random_rules(text);
		assert_prints_back(text);
	}
	assert_prints_back("option mark-mask 0xff0\noption late leave\n"
			   "gateway a { address 192.0.2.1, fd00::1; device \"x\\\"y\" mark 0x10\n check ping "
			   "9.9.9.9 every 5s\n check http http://[2620:fe::fe]:80/x status 200|204 host a.example check passive\n"
			   " on-down keep on-up reset\n"
			   " endpoint 192.0.2.3 }\ngateway b { device b }\n"
			   "group g { a weight 2, b }\nset s host { .x.example, /^a b/i }\nset e port { }\n"
			   "host @s dport @e via g\nhost { @s, \"q\" } via a");
}

/* The ruleset of what text defines and one line of its rules. */
static struct loaded load_line(const char *text, unsigned number)
{
	char copy[4096], *line = strcpy(copy, text);
	const char *rules = strchr(strchr(text, '\n') + 1, '\n');
	struct loaded loaded;

	rules = strchr(rules + 1, '\n') + 1;
	for (unsigned n = 1; n < number; n++)
		line = strchr(line, '\n') + 1;
	*strchr(line, '\n') = 0;
	line = strdup(line);
	snprintf(copy, sizeof copy, "%.*s%s\n", (int)(rules - text), text, line);
	loaded = load(copy);
	assert_non_null(loaded.ruleset);
	free(line);
	return loaded;
}

/* Whenever the rule of this line holds, that of the earlier line does. */
static void assert_shadows(const char *text, unsigned earlier, unsigned line)
{
	struct loaded first = load_line(text, earlier), second = load_line(text, line);

	for (int i = 0; i < 100; i++) {
		struct question question;
		struct subject subject = random_subject(&question);

		if (ruleset_eval(second.ruleset, &subject).rule && !ruleset_eval(first.ruleset, &subject).rule)
			fail_msg("line %u is said to shadow line %u:\n%s", earlier, line, text);
	}
	free_all(&first);
	free_all(&second);
}

static void test_shadowed_rules_are_never_reached(void **state)
{
	char text[4096];
	unsigned shadowed = 0;

	(void)state;
	for (int i = 0; i < 1500; i++) {
		struct loaded loaded;

		random_rules(text);
		loaded = load(text);
		for (size_t d = 0; d < diags_total(loaded.diags); d++) {
			const struct diag *diag = diags_at(loaded.diags, d);

			if (strcmp(diag->message, "the rule is never reached") != 0)
				continue;
			assert_shadows(text, span_place(diag->other).line, span_place(diag->span).line);
			shadowed++;
		}
		free_all(&loaded);
	}
	assert_true(shadowed > 100);
}

/* Whatever is in a file: no crash, every place lies in the text, and a ruleset comes out if and only if there was
 * no error. */
static void assert_survives(const char *text, size_t length)
{
	struct loaded loaded = load_text("test.rules", text, length);

	assert_true(!loaded.ruleset == (diags_count(loaded.diags, SEVERITY_ERROR) > 0));
	for (size_t i = 0; i < diags_total(loaded.diags); i++) {
		const struct diag *diag = diags_at(loaded.diags, i);

		if (diag->span.source)
			assert_true(diag->span.start + diag->span.length <= diag->span.source->length);
	}
	free(printed(&loaded));
	free_all(&loaded);
}

static void test_mangled_files(void **state)
{
	static const char bytes[] = "{};,\n\"/\\#@-* \t\0\xff";
	char text[4096];

	(void)state;
	for (int i = 0; i < 4000; i++) {
		size_t length;

		random_rules(text);
		length = strlen(text);
		for (unsigned n = 1 + random_below(6); n && length; n--) {
			size_t at = random_below((unsigned)length);

			if (random_below(3))
				text[at] = bytes[random_below(sizeof bytes - 1)];
			else if (random_below(2))
				length = at + 1;
			else
				memmove(text + at, text + at + 1, --length - at);
		}
		assert_survives(text, length);
	}
}

static void test_deep_and_long_files(void **state)
{
	static const char *const pieces[] = {
		"{ ", "dport { ", "gateway x { ", "not ", "\"", "/ ", "\\\n", "group a { b ", "set s port { ",
		"}",  "tcp ",     "x\\\"",        "via ", ",",
		"gateway x {\ntcp\n", "host {\ntcp\n", "group a {\nset\n"};
	size_t room = 200000;
	char *text = malloc(room + 32);

	(void)state;
	for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++) {
		size_t length = 0;

		while (length < room)
			length += (size_t)sprintf(text + length, "%s", pieces[i]);
		assert_survives(text, length);
	}
	free(text);
}

/* Rules of single values are compared by hash, however many there are. */
static void test_many_rules(void **state)
{
	char *text = malloc(64 * 20002), *at = text;
	struct loaded loaded;

	(void)state;
	for (unsigned i = 0; i < 20000; i++)
		at += sprintf(at, "tcp daddr 10.0.%u.%u dport 80 main\n", i >> 8, i & 255);
	strcpy(at, "daddr 10.0.5.5 tcp dport 80 drop");
	loaded = load(text);
	assert_int_equal(diags_count(loaded.diags, SEVERITY_ERROR), 1);
	assert_int_equal(span_place(diags_at(loaded.diags, 0)->span).line, 20001);
	assert_int_equal(span_place(diags_at(loaded.diags, 0)->other).line, 5 * 256 + 5 + 1);
	free_all(&loaded);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_directory_is_one_text, make_directory, remove_directory),
		cmocka_unit_test_setup_teardown(test_all_errors_of_all_files, make_directory, remove_directory),
		cmocka_unit_test_setup_teardown(test_utf16_is_told, make_directory, remove_directory),
		cmocka_unit_test_setup_teardown(test_nothing_there, make_directory, remove_directory),
		cmocka_unit_test(test_numbers_are_chosen),
		cmocka_unit_test(test_groups),
		cmocka_unit_test(test_options),
		cmocka_unit_test(test_cheapest_match_first),
		cmocka_unit_test(test_ruleset_outlives_files),
		cmocka_unit_test(test_print_reads_back),
		cmocka_unit_test(test_shadowed_rules_are_never_reached),
		cmocka_unit_test(test_mangled_files),
		cmocka_unit_test(test_deep_and_long_files),
		cmocka_unit_test(test_many_rules),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
