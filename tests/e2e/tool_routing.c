/* SPDX-License-Identifier: GPL-2.0-or-later
 * tool_routing.c - nfq/io/routing.h by commands from standard input, for tests/e2e/routing.bats
 *
 * One command a line, answered by one or more lines and the word "done":
 *   gateway NAME KEY=VALUE...   adds one to the next ruleset: table, mark, priority, device, hop4, hop6, ipv4,
 * ipv6 (auto, yes, unreachable, main), onlink apply | prune | remove      as the functions are called state NAME
 * ipv4 up|down ipv6 up|down device NAME                 the name found for its index Ends at the end of input or
 * by SIGTERM, and removes nothing by itself.
 */
#include <arpa/inet.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "routing.h"

#define GATEWAYS_MAX 64

struct driver {
	struct routing *routing;
	struct ruleset *current, *next;
	struct gateway gateways[GATEWAYS_MAX]; /* of next */
	unsigned count;
};

static struct ruleset *new_ruleset(void)
{
	struct ruleset *ruleset = ruleset_observe();

	if (!ruleset)
		exit(2);
	return ruleset;
}

static enum family_policy policy_of(const char *word)
{
	static const char *const words[] = {[FAMILY_AUTO] = "auto",
					    [FAMILY_YES] = "yes",
					    [FAMILY_UNREACHABLE] = "unreachable",
					    [FAMILY_MAIN] = "main"};

	for (unsigned i = 0; i < sizeof words / sizeof words[0]; i++) {
		if (!strcmp(words[i], word))
			return (enum family_policy)i;
	}
	fprintf(stderr, "no policy: %s\n", word);
	exit(2);
}

static void set_hop(struct gateway *gateway, enum family family, const char *text)
{
	uint8_t bytes[16];

	if (inet_pton(family == FAMILY_IPV4 ? AF_INET : AF_INET6, text, bytes) != 1) {
		fprintf(stderr, "no address: %s\n", text);
		exit(2);
	}
	gateway->family[family].has_hop = true;
	gateway->family[family].hop = family == FAMILY_IPV4 ? key_from_ipv4(bytes) : key_from_ipv6(bytes);
}

static void set_value(struct driver *driver, struct gateway *gateway, const char *key, const char *value)
{
	if (!strcmp(key, "table"))
		gateway->table = (uint32_t)strtoul(value, NULL, 0);
	else if (!strcmp(key, "mark"))
		gateway->mark = (uint32_t)strtoul(value, NULL, 0);
	else if (!strcmp(key, "priority"))
		gateway->priority = (uint32_t)strtoul(value, NULL, 0);
	else if (!strcmp(key, "device"))
		strncpy(gateway->device, arena_text(driver->next->arena, value, strlen(value)),
			sizeof gateway->device - 1);
	else if (!strcmp(key, "hop4") || !strcmp(key, "hop6"))
		set_hop(gateway, key[3] == '4' ? FAMILY_IPV4 : FAMILY_IPV6, value);
	else if (!strcmp(key, "ipv4") || !strcmp(key, "ipv6"))
		gateway->family[key[3] == '4' ? FAMILY_IPV4 : FAMILY_IPV6].policy = policy_of(value);
	else if (!strcmp(key, "onlink"))
		gateway->onlink = true;
}

static void do_gateway(struct driver *driver, char *words)
{
	struct gateway *gateway = &driver->gateways[driver->count];
	char *rest = NULL, *word = strtok_r(words, " ", &rest);

	if (driver->count == GATEWAYS_MAX || !word)
		exit(2);
	driver->count++;
	*gateway = (struct gateway){.file = "10-test.rules", .line = driver->count};
	gateway->name = arena_text(driver->next->arena, word, strlen(word));
	while ((word = strtok_r(NULL, " ", &rest))) {
		char *value = strchr(word, '=');

		if (value)
			*value++ = '\0';
		set_value(driver, gateway, word, value ? value : "");
	}
}

static void do_apply(struct driver *driver, char *words)
{
	struct ruleset *next = driver->next;
	struct gateway *gateways = arena_array(next->arena, driver->count, sizeof *gateways);
	char error[512];

	(void)words;
	memcpy(gateways, driver->gateways, driver->count * sizeof *gateways);
	next->gateways = gateways;
	next->gateway_count = driver->count;
	if (routing_apply(driver->routing, next, error, sizeof error)) {
		ruleset_free(driver->current);
		driver->current = next;
		puts("applied");
	} else {
		ruleset_free(next);
		printf("error: %s\n", error);
	}
	driver->next = new_ruleset();
	driver->count = 0;
}

static void do_prune(struct driver *driver, char *words)
{
	(void)words;
	routing_prune(driver->routing);
}

static void do_remove(struct driver *driver, char *words)
{
	(void)words;
	routing_remove(driver->routing);
}

static void do_state(struct driver *driver, char *words)
{
	const struct gateway_state *state = routing_state(driver->routing);

	(void)words;
	for (unsigned i = 0; driver->current && i < driver->current->gateway_count; i++)
		printf("%s ipv4 %s ipv6 %s\n", driver->current->gateways[i].name,
		       state[i].up[FAMILY_IPV4] ? "up" : "down", state[i].up[FAMILY_IPV6] ? "up" : "down");
}

static void do_device(struct driver *driver, char *words)
{
	struct key key = routing_device(driver->routing, if_nametoindex(words));
	char name[17] = "";

	for (unsigned i = 0; i < 8; i++) {
		name[i] = (char)(key.high >> (56 - 8 * i));
		name[i + 8] = (char)(key.low >> (56 - 8 * i));
	}
	printf("device %s\n", name);
}

static void obey(struct driver *driver, char *line)
{
	static const struct {
		const char *name;
		void (*run)(struct driver *driver, char *words);
	} commands[] = {{"gateway", do_gateway}, {"apply", do_apply}, {"prune", do_prune},
			{"remove", do_remove},   {"state", do_state}, {"device", do_device}};
	char *words = strchr(line, ' ');

	if (words)
		*words++ = '\0';
	for (unsigned i = 0; i < sizeof commands / sizeof commands[0]; i++) {
		if (!strcmp(commands[i].name, line))
			commands[i].run(driver, words ? words : line + strlen(line));
	}
	puts("done");
	fflush(stdout);
}

/* Reads what is there and obeys each whole line; false at the end of input. */
static bool read_commands(struct driver *driver)
{
	static char buffer[8192];
	static size_t used;
	ssize_t got = read(STDIN_FILENO, buffer + used, sizeof buffer - used - 1);
	char *line = buffer, *end;

	if (got <= 0)
		return false;
	used += (size_t)got;
	buffer[used] = '\0';
	while ((end = strchr(line, '\n'))) {
		*end = '\0';
		obey(driver, line);
		line = end + 1;
	}
	used -= (size_t)(line - buffer);
	memmove(buffer, line, used);
	return true;
}

int main(void)
{
	struct driver driver = {.next = new_ruleset()};
	char error[512];
	bool more = true;

	driver.routing = routing_open(error, sizeof error);
	if (!driver.routing) {
		printf("error: %s\n", error);
		return 1;
	}
	puts("open");
	fflush(stdout);
	while (more) {
		struct pollfd fds[] = {{.fd = STDIN_FILENO, .events = POLLIN},
				       {.fd = routing_fd(driver.routing), .events = POLLIN}};

		if (poll(fds, 2, -1) < 0)
			break;
		if (fds[1].revents)
			routing_event(driver.routing);
		if (fds[0].revents)
			more = read_commands(&driver);
	}
	routing_close(driver.routing);
	ruleset_free(driver.current);
	ruleset_free(driver.next);
	return 0;
}
