/* SPDX-License-Identifier: GPL-2.0-or-later
 * state.c - what undecided connections take, in memory and in time, up to where the table is full and beyond
 *
 * usage: state [FLOWS=100000] [CONNECTIONS=1000000]
 *
 * TCP connections that stay undecided: a rule asks for a name, and of each connection only the SYN and a segment
 * come that begins a ClientHello. The engine has room for FLOWS; CONNECTIONS pass through it, in steps of a tenth.
 * Memory is the resident set's growth; the bytes that are kept of what the clients have sent are counted apart.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "engine_private.h"
#include "load.h"

enum { STEPS = 10, HELLO = 200 };

static uint64_t clock_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

static size_t resident(void)
{
	unsigned long size = 0, pages = 0;
	FILE *file = fopen("/proc/self/statm", "r");

	if (file && fscanf(file, "%lu %lu", &size, &pages) != 2)
		pages = 0;
	if (file)
		fclose(file);
	return pages * (size_t)sysconf(_SC_PAGESIZE);
}

static struct ruleset *rules_for(uint32_t flows)
{
	char text[512];
	int length = snprintf(text, sizeof text,
			      "option flows %u\noption buffer-memory %u\ngateway vpn { device tun0 }\n"
			      "tcp dport 443 host .example late leave via vpn\n",
			      flows, flows / 2 * 1024 + (64U << 20));
	struct loaded loaded = load_text("state.rules", text, (size_t)length);
	struct ruleset *ruleset = loaded.ruleset;

	if (!ruleset)
		diags_print(loaded.diags, stderr, false);
	loaded_free(&loaded);
	return ruleset;
}

static struct packet segment(uint64_t n, uint8_t flags, const uint8_t *payload, uint32_t length)
{
	return (struct packet){.family = AF_INET,
			       .proto = IPPROTO_TCP,
			       .src = key_of(0xffff0a000000 + (n >> 15)),
			       .dst = key_of(0xffffc6336401),
			       .has_ports = true,
			       .sport = (uint16_t)(1024 + (n & 0x7fff)),
			       .dport = 443,
			       .tcp_flags = flags,
			       .seq = flags & TCP_SYN ? 1000 : 1001,
			       .payload = payload,
			       .payload_length = length,
			       .payload_wire_length = length,
			       .id = (uint32_t)n};
}

static void connect_one(struct engine *engine, struct verdict *verdicts, uint64_t n, uint64_t now)
{
	/* a record of 512 bytes, a ClientHello of 508, of which these are the first: its extensions begin with
	 * padding */
	static const uint8_t hello[HELLO] = {22, 3,    1, 2, 0, 1, 0,    1, 252, 3, 3,   [44] = 0,
					     2,  0x13, 1, 1, 0, 1, 0xd1, 0, 21,  1, 0xc0};
	struct packet syn = segment(n, TCP_SYN, NULL, 0), data = segment(n, TCP_ACK, hello, HELLO);

	engine_packet(engine, &syn, PACKET_OK, now, verdicts);
	engine_packet(engine, &data, PACKET_OK, now, verdicts);
}

int main(int argc, char **argv)
{
	uint32_t flows = argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 10) : 100000;
	uint64_t connections = argc > 2 ? strtoul(argv[2], NULL, 10) : 1000000, n = 0, now = 1;
	struct ruleset *ruleset = rules_for(flows);
	size_t before = resident();
	struct engine *engine = ruleset ? engine_new(ruleset, &(struct engine_config){.seed = 1}) : NULL;
	struct verdict *verdicts = engine ? calloc(engine_verdicts_max(engine), sizeof *verdicts) : NULL;

	if (!verdicts) {
		fputs("state: no memory, or no rules\n", stderr);
		return 1;
	}
	printf("room for %u undecided connections, %zu bytes each in the table\n", flows, sizeof(struct flow));
	printf("%12s %12s %14s %16s %16s\n", "connections", "evicted", "ns a packet", "resident, bytes",
	       "of that kept data");
	for (int step = 1; step <= STEPS; step++) {
		uint64_t begun = clock_now(), first = n;

		for (; n < connections * (uint64_t)step / STEPS; n++)
			connect_one(engine, verdicts, n, now += 1000);
		printf("%12llu %12llu %14.1f %16zu %16zu\n", (unsigned long long)n,
		       (unsigned long long)engine_counters(engine)->evicted,
		       (double)(clock_now() - begun) / (double)(n - first) / 2, resident() - before,
		       pool_used(engine->pool));
		if (step == 1 && n >= flows)
			printf("  bytes an undecided connection: %.0f, and %.0f of data\n",
			       (double)(resident() - before - pool_used(engine->pool)) / flows,
			       (double)pool_used(engine->pool) / flows);
	}
	engine_free(engine);
	ruleset_free(ruleset);
	free(verdicts);
	return 0;
}
