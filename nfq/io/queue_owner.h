/* SPDX-License-Identifier: GPL-2.0-or-later
 * queue_owner.h - which program holds a queue
 */
#ifndef NFQROUTE_QUEUE_OWNER_H
#define NFQROUTE_QUEUE_OWNER_H

#include <stdbool.h>
#include <stddef.h>

enum queue_held {
	QUEUE_FREE,     /* or the kernel does not tell */
	QUEUE_NAMELESS, /* by none of the processes in /proc: it has just ended, or is one that cannot be seen from here */
	QUEUE_NAMED,
};

/* Writes "NAME (pid N)" of the program that holds queue number in this network namespace, or what can be said of
 * it; nothing if the queue is free. */
enum queue_held queue_owner(unsigned number, char *text, size_t size);
/* What it wrote is nfqroute. */
bool queue_owner_is_daemon(const char *text);
/* A queue but first to last that nfqroute holds, and who that is, likewise. false: none is. */
bool queue_other_daemon(unsigned first, unsigned last, unsigned *number, char *text, size_t size);

#endif
