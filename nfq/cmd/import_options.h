/* SPDX-License-Identifier: GPL-2.0-or-later
 * import_options.h - a rule of iptables as it is read; private to import_iptables.c, import_options.c and
 * import_values.c
 */
#ifndef NFQROUTE_IMPORT_OPTIONS_H
#define NFQROUTE_IMPORT_OPTIONS_H

#include "import.h"

enum { MATCH_MAX = 2048, REASON_MAX = 200 };

#define MARK_UNKNOWN UINT32_MAX /* a mark that is none of those that others set */

struct parse {
	struct import *import;
	struct command_line *line;
	enum family family;
	unsigned at; /* the next word */
	const char *option;
	bool not ;
	char match[MATCH_MAX];
	char why[REASON_MAX]; /* it cannot be turned; "": it can */
	struct entry entry;
	const char *target, *out_device;
	bool goes;       /* -g: what leaves the chain jumped to leaves this one */
	bool elsewhere;  /* it is no matter of marks and paths, or done by nfqroute itself */
	bool unrouted;   /* packets that no table of a gateway is asked for */
	bool is_new;     /* packets of who begins a connection only */
	bool only_known; /* packets of connections that are not new */
};

/* It cannot be turned; the first reason stays. */
void parse_cannot(struct parse *p, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Reads the options from word at on: what they match into match, what they want done into entry and target. */
void parse_options(struct parse *p);

/* One value in our words into out. false: parse_cannot() has said why. */
typedef bool value_fn(struct parse *p, const char *value, char *out, size_t size);
/* Addresses and prefixes, with netmasks; what is the same in both; ports and ranges; devices, "+" at the end for any rest; words in any case. */
value_fn address_value, range_value, port_value, device_value, word_value;
/* "a,b" in our words: one value, or a list in braces. */
bool list_value(struct parse *p, value_fn *turn, const char *value, char *out, size_t size);

/* A target that says nothing about the path: the script keeps it. */
bool target_is_elsewhere(const char *target);

#endif
