/* SPDX-License-Identifier: GPL-2.0-or-later
 * queue_owner.h - which program holds a queue
 */
#ifndef NFQROUTE_QUEUE_OWNER_H
#define NFQROUTE_QUEUE_OWNER_H

#include <stdbool.h>
#include <stddef.h>

/* Writes "NAME (pid N)" of the program that holds queue number in this network namespace, or what can be said of
 * it. false: nobody holds it, or the kernel does not tell. */
bool queue_owner(unsigned number, char *text, size_t size);

#endif
