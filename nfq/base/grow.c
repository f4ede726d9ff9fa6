/* SPDX-License-Identifier: GPL-2.0-or-later
 * grow.c - arrays that grow as they are filled
 */
#include "grow.h"

#include <stdlib.h>

enum { FIRST = 8 }; /* elements */

void *grow_full(void *at, size_t *room, size_t size)
{
	size_t more = *room ? 2 * *room : FIRST;
	void *larger = reallocarray(at, more, size);

	if (larger)
		*room = more;
	return larger;
}
