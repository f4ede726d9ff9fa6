/* SPDX-License-Identifier: GPL-2.0-or-later
 * test_hooks.c - the text of the firewall rules, and the run of other programs; what the kernel makes of the rules
 * is tested in tests/e2e/hooks.bats
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "flowtable.h"
#include "hooks_backend.h"
#include "iptables_text.h"
#include "program.h"

static struct gateway gateways[] = {
	{.name = "vpn", .mark = 0x90000, .device = "tun0", .masquerade = true, .family = {{FAMILY_YES}, {FAMILY_YES}}},
	{.name = "lte", .mark = 0x20000, .device = "wwan0", .family = {{FAMILY_YES}, {FAMILY_YES}}},
};

static struct ruleset ruleset_of(uint32_t mask)
{
	struct ruleset ruleset = {.gateways = gateways,
				  .gateway_count = 2,
				  .options = {.local = true, .forward = true}};

	assert_true(marks_layout(&ruleset.marks, mask));
	return ruleset;
}

/* To be freed. */
static char *printed(enum hooks_backend backend, const struct ruleset *ruleset, unsigned last)
{
	char *text = NULL;
	size_t length;
	FILE *out = open_memstream(&text, &length);

	assert_non_null(out);
	hooks_print(out, backend, ruleset, (struct hooks_queues){0, last});
	assert_int_equal(fclose(out), 0);
	return text;
}

static bool prints(enum hooks_backend backend, const struct ruleset *ruleset, unsigned last, const char *wanted)
{
	char *text = printed(backend, ruleset, last);
	bool found = strstr(text, wanted);

	free(text);
	return found;
}

static void every_value_once(void **state)
{
	struct ruleset ruleset = ruleset_of(0xff0000);
	const uint32_t wanted[] = {0x90000, 0x20000, 0xff0000, 0x7e0000, 0x7d0000, 0};

	(void)state;
	for (unsigned i = 0; i < sizeof wanted / sizeof *wanted; i++)
		assert_int_equal(hooks_value(&ruleset, i), wanted[i]);
}

/* Calls back with the number behind each occurrence of word. */
static unsigned numbers_behind(const char *text, const char *word,
			       void (*check)(uint32_t number, const char *rest))
{
	unsigned count = 0;

	for (const char *at = text; (at = strstr(at, word)); count++) {
		char *end;
		uint32_t number = (uint32_t)strtoul(at + strlen(word), &end, 16);

		check(number, end);
		at = end;
	}
	return count;
}

static void inside(uint32_t number, const char *rest)
{
	(void)rest;
	assert_int_equal(number & ~0xff0000U, 0);
}

static void keeps_the_rest(uint32_t number, const char *rest)
{
	(void)rest;
	assert_int_equal(number | 0xff0000U, 0xffffffff);
}

static void xmark_inside(uint32_t number, const char *rest)
{
	assert_int_equal(number & ~0xff0000U, 0);
	assert_int_equal(*rest, '/');
	assert_int_equal(strtoul(rest + 1, NULL, 16), 0xff0000);
}

static void iptables_writes_only_our_bits(void **state)
{
	struct ruleset ruleset = ruleset_of(0xff0000);
	char *text = printed(HOOKS_IPTABLES, &ruleset, 0);

	(void)state;
	assert_int_equal(numbers_behind(text, "--set-xmark ", xmark_inside), 5 + 3 + 2 * 2 * 2 + 2 * 2 + 1);
	assert_true(numbers_behind(text, "--ctmask ", inside) >= 11);
	assert_true(numbers_behind(text, "--nfmask ", inside) >= 11);
	assert_null(strstr(text, "--set-mark"));
	free(text);
}

static void nft_writes_only_our_bits(void **state)
{
	struct ruleset ruleset = ruleset_of(0xff0000);
	char *text = printed(HOOKS_NFT, &ruleset, 0);

	(void)state;
	/* each assignment keeps the rest, adds a bit, or copies ours where there is no rest */
	assert_true(numbers_behind(text, "meta mark set meta mark and ", keeps_the_rest) >= 4);
	assert_int_equal(numbers_behind(text, "meta mark set meta mark or ", inside), 7 + 2 /* gateways */);
	assert_int_equal(numbers_behind(text, "ct mark set ct mark or ", inside), 8 + 2 /* gateways */);
	assert_int_equal(numbers_behind(text, "0xff00ffff == 0x0 meta mark set ct mark and ", inside), 1);
	assert_int_equal(numbers_behind(text, "0xff00ffff == 0x0 ct mark set meta mark and ", inside), 1);
	free(text);
}

static void queues_always_bypass(void **state)
{
	struct ruleset ruleset = ruleset_of(0xff0000);

	(void)state;
	assert_true(prints(HOOKS_NFT, &ruleset, 0, "queue flags bypass to 0\n"));
	assert_true(prints(HOOKS_NFT, &ruleset, 3, "queue flags bypass to 0-3\n"));
	assert_true(prints(HOOKS_IPTABLES, &ruleset, 0, "--queue-num 0 --queue-bypass\n"));
	assert_true(prints(HOOKS_IPTABLES, &ruleset, 3, "--queue-balance 0:3 --queue-bypass\n"));
}

static unsigned count(const char *text, const char *word)
{
	unsigned found = 0;

	for (; (text = strstr(text, word)); text++)
		found++;
	return found;
}

static void options_switch_the_entries(void **state)
{
	static const char *const entries[] = {
		"goto steer\n", "-g NFQROUTE_STEER\n"};
	struct ruleset ruleset = ruleset_of(0xff0000);

	(void)state;
	for (enum hooks_backend backend = 0; backend < HOOKS_BACKENDS; backend++)
		for (unsigned on = 0; on < 4; on++) {
			char *text;

			ruleset.options.local = on & 1;
			ruleset.options.forward = on & 2;
			text = printed(backend, &ruleset, 0);
			assert_int_equal(count(text, entries[backend]), (on & 1) + (on >> 1));
			free(text);
		}
}

/* To be freed. */
static char *flowtable_of(const struct ruleset *ruleset)
{
	char *text = NULL;
	size_t length;
	FILE *out = open_memstream(&text, &length);

	assert_non_null(out);
	flowtable_print(out, ruleset);
	assert_int_equal(fclose(out), 0);
	return text;
}

static void a_flowtable_takes_what_is_decided(void **state)
{
	static const char *const rules[] = {"\t\tmeta mark 0x0 ct mark and 0xff0000 == 0xff0000 ",
					    "\t\tmeta mark 0x90000 ct mark and 0xff0000 == 0x90000 ",
					    "\t\tmeta mark 0x20000 ct mark and 0xff0000 == 0x20000 "};
	struct ruleset ruleset = ruleset_of(0xff0000);
	char *text;

	(void)state;
	ruleset.options.flowtable = ruleset.options.hooks = true;
	text = flowtable_of(&ruleset);
	assert_int_equal(count(text, "flow add @decided"), 3);
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(count(text, rules[i]), 1);
	assert_int_equal(count(text, " ct state established fib saddr . mark oif . iif { "), 3);
	assert_int_equal(count(text, "proto-dst 53"), 0);
	free(text);
}

static void a_flowtable_leaves_dns_that_is_read(void **state)
{
	struct ruleset ruleset = ruleset_of(0xff0000);
	char *text;

	(void)state;
	ruleset.options.flowtable = ruleset.options.hooks = true;
	ruleset.options.dns = ruleset.options.learned = true;
	text = flowtable_of(&ruleset);
	assert_true(strstr(text, "ct original proto-dst 53 accept\n") < strstr(text, "flow add"));
	free(text);
}

static void a_flowtable_is_there_when_wanted(void **state)
{
	struct ruleset ruleset = ruleset_of(0xff0000);

	(void)state;
	for (unsigned on = 0; on < 8; on++) {
		char *text;

		ruleset.options.flowtable = on & 1;
		ruleset.options.hooks = on & 2;
		ruleset.options.forward = on & 4;
		text = flowtable_of(&ruleset);
		assert_int_equal(*text != '\0', on == 7);
		free(text);
	}
}

static void masquerades_by_mark_and_device(void **state)
{
	struct ruleset ruleset = ruleset_of(0xff0000);

	(void)state;
	assert_true(
		prints(HOOKS_NFT, &ruleset, 0, "meta mark and 0x7f0000 == 0x90000 oifname \"tun0\" masquerade\n"));
	assert_true(
		prints(HOOKS_IPTABLES, &ruleset, 0, "-o tun0 -m mark --mark 0x90000/0x7f0000 -j MASQUERADE\n"));
	ruleset.gateways++;
	ruleset.gateway_count = 1;
	assert_false(prints(HOOKS_NFT, &ruleset, 0, "masquerade"));
	assert_false(prints(HOOKS_IPTABLES, &ruleset, 0, "*nat"));
}

/* A name that means more than itself, in one of the languages, never gets into the text. */
static void strange_device_names_stay_out(void **state)
{
	static const char *const strange[] = {"tun\" drop;", "tun+", "tun*", "a;b", "a\nCOMMIT", "$(x)", "a\\b"};
	struct gateway gateway = {.name = "vpn", .mark = 0x90000, .masquerade = true};
	struct ruleset ruleset = ruleset_of(0xff0000);

	(void)state;
	ruleset.gateways = &gateway;
	ruleset.gateway_count = 1;
	assert_true(hooks_plain_device("br-lan.100@x_1"));
	for (size_t i = 0; i < sizeof strange / sizeof *strange; i++) {
		strcpy(gateway.device, strange[i]);
		assert_false(hooks_plain_device(gateway.device));
		for (enum hooks_backend backend = 0; backend < HOOKS_BACKENDS; backend++)
			assert_false(prints(backend, &ruleset, 0, gateway.device));
		assert_true(prints(HOOKS_NFT, &ruleset, 0, "0x90000 masquerade\n"));
		assert_true(prints(HOOKS_IPTABLES, &ruleset, 0,
				   "POSTROUTING -m mark --mark 0x90000/0x7f0000 -j MASQ"));
	}
}

/* In nft a chain that is written twice is one with the rules of both: that is meant of some only. */
static void no_chain_is_written_twice(void **state)
{
	static const char shared[] =
		" prerouting output settle_forward settle_input settle_output settle_postrouting reply ";
	struct ruleset ruleset = ruleset_of(0xff0000);
	static char line[256];
	char *text;

	(void)state;
	ruleset.options.learned = ruleset.options.dns = true;
	text = printed(HOOKS_NFT, &ruleset, 0);
	for (const char *at = text; (at = strstr(at, "\tchain ")); at++) {
		char name[32], word[34];

		snprintf(line, sizeof line, "%.*s", (int)strcspn(at, "\n") + 1, at);
		assert_int_equal(sscanf(line, "\tchain %31s {", name), 1);
		snprintf(word, sizeof word, " %s ", name);
		if (!strstr(shared, word))
			assert_int_equal(count(text, line), 1);
	}
	free(text);
}

static char *filled(const struct ruleset *ruleset, unsigned parts, const char *saved)
{
	const struct hooks_plan plan = {.ruleset = ruleset};
	char *text = NULL;
	size_t length;
	FILE *out = open_memstream(&text, &length);

	assert_non_null(out);
	iptables_text_fill(out, &plan, parts, saved);
	assert_int_equal(fclose(out), 0);
	return text;
}

/* What an earlier run or version left goes in the same step as what comes; what is not ours stays. */
static void leftovers_go(void **state)
{
	static const char saved[] =
		"*nat\n:POSTROUTING ACCEPT [0:0]\n:NFQROUTE_OLD - [0:0]\n:NFQROUTE_POSTROUTING - [0:0]\n"
		"-A POSTROUTING -j NFQROUTE_OLD\n-A POSTROUTING -m comment --comment NFQROUTE_X -j RETURN\n"
		"-A NFQROUTE_OLD -j NFQROUTE_POSTROUTING\nCOMMIT\n"
		"*raw\n:OUTPUT ACCEPT [0:0]\nCOMMIT\n";
	struct ruleset ruleset = ruleset_of(0xff0000);
	char *text = filled(&ruleset, ~0U, saved);
	const char *nat = strstr(text, "*nat\n");

	(void)state;
	assert_non_null(nat);
	assert_non_null(strstr(nat, "\n:NFQROUTE_POSTROUTING - [0:0]\n-D POSTROUTING -j NFQROUTE_OLD\n"
				    "-F NFQROUTE_OLD\n-X NFQROUTE_OLD\n-I POSTROUTING -j NFQROUTE_POSTROUTING\n"));
	free(text);
	text = filled(&ruleset, 0, saved);
	assert_string_equal(text,
			    "*nat\n-D POSTROUTING -j NFQROUTE_OLD\n-F NFQROUTE_OLD\n-F NFQROUTE_POSTROUTING\n"
			    "-X NFQROUTE_OLD\n-X NFQROUTE_POSTROUTING\nCOMMIT\n");
	free(text);
	text = filled(&ruleset, 0, NULL);
	assert_string_equal(text, "");
	free(text);
}

/* A kernel that lacks what some parts need, and what it was last given. */
struct kernel {
	unsigned lacks, loaded;
};

static bool load(void *ctx, const struct hooks_plan *plan, unsigned parts, char *error, size_t size)
{
	struct kernel *kernel = ctx;

	(void)plan;
	kernel->loaded = parts;
	snprintf(error, size, "no such target");
	return !(parts & kernel->lacks);
}

static void what_the_kernel_lacks_is_left_out(void **state)
{
	const struct gateway checked = {
		.name = "vpn", .device = "tun0", .mark = 0x90000, .check_count = 1, .check_mark = 0x7b0000};
	const struct group safe = {.name = "safe", .shut = true};
	const struct rule everything = {.action = ACTION_VIA, .to_group = true};
	struct ruleset ruleset = ruleset_of(0xff0000);
	const struct hooks_plan plan = {
		.ruleset = &ruleset, .masquerade = true, .moves = true, .timestamps = true, .replies = true, .returns = true};
	unsigned all;
	char error[64];

	(void)state;
	ruleset.gateways = &checked;
	ruleset.gateway_count = 1;
	ruleset.groups = &safe;
	ruleset.rules = &everything;
	ruleset.group_count = ruleset.rule_count = 1;
	ruleset.options.learned = ruleset.options.dns = true;
	all = hooks_wanted(&plan);
	for (unsigned i = 0; hook_parts[i]; i++) {
		struct kernel kernel = {.lacks = 1U << i};
		unsigned parts = 0;
		bool loaded = hooks_load_best(&plan, load, &kernel, "", &parts, error, sizeof error);

		assert_true(all & 1U << i);
		assert_int_equal(loaded, hook_parts[i]->name != NULL);
		if (loaded) {
			assert_int_equal(parts, all & ~kernel.lacks);
			assert_int_equal(kernel.loaded, parts);
		}
	}
}

static void programs_get_input_and_give_output(void **state)
{
	static char input[1 << 20]; /* more than any pipe holds, both ways */
	const char *const cat[] = {"cat", NULL};
	const char *const sh[] = {"sh", "-c", "echo out; echo err >&2; read x || exit 7", NULL};
	const char *const killed[] = {"sh", "-c", "kill -9 $$", NULL};
	const char *const none[] = {"nfqroute-no-such-program", NULL};
	struct program_result result;

	(void)state;
	memset(input, 'x', sizeof input - 1);
	assert_int_equal(program_run(cat, input, &result), 0);
	assert_int_equal(result.status, 0);
	assert_string_equal(result.output, input);
	program_result_free(&result);

	assert_int_equal(program_run(sh, NULL, &result), 0);
	assert_int_equal(result.status, 7);
	assert_string_equal(result.output, "out\n");
	assert_string_equal(result.errors, "err\n");
	program_result_free(&result);

	assert_int_equal(program_run(killed, NULL, &result), 0);
	assert_int_equal(result.status, 128 + 9);
	program_result_free(&result);

	assert_int_equal(program_run(none, NULL, &result), ENOENT);
	program_result_free(&result);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_value_once),
		cmocka_unit_test(iptables_writes_only_our_bits),
		cmocka_unit_test(nft_writes_only_our_bits),
		cmocka_unit_test(queues_always_bypass),
		cmocka_unit_test(options_switch_the_entries),
		cmocka_unit_test(a_flowtable_takes_what_is_decided),
		cmocka_unit_test(a_flowtable_leaves_dns_that_is_read),
		cmocka_unit_test(a_flowtable_is_there_when_wanted),
		cmocka_unit_test(masquerades_by_mark_and_device),
		cmocka_unit_test(strange_device_names_stay_out),
		cmocka_unit_test(no_chain_is_written_twice),
		cmocka_unit_test(leftovers_go),
		cmocka_unit_test(what_the_kernel_lacks_is_left_out),
		cmocka_unit_test(programs_get_input_and_give_output),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
