/* SPDX-License-Identifier: GPL-2.0-or-later
 * fuzz_engine.c - any packets in any order through the whole engine
 *
 * The input is a list of packets: a control byte, a length byte, then that many bytes of a transport's payload. The
 * control byte chooses one of a few connections, the direction and the TCP flags, so that the fuzzer spends its time
 * on streams and datagrams that belong together; one value in eight takes the bytes as a whole IP packet instead.
 * What must hold whatever comes: every packet gets exactly one verdict in the end, and no verdict touches a foreign bit.
 */
#include <stdlib.h>
#include <string.h>

#include "engine.h"

#define MS 1000000ULL
#define FOREIGN 0xabcd00U
enum { HEADER_TCP = 40, HEADER_UDP = 28, DATA_MAX = 255, IDS = 4096 };

struct run {
	struct engine *engine;
	const struct ruleset *ruleset;
	unsigned char answered[IDS];
	struct verdict verdicts[64];
	uint32_t seq[8]; /* by connection and direction */
	uint64_t now;
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(struct run *run, size_t count)
{
	uint32_t mask = run->ruleset->marks.mask;

	for (size_t i = 0; i < count; i++) {
		const struct verdict *v = &run->verdicts[i];

		if (v->id >= IDS || run->answered[v->id]++ || (v->mark & ~mask) != FOREIGN)
			abort();
	}
}

static void put16(uint8_t *at, unsigned value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

static size_t build(struct run *run, uint8_t control, const uint8_t *payload, size_t len, uint8_t *out)
{
	bool udp = control & 0x80, reply = control & 0x10;
	unsigned connection = control & 0x03, header = udp ? HEADER_UDP : HEADER_TCP;
	unsigned port = connection == 3 ? 53 : 443; /* which is learned from */
	uint32_t *seq = &run->seq[connection * 2 + reply];
	uint8_t flags = control & 0x20 ? TCP_SYN : TCP_ACK;

	memset(out, 0, header);
	out[0] = 0x45;
	put16(out + 2, (unsigned)(header + len));
	out[9] = udp ? IPPROTO_UDP : IPPROTO_TCP;
	out[12] = out[16] = 10;
	out[15] = reply ? 2 : 1;
	out[19] = reply ? 1 : 2;
	put16(out + 20, reply ? port : 40000 + connection);
	put16(out + 22, reply ? 40000 + connection : port);
	if (udp) {
		put16(out + 24, (unsigned)(8 + len));
	} else {
		put16(out + 24, *seq >> 16);
		put16(out + 26, *seq & 0xffff);
		out[32] = 0x50;
		out[33] = flags;
		*seq += control & 0x40 ? (uint32_t)len / 2 : (uint32_t)len + (flags == TCP_SYN); /* overlaps */
	}
	memcpy(out + header, payload, len);
	return header + len;
}

static void one_packet(struct run *run, uint32_t id, uint8_t control, const uint8_t *payload, size_t len)
{
	uint8_t bytes[HEADER_TCP + DATA_MAX];
	bool raw = (control & 0x1c) == 0x1c;
	size_t length = raw ? len : build(run, control, payload, len, bytes);
	struct packet packet;
	enum packet_fault fault = packet_parse(&packet, raw ? payload : bytes, length, 0);

	packet.id = id;
	packet.reply = control & 0x10;
	packet.mark = FOREIGN | (control & 0x08 ? run->ruleset->marks.open : 0);
	packet.continued = control & 0x08;
	run->now += (uint64_t)(control & 0x04) * 10 * MS;
	check(run, engine_packet(run->engine, &packet, fault, run->now, run->verdicts));
	check(run, engine_tick(run->engine, run->now, run->verdicts));
	engine_learn(run->engine);
}

static void finish(struct run *run, uint32_t ids)
{
	size_t count;

	run->now += 1000 * 1000 * MS;
	while ((count = engine_tick(run->engine, run->now, run->verdicts)))
		check(run, count);
	for (uint32_t id = 0; id < ids; id++) {
		if (run->answered[id] != 1)
			abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct ruleset *ruleset;
	static struct learned *learned; /* what one input teaches, later ones know */
	struct engine_config config = {.seed = 7};
	struct run run = {.now = MS};
	size_t at = 0;
	uint32_t id = 0;

	if (!ruleset) {
		ruleset = ruleset_observe();
		ruleset->options.flows = 3;
		ruleset->options.buffer_memory = 65536;
		ruleset->options.dns = true;
		learned = learned_new(16, 7);
	}
	run.ruleset = ruleset;
	config.learned = learned;
	run.engine = engine_new(ruleset, &config);
	if (!run.engine || sizeof run.verdicts / sizeof *run.verdicts < engine_verdicts_max(run.engine))
		abort();
	while (size - at >= 2 && id < IDS) {
		uint8_t control = data[at], len = data[at + 1];

		at += 2;
		if (len > size - at)
			len = (uint8_t)(size - at);
		one_packet(&run, id++, control, data + at, len);
		at += len;
	}
	finish(&run, id);
	engine_free(run.engine);
	return 0;
}
