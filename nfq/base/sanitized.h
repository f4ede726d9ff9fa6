/* SPDX-License-Identifier: GPL-2.0-or-later
 * sanitized.h - is this a build with a sanitizer (make SAN=...)? Those do at run time what the daemon itself never
 * does.
 */
#ifndef NFQROUTE_SANITIZED_H
#define NFQROUTE_SANITIZED_H

/* clang's way to say it; gcc has macros of its own */
#ifdef __has_feature
#if __has_feature(thread_sanitizer)
#define __SANITIZE_THREAD__ 1
#endif
#if __has_feature(address_sanitizer) || __has_feature(memory_sanitizer)
#define __SANITIZE_ADDRESS__ 1
#endif
#endif

#ifdef __SANITIZE_THREAD__
#define SANITIZED_THREADS 1
#else
#define SANITIZED_THREADS 0
#endif

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#else
#define SANITIZED 0
#endif

#endif
