/* SPDX-License-Identifier: GPL-2.0-or-later
 * json_text.c - text from files and packets as JSON, which must be UTF-8
 */
#include "json_text.h"

#include <stdlib.h>
#include <string.h>

json_t *json_text(const char *text)
{
	json_t *json;
	char *ascii;

	if (!text)
		return json_null();
	json = json_string(text);
	if (json)
		return json;
	ascii = strdup(text);
	for (char *c = ascii; c && *c; c++)
		if ((unsigned char)*c > 0x7e)
			*c = '?';
	json = ascii ? json_string(ascii) : NULL;
	free(ascii);
	return json;
}
