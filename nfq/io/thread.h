/* SPDX-License-Identifier: GPL-2.0-or-later
 * thread.h - threads beside the main one, whose signals are
 */
#ifndef NFQROUTE_THREAD_H
#define NFQROUTE_THREAD_H

#include <pthread.h>

/* Starts a thread that no signal is delivered to, as pthread_create(3) does; to be joined. 0, or an errno value. */
int thread_start(pthread_t *thread, void *(*run)(void *), void *arg);

#endif
