/* SPDX-License-Identifier: GPL-2.0-or-later
 * printable.c - text that somebody else has chosen, made safe for a terminal
 */
#include "printable.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The length of the well-formed UTF-8 character (RFC 3629) at text, 0 if there is none. */
static size_t utf8_length(const uint8_t *text, size_t left)
{
	static const struct {
		uint8_t first, last, second_first, second_last, length;
	} forms[] = {
		{0x00, 0x7f, 0x00, 0xff, 1}, {0xc2, 0xdf, 0x80, 0xbf, 2}, {0xe0, 0xe0, 0xa0, 0xbf, 3},
		{0xe1, 0xec, 0x80, 0xbf, 3}, {0xed, 0xed, 0x80, 0x9f, 3}, {0xee, 0xef, 0x80, 0xbf, 3},
		{0xf0, 0xf0, 0x90, 0xbf, 4}, {0xf1, 0xf3, 0x80, 0xbf, 4}, {0xf4, 0xf4, 0x80, 0x8f, 4},
	};
	size_t i = 0;

	while (i < sizeof forms / sizeof *forms && !(text[0] >= forms[i].first && text[0] <= forms[i].last))
		i++;
	if (i == sizeof forms / sizeof *forms || forms[i].length > left)
		return 0;
	if (forms[i].length > 1 && (text[1] < forms[i].second_first || text[1] > forms[i].second_last))
		return 0;
	for (size_t k = 2; k < forms[i].length; k++)
		if (text[k] >> 6 != 2)
			return 0;
	return forms[i].length;
}

/* Control characters, of both the ASCII and the Latin-1 range, can drive a terminal. */
static bool is_control(const uint8_t *text)
{
	return text[0] < 0x20 || text[0] == 0x7f || (text[0] == 0xc2 && text[1] < 0xa0);
}

size_t printable_character(const char *text, size_t left)
{
	const uint8_t *at = (const uint8_t *)text;
	size_t length = utf8_length(at, left);

	return length && !is_control(at) ? length : 0;
}

char *printable(const char *bytes, size_t length)
{
	char *safe = malloc(length * 4 + 1);
	size_t used = 0, i = 0;

	while (safe && i < length) {
		size_t whole = printable_character(bytes + i, length - i);

		if (whole) {
			memcpy(safe + used, bytes + i, whole);
			used += whole;
			i += whole;
		} else {
			used += (size_t)sprintf(safe + used, "\\x%02x", (uint8_t)bytes[i]);
			i++;
		}
	}
	if (safe)
		safe[used] = '\0';
	return safe;
}

char *printable_in_place(char *text)
{
	size_t left = strlen(text);

	for (char *c = text; left;) {
		size_t whole = printable_character(c, left);

		if (!whole) {
			*c = '?';
			whole = 1;
		}
		c += whole;
		left -= whole;
	}
	return text;
}

char *printable_ascii(char *text)
{
	for (char *c = text; *c; c++)
		if (*c < ' ' || *c > '~')
			*c = '?';
	return text;
}

size_t printable_width(const char *text)
{
	size_t width = 0;

	for (; *text; text++)
		width += ((unsigned char)*text & 0xc0) != 0x80; /* not in the middle of a character */
	return width;
}

const char *printable_end(const char *text, size_t width)
{
	const char *at = text + strlen(text);

	while (at > text && width)
		if (((unsigned char)*--at & 0xc0) != 0x80)
			width--;
	return at;
}
