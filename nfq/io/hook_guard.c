/* SPDX-License-Identifier: GPL-2.0-or-later
 * hook_guard.c - part of the hooks: what a kill switch takes goes nowhere that nobody has decided on
 *
 * Packets that come as far as this without a mark, of connections without one, have not been judged: no daemon
 * runs, or its queue was full. Those that a rule leads to a group with "else unreachable", as far as headers tell
 * (core/guard.h), end here; all others pass. With option fail-closed nothing comes as far as this.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "guard.h"
#include "hook_part.h"

static bool wanted(const struct hooks_plan *plan)
{
	return !plan->ruleset->options.fail_closed && guard_exists(plan->ruleset);
}

/* Where packets come from, and the chain of those that nobody has judged, in iptables. */
struct way {
	bool local;
	const char *hook, *chain;
};

static const struct way ways[] = {
	{false, "forward", "NFQROUTE_GUARD_FORWARD"},
	{true, "output", "NFQROUTE_GUARD_OUTPUT"},
};

struct writer {
	FILE *out;
	const struct way *way;
};

/* The lines of each way that is served, between what begin() and end() write, which may be NULL. */
static void print_ways(FILE *out, const struct hooks_plan *plan, void (*begin)(const struct writer *writer),
		       void (*line)(void *writer, const struct guard_line *line),
		       void (*end)(const struct writer *writer, uint32_t route_mask))
{
	const struct options *options = &plan->ruleset->options;

	for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
		struct writer writer = {out, &ways[i]};
		struct guard_visitor visitor = {.line = line, .ctx = &writer};

		if (!(ways[i].local ? options->local : options->forward))
			continue;
		if (begin)
			begin(&writer);
		guard_walk(plan->ruleset, &visitor);
		if (end)
			end(&writer, plan->ruleset->marks.route_mask);
	}
}

/* As hook_part.h has them. */
static unsigned families_of(const struct guard_line *line)
{
	return line->family == FAMILY_COUNT ? (unsigned)HOOK_FAMILIES : 1U << line->family;
}

static const char *proto_name(uint64_t proto)
{
	return proto == IPPROTO_TCP ? "tcp" : proto == IPPROTO_UDP ? "udp" : "sctp";
}

/* A device's name, "*" behind it where it stands for all that begin so. */
static const char *device_text(const struct interval *at, char text[20])
{
	size_t length = 0;

	for (; length < 15; length++) {
		uint64_t half = length < 8 ? at->first.high : at->first.low;
		char byte = (char)(half >> (8 * (7 - length % 8)));

		if (!byte)
			break;
		text[length] = byte;
	}
	text[length] = key_equal(at->first, at->last) ? '\0' : '*';
	text[length + 1] = '\0';
	return text;
}

/* --- iptables --- */

static void iptables_term(FILE *out, const struct guard_term *term, const char *proto)
{
	const char *is = term->negate ? " !" : "";
	unsigned long first = (unsigned long)term->at.first.low, last = (unsigned long)term->at.last.low;
	char from[46], to[46], device[20];

	switch (term->field) {
	case GUARD_PROTO:
		fprintf(out, " -p %lu", first);
		break;
	case GUARD_SADDR:
	case GUARD_DADDR:
		fprintf(out, " -m iprange%s --%s-range %s-%s", is, term->field == GUARD_SADDR ? "src" : "dst",
			key_address_text(term->at.first, from), key_address_text(term->at.last, to));
		break;
	case GUARD_SPORT:
	case GUARD_DPORT:
		fprintf(out, " -m %s%s --%s %lu:%lu", proto, is, term->field == GUARD_SPORT ? "sport" : "dport", first,
			last);
		break;
	case GUARD_IIF:
		device_text(&term->at, device);
		if (device[strlen(device) - 1] == '*')
			device[strlen(device) - 1] = '+';
		fprintf(out, "%s -i %s", is, device);
		break;
	case GUARD_USER:
		fprintf(out, " -m owner --uid-owner %lu-%lu", first, last);
		break;
	case GUARD_FIELDS:
		break;
	}
}

static void iptables_line(void *ctx, const struct guard_line *line)
{
	const struct writer *writer = ctx;
	FILE *out = writer->out;

	if (line->local && !writer->way->local)
		return;
	fprintf(out, "%s-A %s", hook_iptables_families(families_of(line)), writer->way->chain);
	for (unsigned i = 0; i < line->count; i++)
		iptables_term(out, &line->terms[i], proto_name(line->terms[0].at.first.low));
	fprintf(out, " -j %s\n", line->shut ? "DROP" : "RETURN");
}

static void print_iptables(FILE *out, const struct hooks_plan *plan)
{
	print_ways(out, plan, NULL, iptables_line, NULL);
}

/* --- nft --- */

static void nft_term(FILE *out, const struct guard_term *term, enum family family)
{
	static const char *const words[GUARD_FIELDS] = {
		[GUARD_PROTO] = "meta l4proto", [GUARD_SADDR] = "saddr",    [GUARD_DADDR] = "daddr",
		[GUARD_SPORT] = "th sport",     [GUARD_DPORT] = "th dport", [GUARD_IIF] = "iifname",
		[GUARD_USER] = "meta skuid",
	};
	const char *is = term->negate ? "!= " : "";
	char from[46], to[46], device[20];

	if (term->field == GUARD_SADDR || term->field == GUARD_DADDR)
		fprintf(out, "%s %s %s%s-%s ", family == FAMILY_IPV6 ? "ip6" : "ip", words[term->field], is,
			key_address_text(term->at.first, from), key_address_text(term->at.last, to));
	else if (term->field == GUARD_IIF)
		fprintf(out, "%s %s\"%s\" ", words[term->field], is, device_text(&term->at, device));
	else if (key_equal(term->at.first, term->at.last))
		fprintf(out, "%s %s%lu ", words[term->field], is, (unsigned long)term->at.first.low);
	else
		fprintf(out, "%s %s%lu-%lu ", words[term->field], is, (unsigned long)term->at.first.low,
			(unsigned long)term->at.last.low);
}

static void nft_line(void *ctx, const struct guard_line *line)
{
	const struct writer *writer = ctx;
	FILE *out = writer->out;

	if (line->local && !writer->way->local)
		return;
	fputs("\t\t", out);
	/* what says nothing of this family's addresses holds for the other one's as well */
	if (!guard_line_asks(line, GUARD_SADDR, GUARD_DADDR))
		fputs(hook_nft_families(families_of(line)), out);
	for (unsigned i = 0; i < line->count; i++)
		nft_term(out, &line->terms[i], line->family);
	fprintf(out, "%s\n", line->shut ? "drop" : "return");
}

static void nft_begin(const struct writer *writer)
{
	fprintf(writer->out, "\tchain guarded_%s {\n", writer->way->hook);
}

static void nft_end(const struct writer *writer, uint32_t route_mask)
{
	const char *hook = writer->way->hook;

	fprintf(writer->out,
		"\t}\n\tchain settle_%s {\n"
		"\t\toif != \"lo\" meta mark and 0x%x == 0x0 ct mark and 0x%x == 0x0 ct direction original "
		"jump guarded_%s\n\t}\n",
		hook, route_mask, route_mask, hook);
}

static void print_nft(FILE *out, const struct hooks_plan *plan)
{
	print_ways(out, plan, nft_begin, nft_line, nft_end);
}

#define UNJUDGED(hook, target)                                                                                  \
	"-I " hook " ! -o lo -m mark --mark 0x0/@route -m connmark --mark 0x0/@route -m conntrack --ctdir ORIGINAL " \
	"-j " target "\n"

const struct hook_part hook_guard = {
	.name = "kill switch that holds while no daemon runs",
	.wanted = wanted,
	.iptables[HOOK_FILTER] = {.chains = ":NFQROUTE_GUARD_FORWARD - [0:0]\n"
					    ":NFQROUTE_GUARD_OUTPUT - [0:0]\n",
				  .jumps = UNJUDGED("FORWARD", "NFQROUTE_GUARD_FORWARD")
					  UNJUDGED("OUTPUT", "NFQROUTE_GUARD_OUTPUT"),
				  .print = print_iptables},
	.nft = print_nft,
};
