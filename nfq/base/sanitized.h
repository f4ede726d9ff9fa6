/* SPDX-License-Identifier: GPL-2.0-or-later
 * sanitized.h - is this a build with a sanitizer (make SAN=...)? Those do at run time what the daemon itself never
 * does.
 */
#ifndef NFQROUTE_SANITIZED_H
#define NFQROUTE_SANITIZED_H

#ifdef __has_feature /* clang's way to say it; gcc has macros of its own */
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
#define SANITIZED 1
#endif
#endif
#if !defined(SANITIZED) && (defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__))
#define SANITIZED 1
#endif
#ifndef SANITIZED
#define SANITIZED 0
#endif

#endif
