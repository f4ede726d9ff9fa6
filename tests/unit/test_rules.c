/* SPDX-License-Identifier: GPL-2.0-or-later
 * test_rules.c - the one-line vectors of tests/rules/
 *
 *	RULES <= PACKET => VERDICT      what the rules say about a packet
 *	RULES => LINE:COLUMN MESSAGE    every error in them, several joined by " && "
 *
 * Behind the rules come two gateways, vpn and lte, and a group, any. In RULES "\n" is a newline. PACKET is words
 * such as tcp, dport=443, host=www.example.com; "open" leaves all other facts open. VERDICT is what check --print
 * would write, or none; "more" stands before it while an earlier rule is undecided. Every vector's rules are also
 * printed and read again, which must give the same text and the same verdict.
 */
#include <arpa/inet.h>
#include <ctype.h>
#include <glob.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "classifier.h"
#include "load.h"

#define PRELUDE "\ngateway vpn { address 192.0.2.1 }\ngateway lte { device lte0 }\ngroup any { vpn then lte }\n"

#define VECTOR "tests/rules/vector.rules" /* list files are found from here */

struct packet_text {
	struct packet packet;
	struct facts facts;
	uint8_t data[2048];
	size_t length;
	bool open;
};

static struct key address(const char *text)
{
	uint8_t bytes[16];

	if (inet_pton(AF_INET, text, bytes) == 1)
		return key_from_ipv4(bytes);
	if (inet_pton(AF_INET6, text, bytes) == 1)
		return key_from_ipv6(bytes);
	fprintf(stderr, "not an address: %s\n", text);
	exit(1);
}

static const struct app *app_by_name(const char *name)
{
	for (size_t i = 0; classifiers[i]; i++)
		for (const struct app *const *app = classifiers[i]->apps; *app; app++)
			if (strcmp((*app)->name, name) == 0)
				return *app;
	fprintf(stderr, "no app: %s\n", name);
	exit(1);
}

/* "\x13" and "\s" (a blank) in the text of payloads. */
static size_t unescape(const char *text, uint8_t *to)
{
	size_t len = 0;

	for (; *text; text++) {
		unsigned byte = (unsigned char)*text;

		if (text[0] == '\\' && text[1] == 'x' && sscanf(text + 2, "%2x", &byte) == 1)
			text += 3;
		else if (text[0] == '\\' && text[1] == 's' && text++)
			byte = ' ';
		to[len++] = (uint8_t)byte;
	}
	return len;
}

static void set_number(struct packet *packet, const char *name, const char *value)
{
	unsigned long number = strtoul(value, NULL, 0);

	if (!strcmp(name, "sport"))
		packet->sport = (uint16_t)number;
	else if (!strcmp(name, "dport"))
		packet->dport = (uint16_t)number;
	else if (!strcmp(name, "dscp"))
		packet->origin.dscp = (uint8_t)number;
	else if (!strcmp(name, "proto"))
		packet->proto = (uint8_t)number;
	else if (!strcmp(name, "uid")) {
		packet->origin.uid = (uint32_t)number;
		packet->origin.has_uid = true;
	} else if (!strcmp(name, "gid")) {
		packet->origin.gid = (uint32_t)number;
		packet->origin.has_gid = true;
	} else if (!strcmp(name, "mac")) {
		packet->origin.mac = strtoull(value, NULL, 16);
		packet->origin.has_mac = true;
	} else {
		fprintf(stderr, "unknown word in a packet: %s\n", name);
		exit(1);
	}
}

static void set_value(struct packet_text *text, const char *name, const char *value)
{
	if (!strcmp(name, "src"))
		text->packet.src = address(value);
	else if (!strcmp(name, "dst"))
		text->packet.dst = address(value);
	else if (!strcmp(name, "iif"))
		text->packet.origin.iif = key_from_device(value);
	else if (!strcmp(name, "oif"))
		text->packet.origin.oif = key_from_device(value);
	else if (!strcmp(name, "app"))
		facts_set_app(&text->facts, app_by_name(value));
	else if (!strcmp(name, "host"))
		facts_set_host(&text->facts, value, strlen(value));
	else if (!strcmp(name, "alpn"))
		facts_set_text(&text->facts, FACT_ALPN, value, strlen(value));
	else if (!strcmp(name, "path"))
		facts_set_text(&text->facts, FACT_PATH, value, strlen(value));
	else if (!strcmp(name, "ech"))
		facts_set_ech(&text->facts, !strcmp(value, "yes"));
	else if (!strcmp(name, "data"))
		text->length = unescape(value, text->data);
	else
		set_number(&text->packet, name, value);
}

static void set_word(struct packet_text *text, char *word)
{
	static const struct {
		const char *name;
		uint8_t proto;
		bool ports;
	} protos[] = {{"tcp", IPPROTO_TCP, true},
		      {"udp", IPPROTO_UDP, true},
		      {"sctp", IPPROTO_SCTP, true},
		      {"icmp", IPPROTO_ICMP, false},
		      {"icmpv6", IPPROTO_ICMPV6, false}};
	char *equals = strchr(word, '=');

	if (equals) {
		*equals = 0;
		set_value(text, word, equals + 1);
		return;
	}
	if (!strcmp(word, "open")) {
		text->open = true;
		return;
	}
	for (size_t i = 0; i < sizeof protos / sizeof *protos; i++) {
		if (strcmp(word, protos[i].name) != 0)
			continue;
		text->packet.proto = protos[i].proto;
		text->packet.has_ports = protos[i].ports;
		return;
	}
	fprintf(stderr, "unknown word in a packet: %s\n", word);
	exit(1);
}

static void read_packet(struct packet_text *text, const char *words)
{
	char *copy = strdup(words), *save = NULL;

	memset(text, 0, sizeof *text);
	text->packet.src = address("198.51.100.1");
	text->packet.dst = address("203.0.113.1");
	for (char *word = strtok_r(copy, " ", &save); word; word = strtok_r(NULL, " ", &save))
		set_word(text, word);
	if (!text->open)
		text->facts.closed = FACTS_ALL;
	free(copy);
}

static void verdict_text(const struct ruleset *ruleset, const struct packet_text *text, char *out, size_t size)
{
	struct subject subject = {.packet = &text->packet,
				  .facts = &text->facts,
				  .client = reader_over(text->data, text->length, text->open)};
	struct ruling ruling = ruleset_eval(ruleset, &subject);
	const struct rule *rule = ruling.rule;
	const char *target = "";

	if (rule && rule->action == ACTION_VIA)
		target =
			rule->to_group ? ruleset->groups[rule->target].name : ruleset->gateways[rule->target].name;
	snprintf(out, size, "%s%s%s%s", ruling.open ? "more " : "", rule ? action_name(rule->action) : "none",
		 *target ? " " : "", target);
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

/* All errors ahead of the prelude. */
static void errors_text(const struct loaded *loaded, unsigned lines, char *out, size_t size)
{
	size_t used = 0;

	out[0] = 0;
	for (size_t i = 0; i < diags_total(loaded->diags) && used < size; i++) {
		const struct diag *diag = diags_at(loaded->diags, i);
		struct place place = span_place(diag->span);

		const char *path = diag->span.source ? diag->span.source->path : "";
		bool listed = strcmp(path, VECTOR) != 0;

		if (!listed && place.line > lines)
			continue;
		used += (size_t)snprintf(out + used, size - used, "%s%s%s%u:%u %s%s%s%s%s", used ? " && " : "",
					 listed ? strrchr(path, '/') + 1 : "", listed ? ":" : "", place.line,
					 place.column, diag->severity == SEVERITY_WARNING ? "warning: " : "",
					 diag->message, diag->hint ? " (" : "", diag->hint ? diag->hint : "",
					 diag->hint ? ")" : "");
	}
}

static void check_verdict(const struct loaded *loaded, const char *packet, char *got, size_t size)
{
	struct packet_text text;
	struct loaded again;
	char second[256] = "not loaded", *first_print, *second_print;

	read_packet(&text, packet);
	verdict_text(loaded->ruleset, &text, got, size);
	first_print = printed(loaded);
	again = load_text("again.rules", first_print, strlen(first_print));
	if (again.ruleset)
		verdict_text(again.ruleset, &text, second, sizeof second);
	second_print = printed(&again);
	if (strcmp(got, second) != 0)
		snprintf(got, size, "printed and read again: %s", second);
	else if (strcmp(first_print, second_print) != 0)
		snprintf(got, size, "printed twice, not the same:\n%s\n%s", first_print, second_print);
	free(first_print);
	free(second_print);
	ruleset_free(again.ruleset);
	loaded_free(&again);
}

static char *trim(char *text)
{
	while (isspace((unsigned char)*text))
		text++;
	for (size_t len = strlen(text); len && isspace((unsigned char)text[len - 1]); len--)
		text[len - 1] = 0;
	return text;
}

/* "\n" as a newline; returns the number of lines. */
static unsigned unfold(char *text)
{
	unsigned lines = 1;
	char *to = text;

	for (; *text; text++, to++) {
		*to = *text;
		if (text[0] != '\\' || text[1] != 'n')
			continue;
		*to = '\n';
		text++;
		lines++;
	}
	*to = 0;
	return lines;
}

static bool run_vector(char *line, char *got, size_t size, const char **expected)
{
	char *arrow = strstr(line, "=>"), *packet = strstr(line, "<="), *text = NULL;
	struct loaded loaded;
	unsigned lines;

	*expected = arrow ? trim(arrow + 2) : "an arrow in the vector";
	if (arrow)
		*arrow = 0;
	if (packet)
		*packet = 0;
	line = trim(line);
	lines = unfold(line);
	if (asprintf(&text, "%s%s", line, PRELUDE) < 0)
		exit(1);
	loaded = load_text(VECTOR, text, strlen(text));
	if (packet && loaded.ruleset)
		check_verdict(&loaded, packet + 2, got, size);
	else
		errors_text(&loaded, lines, got, size);
	ruleset_free(loaded.ruleset);
	loaded_free(&loaded);
	free(text);
	return strcmp(got, *expected) == 0;
}

static unsigned run_file(const char *path, unsigned number, bool *good)
{
	FILE *file = fopen(path, "re");
	char line[4096], shown[4096], got[8192];
	const char *expected;

	for (unsigned at = 1; file && fgets(line, sizeof line, file); at++) {
		bool passed;

		if (line[0] == '#' || line[0] == '\n')
			continue;
		snprintf(shown, sizeof shown, "%s", trim(line));
		passed = run_vector(line, got, sizeof got, &expected);
		printf("%sok %u - %s:%u\n", passed ? "" : "not ", ++number, path, at);
		if (!passed)
			printf("# %s\n# got:      %s\n# expected: %s\n", shown, got, expected);
		*good &= passed;
	}
	if (file)
		fclose(file);
	return number;
}

int main(int argc, char **argv)
{
	unsigned number = 0;
	bool good = true;
	glob_t files;

	if (glob(argc > 1 ? argv[1] : "tests/rules/*.t", 0, NULL, &files) != 0) {
		puts("Bail out! no vectors: run it where tests/rules is");
		return 1;
	}
	for (size_t i = 0; i < files.gl_pathc; i++)
		number = run_file(files.gl_pathv[i], number, &good);
	globfree(&files);
	printf("1..%u\n", number);
	return !good;
}
