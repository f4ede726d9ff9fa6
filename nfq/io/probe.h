/* SPDX-License-Identifier: GPL-2.0-or-later
 * probe.h - one question to one target by one gateway; private to checks.c, probe.c and check_*.c
 *
 * A probe's socket is bound to the gateway's device, so an answer that comes by another one does not reach it, and
 * carries the gateway's check mark, so that it is routed by the gateway's table and no hook of ours touches it.
 */
#ifndef NFQROUTE_PROBE_H
#define NFQROUTE_PROBE_H

#include "ruleset.h"

enum probe_result {
	PROBE_WAITS, /* the answer is still to come */
	PROBE_GOOD,
	PROBE_BAD,   /* probe->reason says why */
};

enum { PROBE_REASON = 80, PROBE_ANSWER = 16 };

struct probe {
	/* set by probe_ask() for the type's functions */
	const struct check *check;
	int fd;            /* -1: no question is open */
	uint16_t number;   /* of the question: another one each time */
	uint64_t nonce;    /* likewise, and not to be guessed */
	unsigned events;   /* EPOLL* that are waited for */
	/* the type's own */
	bool connected;
	uint8_t answer[PROBE_ANSWER];
	size_t answered;
	char reason[PROBE_REASON];
};

/* A kind of check. A new one is a file that ends in one of these, and a line in the table of probe.c. */
struct probe_type {
	int socket_type;   /* SOCK_* */
	int protocol[FAMILY_COUNT];
	/* The socket is open, connected (or connecting) to the target, non-blocking: asks. */
	enum probe_result (*ask)(struct probe *probe);
	/* One of the events has come. */
	enum probe_result (*look)(struct probe *probe);
};

extern const struct probe_type probe_ping, probe_tcp, probe_dns, probe_http;

/* Asks the check's target by this device with this mark. The probe's fd is open if the answer is waited for. */
enum probe_result probe_ask(struct probe *probe, const struct check *check, const char *device, uint32_t mark);
/* To be called when the socket has one of the events. */
enum probe_result probe_look(struct probe *probe);
/* Gives the question up. */
void probe_close(struct probe *probe);

/* PROBE_BAD with the words for this errno value. */
enum probe_result probe_failed(struct probe *probe, int error);

/* A connection is being made: WAITS, GOOD when it is there, BAD when it cannot be made. */
enum probe_result probe_connecting(struct probe *probe);

#endif
