/* SPDX-License-Identifier: GPL-2.0-or-later
 * metrics_text.c - the daemon's figures in the text format of Prometheus
 *
 * Names by https://prometheus.io/docs/practices/naming/: base units, _total for what only grows. Names of hosts are in
 * none of them.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "daemon_state.h"
#include "memory_text.h"
#include "metrics.h"
#include "queue_stat.h"

static void head(FILE *out, const char *name, const char *type, const char *help)
{
	fprintf(out, "# HELP nfqroute_%s %s\n# TYPE nfqroute_%s %s\n", name, help, name, type);
}

static void number(FILE *out, const char *name, const char *type, const char *help, uint64_t value)
{
	head(out, name, type, help);
	fprintf(out, "nfqroute_%s %" PRIu64 "\n", name, value);
}

/* A label's value, quoted. */
static void quote(FILE *out, const char *text)
{
	putc('"', out);
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			putc('\\', out);
		putc(*text == '\n' ? ' ' : *text, out);
	}
	putc('"', out);
}

static void put_daemon(FILE *out, const struct daemon *daemon)
{
	head(out, "build_info", "gauge", "The version that runs.");
	fputs("nfqroute_build_info{version=\"" NFQROUTE_VERSION "\"} 1\n", out);
	number(out, "start_time_seconds", "gauge", "When the daemon was started, since 1970.", (uint64_t)daemon->started);
	number(out, "paused", "gauge", "1 while nothing is decided.", daemon->paused);
	number(out, "rules", "gauge", "Rules in force.", daemon->ruleset->rule_count);
	number(out, "rules_generation", "gauge", "How often rules have been read.", daemon->ruleset->generation);
	number(out, "last_reload_successful", "gauge", "1 if the rules that were read last are in force.",
	       daemon->reload.good);
	number(out, "last_reload_timestamp_seconds", "gauge", "When rules were read last, since 1970.",
	       (uint64_t)daemon->reload.at);
}

static void put_gateways(FILE *out, const struct daemon *daemon)
{
	static const char *const families[FAMILY_COUNT] = {[FAMILY_IPV4] = "ipv4", [FAMILY_IPV6] = "ipv6"};
	const struct gateway_state *state = routing_state(daemon->routing);

	head(out, "gateway_up", "gauge", "1 if connections of the family can go by the gateway.");
	for (unsigned i = 0; i < daemon->ruleset->gateway_count; i++)
		for (enum family family = 0; family < FAMILY_COUNT; family++) {
			fputs("nfqroute_gateway_up{gateway=", out);
			quote(out, daemon->ruleset->gateways[i].name);
			fprintf(out, ",family=\"%s\"} %d\n", families[family], state[i].up[family] != 0);
		}
}

static void put_rules(FILE *out, const struct ruleset *ruleset, const struct rule_use *uses)
{
	head(out, "rule_hits_total", "counter", "Connections decided by the rule since the rules were read.");
	for (unsigned i = 0; i < ruleset->rule_count; i++) {
		fputs("nfqroute_rule_hits_total{rule=", out);
		quote(out, ruleset->rules[i].text);
		fprintf(out, "} %" PRIu64 "\n", uses[i].hits);
	}
}

/* One figure of every queue; the numbers lie in a table of queues, offset bytes into each. */
static void put_queues(FILE *out, const struct daemon *daemon, const struct counters *counters)
{
	static const struct {
		const char *name, *type, *help;
		size_t offset;
	} figures[] = {
		{"queue_packets_total", "counter", "Packets that the kernel has handed over.",
		 offsetof(struct worker_report, queue.packets)},
		{"queue_batches_total", "counter", "Receive calls that brought packets.",
		 offsetof(struct worker_report, queue.batches)},
		{"queue_passed_by_packets_total", "counter", "Packets let through undecided because the queue was full.",
		 offsetof(struct worker_report, queue.passed_by)},
		{"queue_held_packets", "gauge", "Packets held until more is known of their connection.",
		 offsetof(struct worker_report, held)},
	};

	for (size_t f = 0; f < sizeof figures / sizeof *figures; f++) {
		head(out, figures[f].name, figures[f].type, figures[f].help);
		for (unsigned i = 0; i < daemon->worker_count; i++)
			fprintf(out, "nfqroute_%s{queue=\"%u\"} %" PRIu64 "\n", figures[f].name,
				daemon->config->first + i,
				*(const uint64_t *)((const char *)&counters->queues[i] + figures[f].offset));
	}
}

static void put_kernel_queues(FILE *out, const struct daemon *daemon)
{
	struct queue_stat stat;

	head(out, "queue_waiting_packets", "gauge", "Packets in the kernel's queue.");
	for (unsigned n = daemon->config->first; n <= daemon->config->last; n++)
		if (queue_stat(n, &stat))
			fprintf(out, "nfqroute_queue_waiting_packets{queue=\"%u\"} %u\n", n, stat.waiting);
	head(out, "queue_dropped_packets_total", "counter", "Packets that the kernel has dropped, by reason.");
	for (unsigned n = daemon->config->first; n <= daemon->config->last; n++)
		if (queue_stat(n, &stat))
			fprintf(out,
				"nfqroute_queue_dropped_packets_total{queue=\"%u\",reason=\"full\"} %u\n"
				"nfqroute_queue_dropped_packets_total{queue=\"%u\",reason=\"unread\"} %u\n",
				n, stat.dropped_full, n, stat.dropped_unread);
}

static void put_decisions(FILE *out, const struct engine_counters *engine)
{
	static const char *const packets[] = {"1", "2", "3", "later"};

	head(out, "decisions_total", "counter", "Connections decided, by the packet at which they were.");
	for (size_t i = 0; i < 4; i++)
		fprintf(out, "nfqroute_decisions_total{packet=\"%s\"} %" PRIu64 "\n", packets[i], engine->decided[i]);
	head(out, "verdicts_total", "counter", "Connections decided, by what for.");
	for (enum action action = 0; action < ACTION_COUNT; action++)
		fprintf(out, "nfqroute_verdicts_total{verdict=\"%s\"} %" PRIu64 "\n", action_name(action),
			engine->actions[action]);
	number(out, "late_connections_total", "counter", "Connections decided too late, that stay on their first path.",
	       engine->late);
	head(out, "left_connections_total", "counter", "The same, by why they stay.");
	for (enum rehome_refusal why = REHOME_DONE + 1; why < REHOME_REFUSALS; why++)
		fprintf(out, "nfqroute_left_connections_total{reason=\"%s\"} %" PRIu64 "\n", rehome_refusal_text(why),
			engine->rehome[why]);
	number(out, "moved_connections_total", "counter", "Connections moved to another path.",
	       engine->rehome[REHOME_DONE]);
	number(out, "evicted_connections_total", "counter", "Undecided connections that made room for others.",
	       engine->evicted);
}

static const char *count_name(const struct daemon *daemon, const struct census *census, unsigned index)
{
	static const char *const names[CENSUS_EXTRA] = {[CENSUS_MAIN] = "(main)",
							[CENSUS_DROP] = "(drop)",
							[CENSUS_REJECT] = "(reject)",
							[CENSUS_OTHERS] = "(undecided)"};

	return index < census->gateways ? daemon->ruleset->gateways[index].name : names[index - census->gateways];
}

static void put_census(FILE *out, const struct daemon *daemon, const struct census *census)
{
	static const struct {
		const char *name, *help;
		size_t offset;
	} figures[] = {
		{"gateway_connections", "Connections that the kernel tracks by the gateway now.",
		 offsetof(struct census_count, connections)},
		{"gateway_sent_bytes", "Bytes that the initiators of these connections have sent.",
		 offsetof(struct census_count, bytes[CT_ORIGINAL])},
		{"gateway_received_bytes", "Bytes that they have received.",
		 offsetof(struct census_count, bytes[CT_REPLY])},
	};

	for (size_t f = 0; f < sizeof figures / sizeof *figures; f++) {
		head(out, figures[f].name, "gauge", figures[f].help);
		for (unsigned i = 0; i < census->gateways + CENSUS_EXTRA; i++) {
			fprintf(out, "nfqroute_%s{gateway=", figures[f].name);
			quote(out, count_name(daemon, census, i));
			fprintf(out, "} %" PRIu64 "\n",
				*(const uint64_t *)((const char *)&census->counts[i] + figures[f].offset));
		}
	}
}

char *metrics_text(struct daemon *daemon, const struct census *census, unsigned generation)
{
	const struct counters *counters = daemon_count(daemon);
	char *text = NULL;
	size_t size;
	FILE *out = counters ? open_memstream(&text, &size) : NULL;

	if (!out)
		return NULL;
	put_daemon(out, daemon);
	put_gateways(out, daemon);
	put_rules(out, daemon->ruleset, counters->uses);
	put_queues(out, daemon, counters);
	put_kernel_queues(out, daemon);
	put_decisions(out, &counters->sum.engine);
	if (census && !census->error && generation == daemon->ruleset->generation)
		put_census(out, daemon, census);
	return memory_text_end(out, &text);
}
