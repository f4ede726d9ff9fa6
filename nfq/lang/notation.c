/* SPDX-License-Identifier: GPL-2.0-or-later
 * notation.c - how values of options and of gateways' entries are written: numbers, times, yes and no, one word of several
 */
#include "notation.h"

#include <string.h>

#include "suggest.h"

bool number_by_text(struct config *config, struct span at, const char *what, uint64_t max, uint64_t *number)
{
	const char *text = span_text(at);
	bool hex = at.length > 2 && text[0] == '0' && (text[1] | 0x20) == 'x';
	uint64_t value = 0;

	for (size_t i = hex ? 2 : 0; i < at.length; i++) {
		char c = text[i];
		int digit = c >= '0' && c <= '9' ? c - '0' : -1;

		if (hex && (c | 0x20) >= 'a' && (c | 0x20) <= 'f')
			digit = (c | 0x20) - 'a' + 10;
		if (digit < 0) {
			ERROR(config, at, "'%.*s' is not a number, as %s must be", SPAN_ARG(at), what);
			return false;
		}
		value = value * (hex ? 16 : 10) + (unsigned)digit;
		if (value > max) {
			ERROR(config, at, "%s is at most %llu", what, (unsigned long long)max);
			return false;
		}
	}
	*number = value;
	return true;
}

bool switch_by_text(struct config *config, struct span at, bool *on)
{
	*on = span_is(at, "on") || span_is(at, "yes");
	if (*on || span_is(at, "off") || span_is(at, "no"))
		return true;
	diag_hint(ERROR(config, at, "'%.*s' is neither on nor off", SPAN_ARG(at)), "on or yes, off or no");
	return false;
}

/* "auto, rehome, leave, reset SEPARATOR switch" */
void words_text(char *text, size_t size, const char *const *list, const char *separator)
{
	size_t used = 0;

	for (size_t i = 0; list[i] && used < size; i++)
		used += (size_t)snprintf(text + used, size - used, "%s%s", !i ? "" : list[i + 1] ? ", " : separator,
					 list[i]);
}

bool word_by_text(struct config *config, struct span at, const char *what, const char *const *list,
			 unsigned *value)
{
	struct suggest near = suggest_for(span_text(at), at.length);
	char all[80];

	for (*value = 0; list[*value]; ++*value) {
		suggest_offer(&near, list[*value]);
		if (span_is(at, list[*value]))
			return true;
	}
	words_text(all, sizeof all, list, " or ");
	diag_nearest(ERROR(config, at, "unknown %s '%.*s'", what, SPAN_ARG(at)), near.best, all);
	return false;
}

static const struct {
	const char *name;
	unsigned factor;
} units[] = {{"ms", 1}, {"s", 1000}, {"m", 60000}, {"h", 3600000}, {"d", 86400000}};

bool duration_by_text(struct config *config, struct span at, const char *what, uint64_t *number)
{
	struct span digits = at, unit = at;

	digits.length = strspn(span_text(at), "0123456789");
	if (digits.length > at.length)
		digits.length = at.length;
	unit.start += digits.length;
	unit.length -= digits.length;
	for (size_t i = 0; digits.length && i < sizeof units / sizeof *units; i++) {
		if (!span_is(unit, units[i].name))
			continue;
		if (!number_by_text(config, digits, what, UINT32_MAX, number))
			return false;
		*number *= units[i].factor;
		return true;
	}
	diag_hint(ERROR(config, at, "'%.*s' is not a time", SPAN_ARG(at)), "a number and a unit: 100ms, 5s, 2m, 12h, 7d");
	return false;
}

void duration_text(char *text, size_t size, uint64_t ms)
{
	size_t unit = ms ? sizeof units / sizeof *units - 1 : 0;

	while (ms % units[unit].factor)
		unit--;
	snprintf(text, size, "%llu%s", (unsigned long long)ms / units[unit].factor, units[unit].name);
}
