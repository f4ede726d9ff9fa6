/* SPDX-License-Identifier: GPL-2.0-or-later
 * defrag.h - reassembly of IP fragments, as the kernel does it ahead of its queue
 */
#ifndef NFQROUTE_DEFRAG_H
#define NFQROUTE_DEFRAG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct defrag;

/* An IP datagram, borrowed. */
struct defrag_datagram {
	const uint8_t *data;
	size_t length;      /* bytes here */
	size_t wire_length; /* bytes it had; with padding if it came in one piece */
};

/* NULL: out of memory. */
struct defrag *defrag_new(void);
void defrag_free(struct defrag *defrag);

/* Gives one datagram or fragment, at now (nanoseconds). True: *datagram is set, and stays valid until the next
 * call; either what came, because it is no fragment or cannot be read, or the whole that it completed. False: kept
 * for the rest to come, or thrown away as an overlap. */
bool defrag_packet(struct defrag *defrag, const struct defrag_datagram *packet, uint64_t now,
		   struct defrag_datagram *datagram);

/* Datagrams of which some fragments came and that are not, or never were, completed. */
uint64_t defrag_incomplete(const struct defrag *defrag);

#endif
