/* SPDX-License-Identifier: GPL-2.0-or-later
 * clear.h - clearing what is cleared for every packet
 */
#ifndef NFQROUTE_CLEAR_H
#define NFQROUTE_CLEAR_H

#include <stddef.h>
#include <string.h>

/* Clears size bytes. For a size of some hundred bytes that it knows, gcc takes the processor's string instruction, which
 * takes longer to start than a call of memset() needs as a whole: so it is not to know. */
static inline void clear_bytes(void *bytes, size_t size)
{
	__asm__("" : "+r"(size));
	memset(bytes, 0, size);
}

#endif
