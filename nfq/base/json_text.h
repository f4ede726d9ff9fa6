/* SPDX-License-Identifier: GPL-2.0-or-later
 * json_text.h - text from files and packets as JSON, which must be UTF-8
 */
#ifndef NFQROUTE_JSON_TEXT_H
#define NFQROUTE_JSON_TEXT_H

#include <jansson.h>

/* A string, with '?' in the place of each byte above 0x7e where the text is no UTF-8; NULL becomes null. NULL: out
 * of memory. */
json_t *json_text(const char *text);

#endif
