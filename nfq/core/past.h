/* SPDX-License-Identifier: GPL-2.0-or-later
 * past.h - the connections that were decided a short while ago
 *
 * Packets that were queued before their connection's mark was saved get the same verdict again; and so do those of an
 * undecided connection that had to give way to others, by the path that it had taken. All that is needed for
 * that is the mark, so a connection is known here by its hash alone: 64 bits of a keyed one. Three of them share a line
 * of the cache, which is all that a look touches; in a line that is full, the one that was silent longest gives way.
 */
#ifndef NFQROUTE_PAST_H
#define NFQROUTE_PAST_H

#include <stdbool.h>
#include <stdint.h>

struct past;

struct past_packet {
	uint64_t hash;    /* of its connection, see flow_hash() */
	uint64_t now;     /* nanoseconds */
	bool opens;       /* it opens a TCP connection, */
	uint32_t start;   /* whose data begin with this number */
};

/* Room for about as many as count. NULL: out of memory. */
struct past *past_new(uint32_t count);
void past_free(struct past *past);

/* Has the memory fetched that the functions below need. */
void past_expect(const struct past *past, uint64_t hash);
/* The connection has been decided: its packets have this mark from now on. start: of a TCP connection's data. */
void past_note(struct past *past, uint64_t hash, uint32_t start, uint32_t mark, uint64_t now);
/* true: the packet is one of a connection that was decided, of which something was seen in the last ten seconds; *mark is
 * what past_note() was told. */
bool past_find(struct past *past, const struct past_packet *packet, uint32_t *mark);

/* As if it had not been decided. */
void past_forget(struct past *past, uint64_t hash);

#endif
