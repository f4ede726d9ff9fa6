/* SPDX-License-Identifier: GPL-2.0-or-later
 * rtmp.c - the Real Time Messaging Protocol: handshake, then the connect command
 *
 *
 * The handshake is 1 byte (C0, the version), 1536 (C1: a time, four zero bytes or the version of a Flash player,
 * random bytes) and, after the server's, 1536 more (C2). Its first nine bytes are telling enough to name the app.
 * Messages follow in chunks; connect is the first command, its object names the application ("app") and the server
 * as the client knows it
 * ("tcUrl"). The encrypted variant (RTMPE) hides all behind the handshake.
 */
#include "signature.h"

static const struct app rtmp = {
	.name = "rtmp",
	.brief = "Real Time Messaging Protocol",
	.source = "Adobe RTMP 1.0, sections 5.2, 5.3 and 7.2.1.1",
	.decided = "first packet with data; host and path with connect",
};
static const struct app rtmpe = {
	.name = "rtmpe",
	.brief = "RTMP, encrypted",
	.source = "Adobe RTMP 1.0 section 5.2.1, versions 6 and 8 as Flash Player sends them",
	.decided = "first packet with data",
	.within = &rtmp,
};
static const struct app *const apps[] = {&rtmp, &rtmpe, NULL};

#define HANDSHAKE_SIZE 1536
#define MESSAGE_MAX 4096 /* a player's page, and a token twice: behind the application, and again in tcUrl */
#define STREAMS_MAX 64 /* chunk stream ids that fit the one-byte header */

enum { SET_CHUNK_SIZE = 1, ABORT = 2, AMF3_COMMAND = 17, AMF0_COMMAND = 20 };

/* The four bytes behind the time: zero, or the version of the player whose digest is in the random bytes. Players
 * say 9.0.124.2 to 128.0.7.2, nginx as a client 12.0.13.14. */
static bool known_player(const uint8_t *version)
{
	return version && (version[0] == 0x80 || (version[0] >= 9 && version[0] <= 64)) && version[1] == 0 &&
	       version[2] < 0x80 && (version[3] == 2 || version[3] == 14);
}

/* Reads C0 and C1; the app is known before all of them is here. */
static const struct app *handshake(struct reader *r)
{
	uint8_t version = reader_within(r, 1, 3, 8);
	uint32_t time = reader_u32(r);
	struct reader player = *r;
	bool zero = reader_u32(r) == 0;
	bool known = known_player(reader_bytes(&player, 4));
	const struct app *app = version == 3 ? &rtmp : &rtmpe;

	reader_require(r, version == 3 ? zero || known : (version == 6 || version == 8) && known);
	if (zero && time == 0) { /* so far nothing but a 3 and zeros: wait for what must be random */
		struct reader random = *r;

		if (reader_u64(&random) == 0)
			reader_skip(&random, HANDSHAKE_SIZE - 16);
		if (!reader_ok(&random))
			*r = random;
	}
	return reader_ok(r) ? app : NULL;
}

/* One chunk stream: what later chunks take over from the ones before (section 5.3.1.2). */
struct chunk_stream {
	uint32_t length, have;
	uint8_t type;
	bool extended;
};

struct chunks {
	struct chunk_stream streams[STREAMS_MAX];
	uint32_t size;                /* of the payload of a chunk */
	uint8_t message[MESSAGE_MAX]; /* the command, as far as it is here */
	uint32_t length, have;        /* of the command; what is kept of it */
	bool found;
};

static void set_chunk_size(struct chunks *chunks, struct reader payload)
{
	uint32_t size = reader_u32(&payload);

	if (reader_ok(&payload) && size >= 1 && size <= 0x7fffffff)
		chunks->size = size;
}

static void keep_command(struct chunks *chunks, const struct chunk_stream *stream, struct reader payload)
{
	size_t left = reader_left(&payload), room = stream->have < MESSAGE_MAX ? MESSAGE_MAX - stream->have : 0;
	size_t n = left < room ? left : room;

	chunks->found = true;
	chunks->length = stream->length;
	if (n)
		memcpy(chunks->message + stream->have, reader_bytes(&payload, n), n);
	chunks->have = stream->have + (uint32_t)n;
}

/* Reads the header of a chunk (section 5.3.1); format 0 has all of it, 3 nothing. */
static struct chunk_stream *chunk_header(struct chunks *chunks, struct reader *r)
{
	uint8_t basic = reader_u8(r), format = basic >> 6;
	struct chunk_stream *stream = &chunks->streams[basic & 63];

	reader_require(r, (basic & 63) >= 2);
	if (format < 3)
		stream->extended = reader_u24(r) == 0xffffff;
	if (format < 2) {
		stream->length = reader_u24(r);
		stream->type = reader_u8(r);
	}
	if (format == 0)
		reader_skip(r, 4);
	if (stream->extended)
		reader_skip(r, 4);
	return stream;
}

/* Reads one chunk, as much of it as is here. Moves r behind it; faults when more is needed. */
static void chunk(struct chunks *chunks, struct reader *r)
{
	struct chunk_stream *stream = chunk_header(chunks, r);
	uint32_t rest = stream->length - stream->have;
	uint32_t n = rest < chunks->size ? rest : chunks->size;
	struct reader payload = reader_sub(r, n);

	if (!reader_ok(r))
		return;
	if (stream->type == AMF0_COMMAND || stream->type == AMF3_COMMAND)
		keep_command(chunks, stream, payload);
	else if (stream->type == SET_CHUNK_SIZE && stream->have == 0)
		set_chunk_size(chunks, payload);
	if (payload.open)
		reader_skip(r, 1); /* the window ran out within the chunk */
	stream->have = n == rest ? 0 : stream->have + n;
}

/* Value types of AMF 0, section 2.1 of its specification. */
enum {
	AMF_NUMBER,
	AMF_BOOLEAN,
	AMF_STRING,
	AMF_OBJECT,
	AMF_NULL = 5,
	AMF_UNDEFINED,
	AMF_ARRAY = 8,
	AMF_END,
	AMF_STRICT_ARRAY,
	AMF_DATE,
	AMF_LONG_STRING
};

/* Skips a value that has none within it. */
static void amf_skip_simple(struct reader *r, uint8_t type)
{
	switch (type) {
	case AMF_NUMBER:
		return reader_skip(r, 8);
	case AMF_BOOLEAN:
		return reader_skip(r, 1);
	case AMF_STRING:
		return reader_skip(r, reader_u16(r));
	case AMF_LONG_STRING:
		return reader_skip(r, reader_u32(r));
	case AMF_DATE:
		return reader_skip(r, 10);
	case AMF_NULL:
	case AMF_UNDEFINED:
		return;
	default:
		reader_require(r, false);
	}
}

/* Skips a value; gives how many levels of named values it opens. A strict array's have no names, as in the list of
 * codecs that Enhanced RTMP adds to connect. */
static unsigned amf_skip(struct reader *r, uint8_t type)
{
	switch (type) {
	case AMF_ARRAY:
		reader_skip(r, 4);
		return 1;
	case AMF_OBJECT:
		return 1;
	case AMF_STRICT_ARRAY:
		for (uint32_t left = reader_u32(r); left && reader_ok(r); left--)
			amf_skip_simple(r, reader_u8(r));
		return 0;
	default:
		amf_skip_simple(r, type);
		return 0;
	}
}

/* rtmp://host:port/app */
static void set_host(struct reader url, struct facts *facts)
{
	const uint8_t *at = memchr(url.at, '/', reader_left(&url)), *end;

	if (!at || url.end - at < 2 || at[1] != '/')
		return fact_close(facts, FACT_HOST);
	url.at = at + 2;
	end = memchr(url.at, '/', reader_left(&url));
	facts_set_host(facts, url.at, (size_t)((end ? end : url.end) - url.at));
}

static void set_property(struct reader key, struct reader value, struct facts *facts)
{
	if (reader_left(&key) == 3 && memcmp(key.at, "app", 3) == 0)
		facts_set_text(facts, FACT_PATH, value.at, reader_left(&value));
	else if (reader_left(&key) == 5 && memcmp(key.at, "tcUrl", 5) == 0)
		set_host(value, facts);
}

/* Reads the command object (section 7.2.1.1) as far as it is here, or as both facts are known. */
static void command_object(struct reader *r, struct facts *facts)
{
	unsigned depth = 1;

	while (reader_ok(r) && depth && (fact_open(facts, FACT_HOST) || fact_open(facts, FACT_PATH))) {
		struct reader key = reader_sub(r, reader_u16(r)), value;
		uint8_t type = reader_u8(r);

		if (type == AMF_END) {
			depth--;
			continue;
		}
		value = *r;
		depth += amf_skip(r, type);
		if (!reader_ok(r) || depth != 1 || type != AMF_STRING)
			continue;
		value = reader_sub(&value, reader_u16(&value));
		set_property(key, value, facts);
	}
}

/* The first command of a client. */
static enum tri connect_command(const struct chunks *chunks, struct facts *facts)
{
	static const uint8_t connect[] = {AMF_STRING, 0, 7, 'c', 'o', 'n', 'n', 'e', 'c', 't', AMF_NUMBER};
	struct reader r = reader_over(chunks->message, chunks->have,
				      chunks->have < chunks->length && chunks->have < MESSAGE_MAX);

	if (reader_left(&r) && *r.at == 0) /* AMF 3 commands begin with a byte that says AMF 0 */
		reader_skip(&r, 1);
	reader_expect(&r, connect, sizeof connect);
	reader_skip(&r, 8);
	reader_require(&r, reader_u8(&r) == AMF_OBJECT);
	command_object(&r, facts);
	return reader_state(&r);
}

/* Behind the handshake: the chunks up to the first command. TRI_MORE while it is not wholly read. */
static enum tri commands(struct reader *r, struct facts *facts)
{
	struct chunks chunks = {.size = 128};

	for (int i = 0; i < 64 && reader_ok(r) && (!chunks.found || chunks.have < chunks.length); i++)
		chunk(&chunks, r);
	return chunks.found ? connect_command(&chunks, facts) : reader_state(r);
}

static enum tri look(const struct view *view, struct facts *facts)
{
	struct reader r = view->client;
	const struct app *app = handshake(&r);

	if (!app)
		return reader_state(&r);
	facts_set_app(facts, app);
	reader_skip(&r, 2 * HANDSHAKE_SIZE - 8);
	if (app == &rtmp && (reader_ok(&r) ? commands(&r, facts) : reader_state(&r)) == TRI_MORE)
		return TRI_MORE;
	fact_close(facts, FACT_HOST);
	fact_close(facts, FACT_PATH);
	return TRI_YES;
}

const struct classifier classifier_rtmp = {
	.name = "rtmp",
	.transports = CLASSIFY_TCP,
	.writes = FACT_BIT(FACT_APP) | FACT_BIT(FACT_HOST) | FACT_BIT(FACT_PATH),
	.after_answer = FACT_BIT(FACT_HOST) | FACT_BIT(FACT_PATH), /* "connect" waits for S0, S1 and S2 */
	.apps = apps,
	.look = look,
};
