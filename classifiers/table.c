/* SPDX-License-Identifier: GPL-2.0-or-later
 * table.c - every classifier, in the order in which they are believed
 *
 * A new classifier is one file here ending in one descriptor, one line below, and its vectors in
 * tests/classifiers/NAME.t. Where two could say yes to the same bytes, the one with the longer or stricter
 * signature stands first; those that go by weak hints stand last.
 */
#include "classifier.h"

/* clang-format off */
#define CLASSIFIERS(one) \
	/* the usual ones first: everybody pays for what stands before his own */ \
	one(tls) \
	one(quic) \
	/* exact signatures */ \
	/* weak hints */
/* clang-format on */

#define DECLARE(name) extern const struct classifier classifier_##name;
#define ENTRY(name) &classifier_##name,

CLASSIFIERS(DECLARE)

const struct classifier *const classifiers[] = {CLASSIFIERS(ENTRY) NULL};
