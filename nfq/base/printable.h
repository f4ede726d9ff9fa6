/* SPDX-License-Identifier: GPL-2.0-or-later
 * printable.h - text that somebody else has chosen, made safe for a terminal
 */
#ifndef NFQROUTE_PRINTABLE_H
#define NFQROUTE_PRINTABLE_H

#include <jansson.h>
#include <stddef.h>

/* For all JSON that holds such text: unlike jansson's plain form it has no control characters of the Latin-1 range either. */
#define PRINTABLE_JSON JSON_ENSURE_ASCII

/* The bytes of the character at text, of which there are left bytes (1 at least); 0: it is no good UTF-8, or controls. */
size_t printable_character(const char *text, size_t left);
/* Bytes off the wire as good UTF-8 without control characters: what is neither becomes "\xNN". To be freed; NULL: out of memory. */
char *printable(const char *bytes, size_t length);

/* Makes what printable() would write as "\xNN" a '?' for each byte. Returns text. */
char *printable_in_place(char *text);
/* Makes all but printable ASCII '?', where a byte has to be a column. Returns text. */
char *printable_ascii(char *text);

/* Of good UTF-8: its characters, each taken for one column; and where its last width of them begin. */
size_t printable_width(const char *text);
const char *printable_end(const char *text, size_t width);

#endif
