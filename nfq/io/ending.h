/* SPDX-License-Identifier: GPL-2.0-or-later
 * ending.h - what becomes of the connections of a gateway that has gone down
 *
 * Those whose source address is not translated can go by another gateway. The others cannot: another path would give
 * them another source. TCP connections are refused from now on, so that nothing of them leaves by another path and both
 * ends hear of it; all others are forgotten, and their next packet is judged as that of a new connection.
 */
#ifndef NFQROUTE_ENDING_H
#define NFQROUTE_ENDING_H

#include <stdbool.h>
#include <stddef.h>

#include "ruleset.h"

struct ending {
	const struct marks *marks;
	uint32_t mark; /* of the connections */
	uint32_t heir; /* mark of the gateway that takes those it can; 0: none */
	enum family family;
};

struct ending_result {
	unsigned moved, ended, forgotten;
};

/* Bounded in time, by ctnl_dump(). false with a message in error where the kernel cannot be asked. */
bool connections_end(const struct ending *ending, struct ending_result *result, char *error, size_t size);

#endif
