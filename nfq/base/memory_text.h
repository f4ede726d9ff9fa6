/* SPDX-License-Identifier: GPL-2.0-or-later
 * memory_text.h - the end of a text that was written into memory, open_memstream(3)
 */
#ifndef NFQROUTE_MEMORY_TEXT_H
#define NFQROUTE_MEMORY_TEXT_H

#include <stdio.h>
#include <stdlib.h>

/* Closes the stream and returns its text, the caller's to free; text: where open_memstream() was to put it. NULL: out of
 * memory, of which the C library wants some to end it, too; what there was has been freed. */
static inline char *memory_text_end(FILE *stream, char **text)
{
	if (fclose(stream) == 0)
		return *text;
	free(*text);
	*text = NULL;
	return NULL;
}

#endif
