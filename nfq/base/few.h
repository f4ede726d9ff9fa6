/* SPDX-License-Identifier: GPL-2.0-or-later
 * few.h - a few bytes that nothing can go on without
 */
#ifndef NFQROUTE_FEW_H
#define NFQROUTE_FEW_H

#include <stddef.h>

/* Zeroed, of malloc(); never NULL. Where there is no memory it waits for others to give some back, two seconds,
 * and then ends the program. So not for the queues' threads, nor for anything whose size the user chooses. */
void *few_bytes(size_t size);

#endif
