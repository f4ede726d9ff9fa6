/* SPDX-License-Identifier: GPL-2.0-or-later
 * import_print.c - gateways, sets and rules as text that nfqroute check takes
 *
 * What is written is checked as nfqroute check does it; a line with an error (a user that is not there, a rule that the
 * ones before it leave nothing to, as in the script) is written as a comment.
 */
#include "import_print.h"

#include <stdlib.h>

#include "load.h"
#include "memory_text.h"
#include "printable.h"

enum { CHECKS_MAX = 100 };

struct out_line *print_line(struct printing *p, const struct place_of *at, const char *from, const char *text)
{
	struct out_line *out = arena_alloc(p->import->arena, sizeof *out);
	/* a value that was quoted can hold anything */
	char *one = printable_in_place(arena_printf(p->import->arena, "%s", text));

	*out = (struct out_line){.at = at ? *at : (struct place_of){.file = NULL},
				 .from = from,
				 .text = one,
				 .block = p->block};
	*p->last_line = out;
	p->last_line = &out->next;
	return out;
}

static const char *set_text(const struct import *import, const struct named_set *set)
{
	fflush(set->out);
	return arena_printf(import->arena, "set %s address { %s }", set->name, set->text);
}

void import_print_sets(const struct import *import, FILE *out)
{
	for (const struct named_set *set = import->sets; set; set = set->next)
		if (set->used && set->out)
			fprintf(out, "%s\n", set_text(import, set));
}

static void set_lines(struct printing *p)
{
	for (const struct named_set *set = p->import->sets; set; set = set->next) {
		if (!set->used || !set->out)
			continue;
		p->block = ++p->blocks;
		print_line(p, NULL, NULL, set_text(p->import, set));
		p->block = 0;
		print_line(p, NULL, NULL, "");
	}
}

/* --- the check --- */

/* The rules alone, one out_line a line. NULL: no memory. */
static char *text_of(const struct printing *p, size_t *length)
{
	char *text = NULL;
	FILE *out = open_memstream(&text, length);

	if (!out)
		return NULL;
	for (const struct out_line *l = p->lines; l; l = l->next)
		fprintf(out, "%s%s\n", l->why ? "# " : "", l->text);
	return memory_text_end(out, &text);
}

/* Makes a comment of the line, and of what stands and falls with it. */
static void strike(struct printing *p, struct out_line *wrong, const char *why)
{
	for (struct out_line *l = p->lines; l; l = l->next)
		if (l == wrong || (wrong->block && l->block == wrong->block))
			l->why = why;
}

static struct out_line *line_at(struct printing *p, struct span span)
{
	struct out_line *l = span.source ? p->lines : NULL;

	for (unsigned number = l ? span_place(span).line : 0; l && number > 1; number--)
		l = l->next;
	return l;
}

/* Another mark took its place, if that is run at all. */
static void told_apart(struct printing *p, const struct out_line *line, const struct out_line *other)
{
	if (other && line->at.construct && line->at.construct == other->at.construct &&
	    line->at.branch != other->at.branch)
		import_note(p->import, &line->at, line->from ? line->from : line->text,
			    "which is run, this or line %u, is not known here", other->at.line);
}

/* Makes comments of the lines with errors. false: there were none. */
static bool strike_out(struct printing *p, const struct diags *diags)
{
	static const struct place_of nowhere = {.file = "rules"};
	bool struck = false;

	for (size_t i = 0; i < diags_total(diags); i++) {
		const struct diag *diag = diags_at(diags, i);
		struct out_line *l = diag && diag->severity == SEVERITY_ERROR ? line_at(p, diag->span) : NULL;

		if (!l || l->why || !*l->text)
			continue;
		strike(p, l, arena_printf(p->import->arena, "%s", diag->message));
		struck = true;
		if (strcmp(l->why, "the rule is never reached") == 0)
			told_apart(p, l, line_at(p, diag->other));
		else
			import_note(p->import, l->at.file ? &l->at : &nowhere, l->from ? l->from : l->text, "'%s': %s",
				    l->text, diag->message);
	}
	return struck;
}

static void check(struct printing *p)
{
	bool again = true;

	for (unsigned i = 0; again && i < CHECKS_MAX; i++) {
		size_t length;
		char *text = text_of(p, &length);
		struct loaded loaded;

		if (!text) {
			arena_fail(p->import->arena);
			return;
		}
		loaded = load_text("rules", text, length);
		diags_sort(loaded.diags);
		again = strike_out(p, loaded.diags);
		ruleset_free(loaded.ruleset);
		loaded_free(&loaded);
		free(text);
	}
}

/* --- the output --- */

static void print_notes(const struct import *import, FILE *out)
{
	if (!import->notes)
		return;
	fputs("#\n# Not turned:\n", out);
	for (const struct note *note = import->notes; note; note = note->next)
		fprintf(out, "#   %s:%u: %s\n#       %s\n", note->at.file, note->at.line, note->why, note->text);
}

bool import_print(struct import *import, FILE *out)
{
	struct printing p = {.import = import};

	p.last_gateway = &p.gateways;
	p.last_line = &p.lines;
	find_gateways(&p);
	for (const struct gateway_of *g = p.gateways; g; g = g->next)
		gateway_lines(&p, g);
	selector_lines(&p, true);
	mark_lines(&p);
	selector_lines(&p, false);
	struct out_line *rules = p.lines; /* the sets that they use come first */
	p.lines = NULL;
	p.last_line = &p.lines;
	set_lines(&p);
	*p.last_line = rules;
	check(&p);
	fputs("# by nfqroute import iptables; what does not concern paths stays in the script\n", out);
	print_notes(import, out);
	fputc('\n', out);
	for (const struct out_line *l = p.lines; l; l = l->next) {
		const char *comment = l->why ? "# " : "";

		if (l->at.file)
			fprintf(out, "%s%-40s # %s:%u%s%s\n", comment, l->text, l->at.file, l->at.line,
				l->why ? ": " : "", l->why ? l->why : "");
		else
			fprintf(out, "%s%s\n", comment, l->text);
	}
	return !import->notes;
}
