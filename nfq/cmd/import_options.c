/* SPDX-License-Identifier: GPL-2.0-or-later
 * import_options.c - the options of a rule of iptables in our words
 *
 * Options of iptables(8) and iptables-extensions(8). One that is not in the table below makes the whole command one that
 * cannot be turned: a rule that matches more than it did would send connections where nobody wants them.
 */
#include "import_options.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

void parse_cannot(struct parse *p, const char *format, ...)
{
	va_list args;

	if (*p->why)
		return;
	va_start(args, format);
	vsnprintf(p->why, sizeof p->why, format, args);
	va_end(args);
}

static void add_match(struct parse *p, const char *keyword, const char *value)
{
	size_t used = strlen(p->match);

	snprintf(p->match + used, sizeof p->match - used, "%s%s%s%s%s", used ? " " : "", p->not ? "not " : "", keyword,
		 *value ? " " : "", value);
	if (strlen(p->match) + 1 == sizeof p->match)
		parse_cannot(p, "it is too long");
}

/* --- options --- */

static const char *next_value(struct parse *p)
{
	if (p->at < p->line->count && strcmp(p->line->words[p->at], "!") == 0) { /* as it was written once */
		p->not = !p->not ;
		p->at++;
	}
	if (p->at < p->line->count)
		return p->line->words[p->at++];
	parse_cannot(p, "%s wants a value", p->option);
	return "";
}

static void take_proto(struct parse *p, const char *keyword)
{
	static const struct {
		const char *theirs, *ours;
	} names[] = {{"tcp", "tcp"},       {"6", "tcp"},     {"udp", "udp"},  {"17", "udp"}, {"icmp", "icmp"},
		     {"icmpv6", "icmpv6"}, {"sctp", "sctp"}, {"132", "sctp"}, {"1", "icmp"}, {"ipv6-icmp", "icmpv6"},
		     {"58", "icmpv6"}};
	char value[64];

	word_value(p, next_value(p), value, sizeof value);
	if (strcmp(value, "all") == 0 || strcmp(value, "0") == 0)
		return;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (strcmp(value, names[i].theirs) == 0) {
			add_match(p, names[i].ours, "");
			return;
		}
	add_match(p, keyword, value);
}

static void take_list(struct parse *p, const char *keyword, value_fn *turn)
{
	char value[MATCH_MAX / 2];

	if (list_value(p, turn, next_value(p), value, sizeof value))
		add_match(p, keyword, value);
}

static void take_address(struct parse *p, const char *keyword)
{
	const char *value = p->at < p->line->count ? p->line->words[p->at] : "";

	if (!p->not &&(strcmp(value, "0/0") == 0 || strcmp(value, "0.0.0.0/0") == 0 || strcmp(value, "::/0") == 0))
		p->at++;
	else
		take_list(p, keyword, address_value);
}

static void take_ports(struct parse *p, const char *keyword)
{
	take_list(p, keyword, port_value);
}
static void take_device(struct parse *p, const char *keyword)
{
	take_list(p, keyword, device_value);
}
static void take_range(struct parse *p, const char *keyword)
{
	take_list(p, keyword, range_value);
}
static void take_word(struct parse *p, const char *keyword)
{
	take_list(p, keyword, word_value);
}

static void take_out_device(struct parse *p, const char *keyword)
{
	p->out_device = p->at < p->line->count ? p->line->words[p->at] : NULL;
	take_device(p, keyword);
}

static void take_set(struct parse *p, const char *keyword)
{
	const char *name = next_value(p), *side = next_value(p);
	struct named_set *set = p->import->sets;
	char value[128];

	(void)keyword;
	while (set && strcmp(set->name, name) != 0)
		set = set->next;
	if (!set || !set->addresses || !set->out) {
		parse_cannot(p,
			     "what is in the set %s is not told here: write it to a file of addresses, and "
			     "'set NAME address { file \"FILE\" }'",
			     name);
		return;
	}
	if (strcmp(side, "src") != 0 && strcmp(side, "dst") != 0) {
		parse_cannot(p, "sets of '%s' have no counterpart", side);
		return;
	}
	set->used = true;
	snprintf(value, sizeof value, "@%s", name);
	add_match(p, *side == 's' ? "saddr" : "daddr", value);
}

static void take_state(struct parse *p, const char *keyword)
{
	const char *states = next_value(p);

	(void)keyword;
	if (p->not )
		parse_cannot(p, "nfqroute decides connections once, when they are new");
	p->is_new = strstr(states, "NEW") || strstr(states, "new");
	p->only_known |= !p->is_new;
}

static void take_mark(struct parse *p, const char *keyword)
{
	const char *value = next_value(p);
	char *end;

	(void)keyword;
	if (strtoul(value, &end, 0) != 0) {
		parse_cannot(p, "it hangs on the mark %s of another rule", value);
		return;
	}
	p->entry.marked |= p->not ;
	p->entry.unmarked |= !p->not ;
}

static void take_module(struct parse *p, const char *keyword)
{
	static const struct {
		const char *name, *instead;
	} known[] = {{"tcp", NULL},
		     {"udp", NULL},
		     {"sctp", NULL},
		     {"icmp", NULL},
		     {"icmp6", NULL},
		     {"multiport", NULL},
		     {"owner", NULL},
		     {"mac", NULL},
		     {"dscp", NULL},
		     {"iprange", NULL},
		     {"set", NULL},
		     {"state", NULL},
		     {"conntrack", NULL},
		     {"comment", NULL},
		     {"mark", NULL},
		     {"connmark", NULL},
		     {"addrtype", NULL},
		     {"string", "see 'host', 'app' and 'payload /PATTERN/'"},
		     {"layer7", "see 'app'"},
		     {"ndpi", "see 'app'"},
		     {"tls", "see 'host'"},
		     {"statistic", "see groups with weights"},
		     {"random", "see groups with weights"},
		     {"nth", "see groups with weights"},
		     {"geoip", "use a set of addresses"}};
	const char *name = next_value(p);

	(void)keyword;
	for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
		if (strcmp(name, known[i].name) != 0)
			continue;
		if (known[i].instead)
			parse_cannot(p, "the match '%s' has no counterpart: %s", name, known[i].instead);
		return;
	}
	parse_cannot(p, "the match '%s' has no counterpart", name);
}

/* "--tcp-flags FIN,SYN,RST,ACK SYN", as iptables-save writes --syn. */
static void take_flags(struct parse *p, const char *keyword)
{
	const char *mask = next_value(p), *set = next_value(p);

	(void)keyword;
	p->is_new = !p->not &&strstr(mask, "SYN") && strcmp(set, "SYN") == 0;
	if (!p->is_new)
		parse_cannot(p, "nfqroute decides connections once, when they are new");
}

/* What is for this machine, broadcast or multicast is not routed by the gateways' tables anyhow. */
static void take_type(struct parse *p, const char *keyword)
{
	const char *type = next_value(p);

	(void)keyword;
	if (strcmp(type, "UNICAST") == 0)
		p->not = !p->not ;
	else if (strcmp(type, "LOCAL") != 0 && strcmp(type, "BROADCAST") != 0 && strcmp(type, "MULTICAST") != 0)
		parse_cannot(p, "destinations of type %s have no counterpart", type);
	p->unrouted |= !p->not ;
}

static void take_icmp(struct parse *p, const char *keyword)
{
	(void)keyword;
	next_value(p);
	parse_cannot(p, "types of ICMP have no counterpart: 'icmp' and 'icmpv6' are all of it, pings above all");
}

static void take_direction(struct parse *p, const char *keyword)
{
	const char *direction = next_value(p);

	(void)keyword;
	if ((strcasecmp(direction, "ORIGINAL") == 0) == p->not )
		p->only_known = true;
	else
		p->is_new = true;
}

static void take_syn(struct parse *p, const char *keyword)
{
	(void)keyword;
	p->is_new = !p->not ;
	if (p->not )
		parse_cannot(p, "nfqroute decides connections once, when they are new");
}

static void skip_value(struct parse *p, const char *keyword)
{
	(void)keyword;
	next_value(p);
}

static void take_target(struct parse *p, const char *keyword)
{
	(void)keyword;
	p->goes = p->option[1] == 'g' || strcmp(p->option, "--goto") == 0;
	p->target = next_value(p);
}

static void set_mark(struct parse *p, uint32_t value)
{
	p->entry.kind = ENTRY_MARK;
	p->entry.mark = value;
}

static void take_new_mark(struct parse *p, const char *keyword)
{
	const char *text = next_value(p);
	char *end;
	unsigned long value = strtoul(text, &end, 0), mask = UINT32_MAX;

	(void)keyword;
	if (*end == '/')
		mask = strtoul(end + 1, &end, 0);
	if (*end || end == text) {
		parse_cannot(p, "'%s' is no mark", text);
		value = MARK_UNKNOWN;
	}
	set_mark(p, (uint32_t)(value & mask));
}

static void take_own_business(struct parse *p, const char *keyword)
{
	(void)keyword;
	p->elsewhere = true;
	if (strcmp(p->option, "--nfmask") == 0 || strcmp(p->option, "--ctmask") == 0 ||
	    strcmp(p->option, "--mask") == 0)
		next_value(p);
}

static const struct option_of {
	const char *names[4];
	const char *keyword;
	void (*take)(struct parse *p, const char *keyword);
} options[] = {
	{{"-p", "--proto", "--protocol"}, "proto", take_proto},
	{{"-s", "--src", "--source"}, "saddr", take_address},
	{{"-d", "--dst", "--destination", "--dest"}, "daddr", take_address},
	{{"-i", "--in-interface"}, "iif", take_device},
	{{"-o", "--out-interface"}, "oif", take_out_device},
	{{"--sport", "--source-port", "--sports", "--source-ports"}, "sport", take_ports},
	{{"--dport", "--destination-port", "--dports", "--destination-ports"}, "dport", take_ports},
	{{"--uid-owner"}, "user", take_range},
	{{"--gid-owner"}, "group", take_range},
	{{"--mac-source"}, "mac", take_word},
	{{"--dscp", "--dscp-class"}, "dscp", take_word},
	{{"--src-range"}, "saddr", take_range},
	{{"--dst-range"}, "daddr", take_range},
	{{"--match-set"}, NULL, take_set},
	{{"--state", "--ctstate"}, NULL, take_state},
	{{"--mark"}, NULL, take_mark},
	{{"--comment"}, NULL, skip_value},
	{{"--syn"}, NULL, take_syn},
	{{"--tcp-flags"}, NULL, take_flags},
	{{"--dst-type"}, NULL, take_type},
	{{"--icmp-type", "--icmpv6-type"}, NULL, take_icmp},
	{{"--ctdir"}, NULL, take_direction},
	{{"-m", "--match"}, NULL, take_module},
	{{"-j", "--jump", "-g", "--goto"}, NULL, take_target},
	{{"--set-mark", "--set-xmark", "--or-mark"}, NULL, take_new_mark},
	{{"--save-mark", "--restore-mark"}, NULL, take_own_business},
	{{"--nfmask", "--ctmask", "--mask"}, NULL, take_own_business},
};

static const struct option_of *find_option(const char *name)
{
	for (size_t i = 0; i < sizeof options / sizeof *options; i++)
		for (size_t k = 0; k < 4 && options[i].names[k]; k++)
			if (strcmp(options[i].names[k], name) == 0)
				return &options[i];
	return NULL;
}

/* --- rules --- */

bool target_is_elsewhere(const char *target)
{
	static const char *const names[] = {"TCPMSS", "LOG",   "NFLOG", "ULOG",    "TTL",         "HL",
					    "DSCP",   "TOS",   "CT",    "NOTRACK", "CLASSIFY",    "CHECKSUM",
					    "ECN",    "TRACE", "AUDIT", "IMQ",     "TCPOPTSTRIP", "SET"};

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (strcmp(names[i], target) == 0)
			return true;
	return false;
}

void parse_options(struct parse *p)
{
	while (p->at < p->line->count) {
		const struct option_of *option;

		p->option = p->line->words[p->at++];
		if (strcmp(p->option, "!") == 0) {
			p->not = true;
			continue;
		}
		option = find_option(p->option);
		/* what belongs to a target of others says nothing */
		if (!option && p->target && p->entry.kind != ENTRY_MARK && target_is_elsewhere(p->target))
			continue;
		if (option)
			option->take(p, option->keyword);
		else
			parse_cannot(p, "'%s' has no counterpart", p->option);
		p->not = false;
	}
}
