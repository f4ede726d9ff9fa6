/* SPDX-License-Identifier: GPL-2.0-or-later
 * handover.c - the queues' sockets in the service manager's store, each by a name: "queue-0"
 */
#include "handover.h"

#include <stdio.h>
#include <stdlib.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include "log.h"

#define NAME "queue-%u"

enum { FIRST = SD_LISTEN_FDS_START, MESSAGE = 64 };

struct handover {
	bool stores;
	int count; /* of descriptors, from FIRST on */
	struct given {
		bool ours; /* not taken yet */
		unsigned queue;
	} * given;
};

/* Other descriptors than ours are somebody's who wrote the unit: they are let alone. */
static void read_names(struct handover *handover, char **names)
{
	char rest;

	for (int i = 0; i < handover->count; i++) {
		struct given *given = &handover->given[i];

		given->ours = names && sscanf(names[i], NAME "%c", &given->queue, &rest) == 1;
		if (names)
			free(names[i]);
	}
	free(names);
}

struct handover *handover_open(void)
{
	struct handover *handover = calloc(1, sizeof *handover);
	char **names = NULL;

	if (!handover)
		return NULL;
	/* systemd says FDSTORE only since 254; our unit has a store in any case */
	handover->stores = getenv("NOTIFY_SOCKET") && (getenv("FDSTORE") || sd_booted() > 0);
	handover->count = sd_listen_fds_with_names(1, &names);
	if (handover->count < 0)
		handover->count = 0;
	handover->given = calloc((size_t)handover->count + 1, sizeof *handover->given);
	if (handover->given) {
		read_names(handover, names);
		return handover;
	}
	free(handover);
	return NULL;
}

void handover_close(struct handover *handover)
{
	if (!handover)
		return;
	for (int i = 0; i < handover->count; i++) {
		if (!handover->given[i].ours)
			continue;
		close(FIRST + i);
		handover_forget(handover, handover->given[i].queue);
	}
	free(handover->given);
	free(handover);
}

bool handover_stores(const struct handover *handover)
{
	return handover->stores;
}

int handover_take(struct handover *handover, unsigned queue)
{
	for (int i = 0; i < handover->count; i++) {
		struct given *given = &handover->given[i];

		if (given->ours && given->queue == queue) {
			given->ours = false;
			return FIRST + i;
		}
	}
	return -1;
}

void handover_keep(const struct handover *handover, unsigned queue, int fd)
{
	char message[MESSAGE];

	if (!handover->stores)
		return;
	handover_forget(handover, queue);
	snprintf(message, sizeof message, "FDSTORE=1\nFDNAME=" NAME, queue);
	if (sd_pid_notify_with_fds(0, 0, message, &fd, 1) < 0)
		log_debug("queue %u: its socket cannot be stored", queue);
}

void handover_forget(const struct handover *handover, unsigned queue)
{
	if (handover->stores)
		sd_notifyf(0, "FDSTOREREMOVE=1\nFDNAME=" NAME, queue);
}
