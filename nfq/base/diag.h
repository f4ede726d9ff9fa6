/* SPDX-License-Identifier: GPL-2.0-or-later
 * diag.h - errors and warnings in rule files, each with its place, collected over a whole run
 */
#ifndef NFQROUTE_DIAG_H
#define NFQROUTE_DIAG_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* One file's text, as read. Lives as long as the diagnostics that point to it. */
struct source {
	const char *path;  /* as to be printed */
	const char *text;  /* length bytes, and a NUL behind them */
	size_t length;
};

/* A stretch of a source. source NULL: no place (a message about the run as a whole). */
struct span {
	const struct source *source;
	size_t start, length;
};

/* Line and column (in characters of UTF-8, tabs count one) from 1. */
struct place {
	unsigned line, column;
};
struct place span_place(struct span span);

enum severity { SEVERITY_ERROR, SEVERITY_WARNING, SEVERITY_NOTE };

struct diag {
	enum severity severity;
	struct span span;
	char *message; /* what is wrong, lower case, no full stop */
	char *hint;    /* what would be right, or NULL */
	struct span other; /* a second place it speaks of ("first defined here"); other.source may be NULL */
	char *other_message;
};

struct diags;

struct diags *diags_new(void);
void diags_free(struct diags *diags);

/* Adds one; returns it so that other, other_message can be set with diag_other(). Never NULL: past 1,000
 * messages further ones are only counted. */
struct diag *diag_add(struct diags *diags, enum severity severity, struct span span, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
void diag_hint(struct diag *diag, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* "did you mean 'near'?"; where near is NULL, otherwise. */
void diag_nearest(struct diag *diag, const char *near, const char *otherwise);
void diag_other(struct diag *diag, struct span other, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

size_t diags_count(const struct diags *diags, enum severity severity);
size_t diags_total(const struct diags *diags);
/* In order of file, then place: call diags_sort() first. */
const struct diag *diags_at(const struct diags *diags, size_t index);
void diags_sort(struct diags *diags);

/* For people: "file:line:column: error: message", the line of text, the stretch underlined, the hint. */
void diags_print(const struct diags *diags, FILE *out, bool colour);
/* One per line without the source text, for the log: calls back with each line. */
void diags_each_line(const struct diags *diags, void (*line)(void *ctx, enum severity severity, const char *text), void *ctx);
/* For scripts: a JSON array of {severity, file, line, column, length, message, hint, other}; returned text is
 * malloc()ed and owned by the caller. */
char *diags_json(const struct diags *diags);

#endif
