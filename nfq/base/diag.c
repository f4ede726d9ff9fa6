/* SPDX-License-Identifier: GPL-2.0-or-later
 * diag.c - errors and warnings in rule files, each with its place
 */
#include "diag.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "few.h"
#include "json_text.h"
#include "printable.h"

#define KEPT_MAX 1000 /* nobody reads more, and hostile files could make millions */
#define SHOWN_MAX 120 /* characters shown of a line of text */

struct diags {
	struct diag **at;
	size_t kept, room;
	size_t counts[SEVERITY_NOTE + 1];
	struct diag surplus; /* takes what is said about messages that are only counted */
};

static const struct {
	const char *name, *colour;
} severities[] = {
	[SEVERITY_ERROR] = {"error", "\033[1;31m"},
	[SEVERITY_WARNING] = {"warning", "\033[1;35m"},
	[SEVERITY_NOTE] = {"note", "\033[1;36m"},
};

struct diags *diags_new(void)
{
	struct diags *diags = few_bytes(sizeof *diags);

	return diags;
}

static void diag_clear(struct diag *diag)
{
	free(diag->message);
	free(diag->hint);
	free(diag->other_message);
	*diag = (struct diag){0};
}

void diags_free(struct diags *diags)
{
	if (!diags)
		return;
	for (size_t i = 0; i < diags->kept; i++) {
		diag_clear(diags->at[i]);
		free(diags->at[i]);
	}
	diag_clear(&diags->surplus);
	free(diags->at);
	free(diags);
}

/* Messages quote files: no byte of theirs may steer the terminal. */
__attribute__((format(printf, 2, 0))) static void set_text(char **text, const char *format, va_list args)
{
	free(*text);
	if (vasprintf(text, format, args) < 0)
		*text = NULL;
	else
		printable_in_place(*text);
}

/* Where the next message goes: a new one, or the one that is written over and over. */
static struct diag *diag_slot(struct diags *diags)
{
	struct diag **grown, *diag;

	if (diags->kept == KEPT_MAX)
		goto surplus;
	if (diags->kept == diags->room) {
		grown = realloc(diags->at, (diags->room + 64) * sizeof *grown);
		if (!grown)
			goto surplus;
		diags->at = grown;
		diags->room += 64;
	}
	diag = calloc(1, sizeof *diag);
	if (!diag)
		goto surplus;
	diags->at[diags->kept++] = diag;
	return diag;
surplus:
	diag_clear(&diags->surplus);
	return &diags->surplus;
}

struct diag *diag_add(struct diags *diags, enum severity severity, struct span span, const char *format, ...)
{
	struct diag *diag = diag_slot(diags);
	va_list args;

	diags->counts[severity]++;
	diag->severity = severity;
	diag->span = span;
	va_start(args, format);
	set_text(&diag->message, format, args);
	va_end(args);
	return diag;
}

void diag_hint(struct diag *diag, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	set_text(&diag->hint, format, args);
	va_end(args);
}

void diag_nearest(struct diag *diag, const char *near, const char *otherwise)
{
	diag_hint(diag, near ? "did you mean '%s'?" : "%s", near ? near : otherwise);
}

void diag_other(struct diag *diag, struct span other, const char *format, ...)
{
	va_list args;

	diag->other = other;
	va_start(args, format);
	set_text(&diag->other_message, format, args);
	va_end(args);
}

size_t diags_count(const struct diags *diags, enum severity severity)
{
	return diags->counts[severity];
}

size_t diags_total(const struct diags *diags)
{
	return diags->kept;
}

const struct diag *diags_at(const struct diags *diags, size_t index)
{
	return diags->at[index];
}

static int by_place(const void *a, const void *b)
{
	const struct diag *left = *(struct diag *const *)a, *right = *(struct diag *const *)b;
	int order;

	if (!left->span.source || !right->span.source)
		return !right->span.source - !left->span.source;
	order = strcmp(left->span.source->path, right->span.source->path);
	if (order)
		return order;
	if (left->span.start != right->span.start)
		return left->span.start < right->span.start ? -1 : 1;
	return (int)left->severity - (int)right->severity;
}

/* Insertion would be stable but slow, qsort is not stable: equal places are told apart by severity, then by
 * chance. */
void diags_sort(struct diags *diags)
{
	if (diags->kept)
		qsort(diags->at, diags->kept, sizeof *diags->at, by_place);
}

static bool starts_character(char c)
{
	return ((unsigned char)c & 0xc0) != 0x80;
}

/* The start of the line that position is on. */
static size_t line_start(const struct source *source, size_t position)
{
	while (position > 0 && source->text[position - 1] != '\n')
		position--;
	return position;
}

static size_t line_end(const struct source *source, size_t position)
{
	const char *end = memchr(source->text + position, '\n', source->length - position);

	return end ? (size_t)(end - source->text) : source->length;
}

/* Those that begin from the byte at from to the one before to. */
static size_t characters(const struct source *source, size_t from, size_t to)
{
	size_t count = 0;

	for (size_t i = from; i < to; i++)
		count += starts_character(source->text[i]);
	return count;
}

struct place span_place(struct span span)
{
	struct place place = {.line = 1, .column = 1};
	size_t start;

	if (!span.source)
		return place;
	start = line_start(span.source, span.start);
	for (const char *at = span.source->text, *end = at + start; (at = memchr(at, '\n', (size_t)(end - at)));
	     at++)
		place.line++;
	place.column += (unsigned)characters(span.source, start, span.start);
	return place;
}

struct painter {
	FILE *out;
	bool colour;
};

static void paint(struct painter painter, const char *colour)
{
	if (painter.colour)
		fputs(colour, painter.out);
}

static void print_text(FILE *out, const char *text, size_t length)
{
	for (size_t i = 0; i < length;) {
		size_t whole = printable_character(text + i, length - i);

		if (whole)
			fwrite(text + i, 1, whole, out);
		else
			putc(text[i] == '\t' ? '\t' : text[i] == '\r' ? ' ' : '?', out);
		i += whole ? whole : 1;
	}
}

static void print_head(struct painter painter, enum severity severity, struct span span, const char *message)
{
	struct place place = span_place(span);

	paint(painter, "\033[1m");
	if (span.source) {
		print_text(painter.out, span.source->path, strlen(span.source->path));
		fprintf(painter.out, ":%u:%u: ", place.line, place.column);
	}
	paint(painter, severities[severity].colour);
	fprintf(painter.out, "%s: ", severities[severity].name);
	paint(painter, "\033[0m");
	fprintf(painter.out, "%s\n", message ? message : "out of memory");
}

/* The line of text with the stretch underlined. Of a very long line only the part around the stretch is shown. */
static void print_excerpt(struct painter painter, struct span span)
{
	const struct source *source = span.source;
	size_t start = line_start(source, span.start), end = line_end(source, span.start);
	size_t stop = span.start + (span.length ? span.length : 1);

	if (span.start - start > SHOWN_MAX / 2 && end - start > SHOWN_MAX)
		start = span.start - SHOWN_MAX / 2;
	while (start < span.start && !starts_character(source->text[start]))
		start++;
	if (end - start > SHOWN_MAX)
		end = start + SHOWN_MAX;
	fprintf(painter.out, "%5u | ", span_place(span).line);
	print_text(painter.out, source->text + start, end - start);
	fputs("\n      | ", painter.out);
	for (size_t i = start; i < span.start; i++)
		if (starts_character(source->text[i]))
			putc(source->text[i] == '\t' ? '\t' : ' ', painter.out);
	paint(painter, "\033[1;32m");
	for (size_t i = span.start; i < stop && (i < end || i == span.start); i++)
		if (i == span.start || starts_character(source->text[i]))
			putc('^', painter.out);
	paint(painter, "\033[0m");
	putc('\n', painter.out);
}

static void print_one(struct painter painter, const struct diag *diag)
{
	print_head(painter, diag->severity, diag->span, diag->message);
	if (diag->span.source)
		print_excerpt(painter, diag->span);
	if (diag->hint)
		fprintf(painter.out, "      = %s\n", diag->hint);
	if (!diag->other.source)
		return;
	print_head(painter, SEVERITY_NOTE, diag->other, diag->other_message);
	print_excerpt(painter, diag->other);
}

static size_t surplus(const struct diags *diags)
{
	size_t total = 0;

	for (size_t i = 0; i <= SEVERITY_NOTE; i++)
		total += diags->counts[i];
	return total - diags->kept;
}

void diags_print(const struct diags *diags, FILE *out, bool colour)
{
	struct painter painter = {.out = out, .colour = colour};

	for (size_t i = 0; i < diags->kept; i++)
		print_one(painter, diags->at[i]);
	if (surplus(diags))
		fprintf(out, "and %zu more\n", surplus(diags));
}

void diags_each_line(const struct diags *diags, void (*line)(void *ctx, enum severity severity, const char *text),
		     void *ctx)
{
	for (size_t i = 0; i < diags->kept; i++) {
		const struct diag *diag = diags->at[i];
		struct place place = span_place(diag->span);
		char *text = NULL;

		if (asprintf(&text, "%s:%u:%u: %s%s%s%s", diag->span.source ? diag->span.source->path : "",
			     place.line, place.column, diag->message ? diag->message : "out of memory",
			     diag->hint ? " (" : "", diag->hint ? diag->hint : "", diag->hint ? ")" : "") < 0)
			return;
		line(ctx, diag->severity, diag->span.source ? text : diag->message);
		free(text);
	}
}

static void set_place(json_t *object, struct span span)
{
	struct place place = span_place(span);
	size_t length = span.source ? characters(span.source, span.start, span.start + span.length) : 0;

	json_object_set_new(object, "file", json_text(span.source ? span.source->path : NULL));
	json_object_set_new(object, "line", span.source ? json_integer(place.line) : json_null());
	json_object_set_new(object, "column", span.source ? json_integer(place.column) : json_null());
	json_object_set_new(object, "length", span.source ? json_integer((json_int_t)length) : json_null());
}

char *diags_json(const struct diags *diags)
{
	json_t *list = json_array();
	char *text;

	for (size_t i = 0; i < diags->kept; i++) {
		const struct diag *diag = diags->at[i];
		json_t *object = json_object(), *other = diag->other.source ? json_object() : json_null();

		json_object_set_new(object, "severity", json_string(severities[diag->severity].name));
		set_place(object, diag->span);
		json_object_set_new(object, "message", json_text(diag->message));
		json_object_set_new(object, "hint", json_text(diag->hint));
		if (diag->other.source) {
			set_place(other, diag->other);
			json_object_set_new(other, "message", json_text(diag->other_message));
		}
		json_object_set_new(object, "other", other);
		json_array_append_new(list, object);
	}
	text = json_dumps(list, JSON_INDENT(2) | PRINTABLE_JSON);
	json_decref(list);
	return text;
}
