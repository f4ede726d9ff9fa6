/* SPDX-License-Identifier: GPL-2.0-or-later
 * sanitized.h - is this a build with a sanitizer (make SAN=...)? Those do at run time what the daemon itself never
 * does.
 */
#ifndef NFQROUTE_SANITIZED_H
#define NFQROUTE_SANITIZED_H

/* clang's way to say it; gcc has macros of its own */
#ifdef __has_feature
#define SANITIZED_BY(sanitizer) __has_feature(sanitizer)
#else
#define SANITIZED_BY(sanitizer) 0
#endif

#if SANITIZED_BY(address_sanitizer) || defined(__SANITIZE_ADDRESS__)
#define SANITIZED_ADDRESSES 1
#else
#define SANITIZED_ADDRESSES 0
#endif

#if SANITIZED_BY(thread_sanitizer) || defined(__SANITIZE_THREAD__)
#define SANITIZED_THREADS 1
#else
#define SANITIZED_THREADS 0
#endif

#if SANITIZED_ADDRESSES || SANITIZED_THREADS || SANITIZED_BY(memory_sanitizer)
#define SANITIZED 1
#else
#define SANITIZED 0
#endif

#endif
