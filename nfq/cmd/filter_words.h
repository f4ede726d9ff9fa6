/* SPDX-License-Identifier: GPL-2.0-or-later
 * filter_words.h - "rule FILE:LINE gateway vpn host .example.com": words of a command line as arguments of a verb
 */
#ifndef NFQROUTE_FILTER_WORDS_H
#define NFQROUTE_FILTER_WORDS_H

#include "command.h"
#include "control_protocol.h"

#define FILTER_ARGS "[rule FILE[:LINE]] [gateway NAME] [host NAME] [client ADDRESS] [app NAME]"
#define FILTER_HELP                                                                                               \
	"Only those that all of the words fit:\n"                                                                 \
	"  rule FILE[:LINE]  decided by this rule, or by one of this file\n"                                      \
	"  gateway NAME      gone by it; or main, drop, reject\n"                                                 \
	"  host NAME         for this name; .NAME: it and all below it\n"                                         \
	"  client ADDRESS    begun by this address, or one of this prefix (10.0.0.0/8)\n"                         \
	"  app NAME          of this app, or one that runs in it\n"

/* A word that a value follows. */
struct word {
	const char *name; /* NULL ends the table */
	json_type type;   /* JSON_STRING or JSON_INTEGER */
};

#define FILTER_WORDS                                                                                              \
	{"rule", JSON_STRING}, {"gateway", JSON_STRING}, {"host", JSON_STRING}, {"client", JSON_STRING},          \
	{                                                                                                         \
		"app", JSON_STRING                                                                                \
	}

/* Sets what the words say in *arguments, which is made where it is NULL. COMMAND_OK, or COMMAND_USAGE after a message, and it
 * is freed. */
int words_read(const struct command *command, const struct word *words, int count, char *const *texts,
	       json_t **arguments);

#endif
