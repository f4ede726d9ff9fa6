/* SPDX-License-Identifier: GPL-2.0-or-later
 * fuzz_replay.c - any frames through all of explain but the file format: link layers, reassembly, connection
 * tracking, the engine that only observes, and with it every classifier
 *
 * The input is a list of frames: a byte for the link type, two for the length, then the bytes. Time goes on 10 ms
 * from frame to frame, and by a minute for one value in 16.
 */
#include <pcap/dlt.h>
#include <stdlib.h>
#include <string.h>

#include "replay.h"

#define MS 1000000ULL

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const int links[] = {DLT_RAW,        DLT_EN10MB, DLT_RAW,    DLT_LINUX_SLL, DLT_RAW,  276,
			    DLT_RAW,        DLT_NULL,   DLT_NFLOG,  DLT_PPP,       DLT_IPV4, DLT_IPV6,
			    DLT_PPP_SERIAL, DLT_LOOP,   DLT_C_HDLC, DLT_RAW};

static void require(bool condition)
{
	if (!condition)
		abort();
}

/* Gives the frame in a block of its own, so that a byte read too far is seen. */
static void give(struct replay *replay, const uint8_t *data, size_t length, uint8_t link, uint64_t now)
{
	uint8_t *block = malloc(length + !length);
	struct frame frame = {.data = block,
			      .length = length,
			      .wire_length = length + (link & 0x40 ? 100 : 0),
			      .time = now,
			      .link_type = links[link % 16]};

	require(block);
	memcpy(block, data, length);
	require(replay_frame(replay, &frame));
	free(block);
}

static void check(const struct replay *replay)
{
	uint64_t packets = 0;

	for (size_t i = 0; i < replay_count(replay); i++) {
		struct replay_flow flow = replay_at(replay, i);

		require(flow.connection->packets > 0);
		require(flow.seen_packet <= flow.connection->packets);
		require(!flow.decided && !flow.decision.rule && !flow.gateway);
		packets += flow.connection->packets;
	}
	require(packets <= replay_counters(replay).frames);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct replay_config config = {.flows = 64};
	struct replay *replay = replay_new(&config);
	uint64_t now = 1;

	require(replay);
	while (size >= 3) {
		uint8_t link = data[0];
		size_t length = (size_t)(data[1] << 8 | data[2]);

		data += 3;
		size -= 3;
		if (length > size)
			length = size;
		now += link >> 4 == 15 ? 60000 * MS : 10 * MS;
		give(replay, data, length, link, now);
		data += length;
		size -= length;
	}
	replay_finish(replay);
	check(replay);
	replay_free(replay);
	return 0;
}
