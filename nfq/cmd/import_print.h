/* SPDX-License-Identifier: GPL-2.0-or-later
 * import_print.h - what becomes of a script: gateways, rules and the lines they are written as; private to
 * import_gateways.c, import_rules.c and import_print.c
 */
#ifndef NFQROUTE_IMPORT_PRINT_H
#define NFQROUTE_IMPORT_PRINT_H

#include "import.h"

struct gateway_of {
	struct gateway_of *next;
	const char *name, *table, *device;
	const char *hop[FAMILY_COUNT];
	bool family[FAMILY_COUNT], onlink, priority_given;
	uint32_t mark, priority;
	struct place_of at;
};

/* A line of the output. */
struct out_line {
	struct out_line *next;
	struct place_of at;
	const char *text, *from; /* from: what was turned; NULL: it is not by itself */
	const char *why;         /* why it is a comment now; NULL: it is none */
	unsigned block;          /* it stands and falls with the others of this number; 0: alone */
};

struct printing {
	struct import *import;
	struct gateway_of *gateways, **last_gateway;
	struct out_line *lines, **last_line;
	unsigned block, blocks; /* of the lines that follow; so far */
};

/* Adds a line. from: what was turned; NULL: it is none by itself. */
struct out_line *print_line(struct printing *p, const struct place_of *at, const char *from, const char *text);

/* import_gateways.c: the gateways that the rules of the kernel lead to, each told by lines of its own. */
void find_gateways(struct printing *p);
void gateway_lines(struct printing *p, const struct gateway_of *gateway);
/* NULL: it is none of theirs. */
const struct gateway_of *gateway_of_table(const struct printing *p, const char *table);

/* import_rules.c: the lines of marks; of rules of the kernel's that ask for other things, before all marks or behind them. */
void mark_lines(struct printing *p);
void selector_lines(struct printing *p, bool before);

#endif
