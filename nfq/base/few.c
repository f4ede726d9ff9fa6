/* SPDX-License-Identifier: GPL-2.0-or-later
 * few.c - a few bytes that nothing can go on without
 */
#include "few.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { TRIES = 20, PAUSE_MS = 100 };

void *few_bytes(size_t size)
{
	static const struct timespec pause = {.tv_nsec = PAUSE_MS * 1000000L};
	void *bytes = calloc(1, size);

	for (int i = 0; !bytes && i < TRIES; i++) {
		nanosleep(&pause, NULL);
		bytes = calloc(1, size);
	}
	if (!bytes) {
		fputs("nfqroute: out of memory\n", stderr);
		abort();
	}
	return bytes;
}
