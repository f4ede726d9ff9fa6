/* SPDX-License-Identifier: GPL-2.0-or-later
 * import_words.h - a script as commands, these as words; private to import_words.c and import_shell.c
 */
#ifndef NFQROUTE_IMPORT_WORDS_H
#define NFQROUTE_IMPORT_WORDS_H

#include "import.h"

/* A command as written: from after one separator to the next. */
struct segment {
	const char *at;
	size_t length;
	unsigned line;
};

struct script {
	struct import *import;
	const char *file;
	struct segment *segments;
	size_t count;
	unsigned loops;
	unsigned depth;                /* of ifs and cases at hand */
	unsigned constructs, branches; /* outermost ones, and branches of any, so far */
};

void script_split(struct script *script, const char *text, size_t length);
/* The words of a command, variables replaced. */
struct command_line script_words(struct script *script, const struct segment *segment);

#endif
