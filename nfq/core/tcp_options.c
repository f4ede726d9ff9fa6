/* SPDX-License-Identifier: GPL-2.0-or-later
 * tcp_options.c - what the two sides of a TCP connection agree on in SYN and SYN-ACK
 */
#include "tcp_options.h"

enum kind {
	KIND_END = 0,
	KIND_NOP = 1,
	KIND_MSS = 2,
	KIND_SCALE = 3,
	KIND_SACK = 4,
	KIND_TIMESTAMPS = 8,
	KIND_MD5 = 19,
	KIND_AO = 29,
	KIND_MPTCP = 30,
	KIND_FAST_OPEN = 34,
	KIND_EXPERIMENT_1 = 253, /* RFC 6994: Fast Open used it first */
	KIND_EXPERIMENT_2 = 254,
};

const uint8_t *tcp_option_bytes(const struct packet *p, size_t *len)
{
	const uint8_t *first = p->transport + 20;

	*len = 0;
	if (p->proto != IPPROTO_TCP || p->payload < first)
		return first;
	*len = (size_t)(p->payload - first);
	if (*len > TCP_OPTIONS_MAX)
		*len = 0;
	return first;
}

/* One option of the list: its kind, and a reader over what follows its length. false: the list ends. */
static bool next_option(struct reader *list, uint8_t *kind, struct reader *body)
{
	uint8_t length;

	do {
		if (!reader_left(list))
			return false;
		*kind = reader_u8(list);
	} while (*kind == KIND_NOP);
	if (*kind == KIND_END)
		return false;
	length = reader_u8(list);
	reader_require(list, length >= 2);
	*body = reader_sub(list, length - 2U);
	return reader_ok(list);
}

static void note_option(struct tcp_options *options, uint8_t kind, struct reader *body)
{
	switch (kind) {
	case KIND_MSS:
		options->mss = reader_u16(body);
		break;
	case KIND_SCALE:
		options->has_scale = true;
		options->scale = reader_u8(body);
		break;
	case KIND_SACK:
		options->sack = true;
		break;
	case KIND_TIMESTAMPS:
		options->timestamps = true;
		options->tsval = reader_u32(body);
		break;
	case KIND_MD5:
	case KIND_AO:
	case KIND_MPTCP:
	case KIND_FAST_OPEN:
	case KIND_EXPERIMENT_1:
	case KIND_EXPERIMENT_2:
		options->bound_to_path = true;
		break;
	default: /* others change nothing that both paths must agree on */
		break;
	}
}

struct tcp_options tcp_options_parse(const uint8_t *bytes, size_t len)
{
	struct reader list = reader_over(bytes, len, false), body;
	struct tcp_options options = {0};
	uint8_t kind;

	while (next_option(&list, &kind, &body)) {
		note_option(&options, kind, &body);
		options.malformed |= !reader_ok(&body);
	}
	options.malformed |= !reader_ok(&list);
	return options;
}

static void put_u32(uint8_t *at, uint32_t value)
{
	for (int i = 0; i < 4; i++)
		at[i] = (uint8_t)(value >> (24 - 8 * i));
}

void tcp_options_put_timestamps(uint8_t *bytes, uint32_t tsval, uint32_t tsecr)
{
	memcpy(bytes, (uint8_t[]){KIND_NOP, KIND_NOP, KIND_TIMESTAMPS, 10}, 4);
	put_u32(bytes + 4, tsval);
	put_u32(bytes + 8, tsecr);
}

bool tcp_options_strip_timestamps(uint8_t *bytes, size_t len)
{
	struct reader list = reader_over(bytes, len, false), body;
	bool stripped = false;
	uint8_t kind;

	while (next_option(&list, &kind, &body)) {
		size_t end = (size_t)(list.at - bytes), start = (size_t)(body.at - bytes) - 2;

		if (kind != KIND_TIMESTAMPS)
			continue;
		memset(bytes + start, KIND_NOP, end - start);
		stripped = true;
	}
	return stripped;
}
