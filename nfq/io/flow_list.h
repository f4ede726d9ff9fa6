/* SPDX-License-Identifier: GPL-2.0-or-later
 * flow_list.h - the connections that the kernel tracks now, each with its decision
 *
 * The queues' histories are copied and indexed by connection, then the kernel's list is gone through. A connection
 * whose decision is not in a history any more is known by its mark only.
 */
#ifndef NFQROUTE_FLOW_LIST_H
#define NFQROUTE_FLOW_LIST_H

#include "ctentry.h"
#include "past_filter.h"

struct daemon;
struct mark_name;
struct source;

struct flow_list {
	struct past_filter filter; /* to be set after flow_list_init() */
	/* flow_list.c's */
	uint32_t mask;
	unsigned name_count, source_count;
	struct mark_name *names; /* what a mark means */
	struct source *sources;
	struct past_decision *past; /* copies, oldest first in each queue */
	size_t past_count;
	uint32_t *index, index_mask; /* open addressing: place in past + 1; 0: free */
	uint64_t secret;             /* of its hash */
	void (*each)(void *ctx, const struct past_decision *past, const struct ct_entry *entry);
	void *ctx;
};

/* Takes what it needs of the daemon, in the main thread. false: out of memory. */
bool flow_list_init(struct flow_list *list, const struct daemon *daemon);
/* Calls each() for all that are decided and that the filter passes; of a connection whose decision is not known
 * any more past->time is 0. May take long: in a job. 0 or an errno value. */
int flow_list_walk(struct flow_list *list,
		   void (*each)(void *ctx, const struct past_decision *past, const struct ct_entry *entry), void *ctx);
void flow_list_free(struct flow_list *list);

#endif
