/* SPDX-License-Identifier: GPL-2.0-or-later
 * ndpiloop.c - a program on a queue that asks libndpi: marks what a name below .example was asked for
 *
 * usage: ndpiloop QUEUE
 *
 * As programs on libndpi do it: one packet a call, flows in a hash table by addresses and ports, and libndpi is asked
 * about each packet of a flow until it has its answer or gives up. An open flow's packets pass without a mark, so that
 * the next one comes, too; those of others are marked 1. Ends on SIGTERM and says how many packets it took.
 */
#include "loop.h"

#include <ndpi/ndpi_api.h>
#include <time.h>

enum { COPY_RANGE = 1600, MARK_OTHER = 1, TABLE = 1 << 18, FLOWS_MOST = 60000, KEY = 38, GIVE_UP_AT = 24 };

struct flow {
	struct flow *next;
	uint8_t key[KEY];
	struct ndpi_flow_struct *ndpi;
	unsigned packets;
};

struct peer {
	struct loop loop;
	struct ndpi_detection_module_struct *ndpi;
	struct flow *table[TABLE];
	struct flow *flows; /* a ring of FLOWS_MOST */
	size_t next;
};

/* Addresses, ports, protocol, of one direction: replies are not queued. Returns the length of the headers in front of
 * the ports, 0: not to be taken apart. */
static size_t take_key(const uint8_t *packet, size_t length, uint8_t key[KEY])
{
	size_t header = length && packet[0] >> 4 == 4 ? (packet[0] & 15) * 4U : 40;

	memset(key, 0, KEY);
	if (length < header + 4 || header < 20)
		return 0;
	if (packet[0] >> 4 == 4)
		memcpy(key, packet + 12, 8);
	else
		memcpy(key, packet + 8, 32);
	memcpy(key + 32, packet + header, 4);
	key[36] = packet[0] >> 4 == 4 ? packet[9] : packet[6];
	return header;
}

static uint32_t hash(const uint8_t key[KEY])
{
	uint32_t value = 2166136261U;

	for (unsigned i = 0; i < KEY; i++)
		value = (value ^ key[i]) * 16777619U;
	return value % TABLE;
}

static void forget(struct peer *peer, struct flow *flow)
{
	struct flow **at = &peer->table[hash(flow->key)];

	if (!flow->ndpi)
		return;
	while (*at && *at != flow)
		at = &(*at)->next;
	if (*at)
		*at = flow->next;
	ndpi_flow_free(flow->ndpi);
	flow->ndpi = NULL;
}

/* The flow of this key, new perhaps, in place of the oldest. */
static struct flow *find(struct peer *peer, const uint8_t key[KEY])
{
	struct flow **slot = &peer->table[hash(key)], *flow;

	for (flow = *slot; flow; flow = flow->next)
		if (memcmp(flow->key, key, KEY) == 0)
			return flow;
	flow = &peer->flows[peer->next++ % FLOWS_MOST];
	forget(peer, flow);
	*flow = (struct flow){.next = *slot, .ndpi = ndpi_flow_malloc(SIZEOF_FLOW_STRUCT)};
	memset(flow->ndpi, 0, SIZEOF_FLOW_STRUCT);
	memcpy(flow->key, key, KEY);
	return *slot = flow;
}

static bool is_wanted(const char *name)
{
	static const char domain[] = ".example";
	size_t len = strlen(name), tail = sizeof domain - 1;

	return len >= tail && strcmp(name + len - tail, domain) == 0;
}

/* The packet's mark, 0: nothing is known yet. */
static uint32_t judge(struct peer *peer, const uint8_t *packet, size_t length, uint64_t now)
{
	uint8_t key[KEY];
	struct flow *flow;
	uint32_t mark = 0;
	const char *name;

	if (!take_key(packet, length, key))
		return MARK_OTHER;
	flow = find(peer, key);
	ndpi_detection_process_packet(peer->ndpi, flow->ndpi, packet, (unsigned short)length, now);
	name = (const char *)flow->ndpi->host_server_name;
	if (*name)
		mark = is_wanted(name) ? MARK : MARK_OTHER;
	else if (++flow->packets == GIVE_UP_AT)
		mark = MARK_OTHER;
	if (mark)
		forget(peer, flow);
	return mark;
}

static void take(struct peer *peer, const struct nlmsghdr *message, uint64_t now)
{
	const struct nlattr *payload = find_attribute(message, NFQA_PAYLOAD);
	uint32_t id, mark = MARK_OTHER;

	if (!find_id(message, &id))
		return;
	if (payload)
		mark = judge(peer, mnl_attr_get_payload(payload), mnl_attr_get_payload_len(payload), now);
	put_verdict(&peer->loop, id, mark);
}

static void serve(struct peer *peer)
{
	char *slot = peer->loop.slots[0];
	struct timespec now;

	while (!ending) {
		const struct nlmsghdr *message = (const void *)slot;
		ssize_t got = recv(peer->loop.fd, slot, SLOT, 0);
		int length = (int)got;

		if (got < 0)
			continue;
		peer->loop.receives++;
		clock_gettime(CLOCK_REALTIME_COARSE, &now);
		for (; mnl_nlmsg_ok(message, length); message = mnl_nlmsg_next(message, &length))
			take(peer, message, (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000);
		answer(&peer->loop);
	}
}

int main(int argc, char **argv)
{
	struct sigaction action = {.sa_handler = on_term};
	struct peer *peer = calloc(1, sizeof *peer);
	NDPI_PROTOCOL_BITMASK all;

	if (argc != 2 || !peer || !(peer->flows = calloc(FLOWS_MOST, sizeof *peer->flows))) {
		fputs("usage: ndpiloop QUEUE\n", stderr);
		return 2;
	}
	peer->ndpi = ndpi_init_detection_module(0);
	NDPI_BITMASK_SET_ALL(all);
	ndpi_set_protocol_detection_bitmask2(peer->ndpi, &all);
	ndpi_finalize_initialization(peer->ndpi);
	peer->loop.queue = (unsigned)strtoul(argv[1], NULL, 10);
	sigaction(SIGTERM, &action, NULL);
	if (!open_queue(&peer->loop, COPY_RANGE)) {
		perror("ndpiloop");
		return 1;
	}
	serve(peer);
	fprintf(stderr, "queued packets: %lu in %lu batches\n", peer->loop.packets, peer->loop.receives);
	return 0;
}
