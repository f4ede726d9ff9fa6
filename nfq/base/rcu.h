/* SPDX-License-Identifier: GPL-2.0-or-later
 * rcu.h - read-copy-update by liburcu (urcu-bp), and what it orders told to ThreadSanitizer
 *
 * Readers use rcu_read_lock() and rcu_dereference() of liburcu, and leave by rcu_read_leave(); writers use its rcu_assign_pointer(), and
 * rcu_defer() or rcu_wait() for what readers may still see.
 *
 * liburcu is not built with ThreadSanitizer, for which it orders nothing therefore. So in a build with it (make SAN=thread) pointers are
 * published and read by atomic operations; and what is done before a reader leaves, or before something is deferred, comes before
 * what is done behind the grace period: the former release, and the latter acquire, one and the same address.
 */
#ifndef NFQROUTE_RCU_H
#define NFQROUTE_RCU_H

#include <urcu-bp.h>

#include "sanitized.h"

#if SANITIZED_THREADS
void __tsan_acquire(void *address);
void __tsan_release(void *address);
#define RCU_GRACE ((void *)(uintptr_t)&synchronize_rcu)
#undef rcu_assign_pointer
#define rcu_assign_pointer(pointer, value) __atomic_store_n(&(pointer), value, __ATOMIC_RELEASE)
#undef rcu_dereference
#define rcu_dereference(pointer) __atomic_load_n(&(pointer), __ATOMIC_ACQUIRE)
#else
#define RCU_GRACE NULL
#define __tsan_acquire(address) ((void)(address))
#define __tsan_release(address) ((void)(address))
#endif

/* Ends what rcu_read_lock() began: what has been found by rcu_dereference() may be freed from now on. */
static inline void rcu_read_leave(void)
{
	__tsan_release(RCU_GRACE);
	rcu_read_unlock();
}

/* Has liburcu's thread call free_it(head) when no reader can see any more what the caller has just replaced; does not wait. It begins
 * by rcu_passed(). */
static inline void rcu_defer(struct rcu_head *head, void (*free_it)(struct rcu_head *head))
{
	__tsan_release(RCU_GRACE);
	call_rcu(head, free_it);
}

static inline void rcu_passed(void)
{
	__tsan_acquire(RCU_GRACE);
}

/* Waits until no reader can see any more what the caller has just replaced. */
static inline void rcu_wait(void)
{
	synchronize_rcu();
	rcu_passed();
}

#endif
