/* SPDX-License-Identifier: GPL-2.0-or-later
 * core.c - nanoseconds per packet of the core, beside libndpi, over the same captures in memory
 *
 * usage: core [-n FLOWS] ROUNDS FILE...
 *
 * Both sides are given the same bytes, from the IP header on, and take them apart themselves while the clock runs.
 * Before that, frames are stripped, fragments put together, and each packet is given to its connection, as the carrier
 * of packets does. Who knows a connection's answer is not asked again, as the kernel's connmark and ndpiReader do it.
 * libndpi is given a connection's state by its number, which costs nothing; nfqroute finds it by itself, by the packet's
 * addresses and ports. Both live through all rounds, so that what they allocate is warm. The two take turns,
 * and the median of the rounds is printed. What libndpi has found goes to FLOWS, one JSON object a connection with the
 * keys of explain, so that tests/corpus/compare.py can hold both to the same truth.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <jansson.h>
#include <ndpi/ndpi_api.h>

#include "capture.h"
#include "defrag.h"
#include "engine.h"
#include "track.h"

#define SECOND 1000000000ULL
#define DAY (86400 * SECOND)
#define NDPI_PACKETS_TCP 80 /* what ndpiReader gives up after */
#define NDPI_PACKETS_UDP 24

struct item {
	uint32_t length, wire_length;
	uint64_t time;
	uint8_t proto;
	bool reply;
	uint8_t data[];
};

struct origin {
	const char *file;
	struct connection connection;
};

struct load {
	struct item **items;
	uint32_t *connection;   /* of each item */
	struct origin *origins; /* by connection */
	size_t count, room, connections, files;
	uint64_t payload;
	uint64_t clock; /* the captures' time: each begins a minute after the end of the one before it, and none takes
			 * more than a day */
};

/* What one side has made of the load. */
struct result {
	double nanoseconds;
	size_t calls, named;
};

static void *need(void *memory)
{
	if (memory)
		return memory;
	fputs("core: out of memory\n", stderr);
	exit(1);
}

/* --- loading --- */

static void keep(struct load *load, const struct packet *packet, size_t connection, uint64_t at)
{
	struct item *item = need(malloc(sizeof *item + packet->length));

	*item = (struct item){.length = packet->length,
			      .wire_length = packet->wire_length,
			      .time = at,
			      .proto = packet->proto,
			      .reply = packet->reply};
	memcpy(item->data, packet->data, packet->length);
	if (load->count == load->room) {
		load->room = load->room ? 2 * load->room : 4096;
		load->items = need(realloc(load->items, load->room * sizeof *load->items));
		load->connection = need(realloc(load->connection, load->room * sizeof *load->connection));
	}
	load->items[load->count] = item;
	load->connection[load->count++] = (uint32_t)(load->connections + connection);
	load->payload += packet->payload_length;
}

static void load_frame(struct load *load, struct track *track, struct defrag *defrag, const struct frame *frame,
		       uint64_t at)
{
	struct defrag_datagram piece, whole;
	struct link_payload payload;
	struct packet packet;
	size_t connection;

	if (link_strip(frame, &payload) != LINK_IP)
		return;
	piece = (struct defrag_datagram){payload.data, payload.length, payload.wire_length};
	if (!defrag_packet(defrag, &piece, at, &whole))
		return;
	if (packet_parse(&packet, whole.data, whole.length, whole.wire_length) != PACKET_OK ||
	    track_packet(track, &packet, at, &connection) != TRACK_OK)
		return;
	keep(load, &packet, connection, at);
}

static void load_file(struct load *load, const char *path)
{
	struct track *track = need(track_new());
	struct defrag *defrag = need(defrag_new());
	char error[512];
	struct capture *capture = capture_open(path, error, sizeof error);
	uint64_t first = 0, latest = 0;
	struct frame frame;

	while (capture && capture_next(capture, &frame) == CAPTURE_FRAME) {
		first = first ? first : frame.time;
		latest = frame.time > latest ? frame.time : latest;
		latest = latest > first + DAY ? first + DAY : latest;
		load_frame(load, track, defrag, &frame, load->clock + (latest - first));
	}
	load->clock += latest - first + 60 * SECOND;
	load->files += capture != NULL;
	load->origins = need(realloc(load->origins,
				     (load->connections + track_count(track) + 1) * sizeof *load->origins));
	for (size_t i = 0; i < track_count(track); i++)
		load->origins[load->connections + i] =
			(struct origin){.file = path, .connection = *track_at(track, i)};
	load->connections += track_count(track);
	if (capture)
		capture_close(capture);
	defrag_free(defrag);
	track_free(track);
}

/* --- the two sides --- */

static uint64_t clock_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * SECOND + (uint64_t)ts.tv_nsec;
}

enum { BATCH = 32, DATA_MAX = 65535 };
enum { TAKEN = 4, AHEAD = TAKEN - 1 }; /* as in nfq/io/queue.c */

/* One packet as its carrier has left it. */
struct arrival {
	const struct item *item; /* its data are those below */
	const uint8_t *data;
	uint32_t index, connection;
};

/* Packets of connections that are not decided, received some at a time as by the daemon: the clock does not run while
 * they are copied to where both sides find them. */
struct arrivals {
	const struct load *load;
	const uint8_t *decided; /* by connection */
	size_t round;
	uint32_t next;
	unsigned count;
	uint64_t begun, nanoseconds;
	struct arrival batch[BATCH];
	uint8_t data[BATCH * DATA_MAX];
};

static struct arrivals *arrivals_of(const struct load *load, const uint8_t *decided, size_t round)
{
	struct arrivals *arrivals = need(calloc(1, sizeof *arrivals));

	arrivals->load = load;
	arrivals->round = round;
	arrivals->decided = decided;
	return arrivals;
}

/* Each round has clients of its own: what was left undecided in the one before must not be found again. */
static void change_client(uint8_t *data, const struct item *item, size_t round)
{
	bool ipv6 = data[0] >> 4 == 6;
	size_t source = ipv6 ? 8 : 12, destination = ipv6 ? 24 : 16;

	data[(item->reply ? destination : source) + 1] ^= (uint8_t)round;
}

/* Stops the clock, receives, starts the clock. false: there are no more. */
static bool receive(struct arrivals *a)
{
	uint8_t *data = a->data;

	a->nanoseconds += a->count ? clock_now() - a->begun : 0;
	for (a->count = 0; a->next < a->load->count && a->count < BATCH; a->next++) {
		const struct item *item = a->load->items[a->next];
		uint32_t connection = a->load->connection[a->next];

		if (a->decided[connection])
			continue;
		memcpy(data, item->data, item->length);
		change_client(data, item, a->round);
		a->batch[a->count++] = (struct arrival){item, data, a->next, connection};
		data += item->length;
	}
	a->begun = clock_now();
	return a->count;
}

/* A packet taken apart, which waits until some more are, as in the daemon. */
struct taken {
	const struct arrival *arrival;
	struct packet packet;
	enum packet_fault fault;
};

struct ours {
	const struct load *load;
	struct engine *engine;
	struct verdict *verdicts;
	uint32_t mask;
	uint64_t begun; /* the round, by the captures' clock */
	uint8_t *decided; /* by connection */
	struct result result;
};

static void on_decided(void *ctx, const struct decision *decision)
{
	struct ours *ours = ctx;

	ours->result.named += fact_known(decision->facts, FACT_APP);
}

static void take_apart(const struct ours *ours, const struct arrival *arrival, struct taken *taken)
{
	const struct item *item = arrival->item;

	taken->arrival = arrival;
	if (ours->decided[arrival->connection])
		return;
	taken->fault = packet_parse(&taken->packet, arrival->data, item->length, item->wire_length);
	taken->packet.id = arrival->index;
	taken->packet.reply = item->reply;
	if (taken->fault == PACKET_OK)
		engine_expect(ours->engine, &taken->packet);
}

static void judge(struct ours *ours, struct taken *taken)
{
	size_t count;

	if (ours->decided[taken->arrival->connection])
		return;
	ours->result.calls++;
	count = engine_packet(ours->engine, &taken->packet, taken->fault, ours->begun + taken->arrival->item->time,
			      ours->verdicts);
	for (size_t i = 0; i < count; i++)
		if (ours->verdicts[i].mark & ours->mask)
			ours->decided[ours->load->connection[ours->verdicts[i].id]] = 1;
}

/* The engine lives through all rounds, as it does in the daemon. */
static struct result run_ours(struct ours *ours, size_t round)
{
	struct arrivals *arrivals = arrivals_of(ours->load, ours->decided, round);
	struct taken taken[TAKEN];

	ours->begun = round * ours->load->clock;
	ours->result = (struct result){0};
	memset(ours->decided, 0, ours->load->connections);
	while (receive(arrivals)) {
		for (unsigned i = 0; i < arrivals->count + AHEAD; i++) {
			if (i < arrivals->count)
				take_apart(ours, &arrivals->batch[i], &taken[i % TAKEN]);
			if (i >= AHEAD)
				judge(ours, &taken[(i - AHEAD) % TAKEN]);
		}
	}
	ours->result.nanoseconds = (double)arrivals->nanoseconds;
	free(arrivals);
	return ours->result;
}

struct ndpi_state {
	struct ndpi_flow_struct *flow;
	unsigned packets;
};

struct theirs {
	const struct load *load;
	struct ndpi_detection_module_struct *ndpi;
	struct ndpi_state *states; /* by connection */
	uint8_t *decided;          /* by connection */
	struct result result;
};

static bool ndpi_ends(struct theirs *theirs, struct ndpi_state *state, uint8_t proto, ndpi_protocol found)
{
	unsigned most = proto == IPPROTO_UDP ? NDPI_PACKETS_UDP : NDPI_PACKETS_TCP;
	bool named = found.app_protocol || found.master_protocol;
	uint8_t guessed;

	if (named && !ndpi_extra_dissection_possible(theirs->ndpi, state->flow)) {
		theirs->result.named++;
		return true;
	}
	if (++state->packets < most)
		return false;
	found = ndpi_detection_giveup(theirs->ndpi, state->flow, 0, &guessed);
	theirs->result.named += found.app_protocol || found.master_protocol;
	return true;
}

static void print_flow(FILE *out, const struct origin *origin, const char *app, const char *host)
{
	const struct connection *c = &origin->connection;
	char src[46], dst[46];
	json_t *flow = json_pack("{s:s, s:s, s:i, s:s, s:i, s:s, s:s?, s:s?, s:n}", "file", origin->file, "src",
				 key_address_text(c->src, src), "sport", c->sport, "dst", key_address_text(c->dst, dst),
				 "dport", c->dport, "proto", c->proto == IPPROTO_TCP ? "tcp" : "udp", "app", app,
				 "host", host, "decided_packet");

	if (flow)
		json_dumpf(flow, out, JSON_COMPACT);
	fputc('\n', out);
	json_decref(flow);
}

/* The protocol, not the service it is used by: TLS, not Google. */
static void print_ndpi(FILE *out, struct ndpi_detection_module_struct *ndpi, const struct load *load,
		       const struct ndpi_state *states)
{
	for (size_t i = 0; i < load->connections; i++) {
		const struct ndpi_flow_struct *flow = states[i].flow;
		uint16_t id = !flow ? 0 : flow->detected_protocol_stack[1] ? flow->detected_protocol_stack[1] :
									      flow->detected_protocol_stack[0];
		const char *host = flow && *flow->host_server_name ? (const char *)flow->host_server_name : NULL;

		print_flow(out, &load->origins[i], id ? ndpi_get_proto_name(ndpi, id) : NULL, host);
	}
}

static struct theirs ndpi_new(const struct load *load)
{
	struct theirs theirs = {.load = load,
				.ndpi = need(ndpi_init_detection_module(ndpi_no_prefs)),
				.states = need(calloc(load->connections + 1, sizeof *theirs.states)),
				.decided = need(calloc(load->connections + 1, 1))};
	NDPI_PROTOCOL_BITMASK all;

	NDPI_BITMASK_SET_ALL(all);
	ndpi_set_protocol_detection_bitmask2(theirs.ndpi, &all);
	ndpi_finalize_initialization(theirs.ndpi);
	return theirs;
}

static void ndpi_end(struct theirs *theirs)
{
	free(theirs->states);
	free(theirs->decided);
	ndpi_exit_detection_module(theirs->ndpi);
}

static void ask_ndpi(struct theirs *theirs, const struct arrival *arrival, uint64_t begun)
{
	const struct item *item = arrival->item;
	struct ndpi_state *state = &theirs->states[arrival->connection];
	ndpi_protocol found;

	if (theirs->decided[arrival->connection])
		return;
	if (!state->flow) {
		state->flow = need(ndpi_flow_malloc(SIZEOF_FLOW_STRUCT));
		memset(state->flow, 0, SIZEOF_FLOW_STRUCT);
	}
	theirs->result.calls++;
	found = ndpi_detection_process_packet(theirs->ndpi, state->flow, arrival->data, (unsigned short)item->length,
					      (begun + item->time) / 1000000);
	theirs->decided[arrival->connection] = ndpi_ends(theirs, state, item->proto, found);
}

/* The module lives through all rounds, too. */
static struct result run_ndpi(struct theirs *theirs, size_t round, FILE *flows)
{
	const struct load *load = theirs->load;
	struct arrivals *arrivals = arrivals_of(load, theirs->decided, round);

	theirs->result = (struct result){0};
	memset(theirs->decided, 0, load->connections);
	memset(theirs->states, 0, load->connections * sizeof *theirs->states);
	while (receive(arrivals))
		for (unsigned i = 0; i < arrivals->count; i++)
			ask_ndpi(theirs, &arrivals->batch[i], round * load->clock);
	theirs->result.nanoseconds = (double)arrivals->nanoseconds;
	free(arrivals);
	if (flows)
		print_ndpi(flows, theirs->ndpi, load, theirs->states);
	for (size_t i = 0; i < load->connections; i++)
		if (theirs->states[i].flow)
			ndpi_free_flow(theirs->states[i].flow);
	return theirs->result;
}

/* --- the table --- */

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static double median(double *values, size_t count)
{
	qsort(values, count, sizeof *values, by_value);
	return values[count / 2];
}

static void print_side(const char *name, const struct load *load, const struct result *last, double nanoseconds)
{
	printf("%-10s %12.0f %12.0f %12.0f %12zu %14zu\n", name, nanoseconds / (double)load->count,
	       nanoseconds / (double)last->calls, nanoseconds / (double)load->connections, last->calls, last->named);
}

static void compare(const struct load *load, size_t rounds, FILE *flows)
{
	double *ours = need(calloc(rounds, sizeof *ours)), *ndpi = need(calloc(rounds, sizeof *ndpi));
	double *ratio = need(calloc(rounds, sizeof *ratio));
	struct ours state = {.load = load, .decided = need(calloc(load->connections + 1, 1))};
	struct engine_config config = {.decided = on_decided, .ctx = &state};
	struct ruleset *ruleset = need(ruleset_observe());
	struct theirs theirs = ndpi_new(load);
	struct result our_last = {0}, ndpi_last = {0};

	state.mask = ruleset->marks.route_mask;
	state.engine = need(engine_new(ruleset, &config));
	state.verdicts = need(calloc(engine_verdicts_max(state.engine), sizeof *state.verdicts));
	for (size_t i = 0; i < rounds; i++) {
		our_last = run_ours(&state, i);
		ndpi_last = run_ndpi(&theirs, i, i ? NULL : flows);
		ours[i] = our_last.nanoseconds;
		ndpi[i] = ndpi_last.nanoseconds;
		ratio[i] = ndpi[i] / ours[i];
	}
	printf("%zu files, %zu packets, %zu connections, %" PRIu64 " bytes of payload, %zu rounds\n\n", load->files,
	       load->count, load->connections, load->payload, rounds);
	printf("%-10s %12s %12s %12s %12s %14s\n", "", "ns/packet", "ns/call", "ns/flow", "calls", "flows named");
	print_side("nfqroute", load, &our_last, median(ours, rounds));
	print_side("libndpi", load, &ndpi_last, median(ndpi, rounds));
	printf("\nlibndpi takes %.1f times as long per packet (median of the rounds' ratios)\n", median(ratio, rounds));
	ndpi_end(&theirs);
	engine_free(state.engine);
	ruleset_free(ruleset);
	free(state.verdicts);
	free(state.decided);
	free(ours);
	free(ndpi);
	free(ratio);
}

static int usage(void)
{
	fputs("usage: core [-n FLOWS] ROUNDS FILE...\n", stderr);
	return 2;
}

static void unload(struct load *load)
{
	for (size_t i = 0; i < load->count; i++)
		free(load->items[i]);
	free(load->items);
	free(load->connection);
	free(load->origins);
}

int main(int argc, char **argv)
{
	struct load load = {0};
	FILE *flows = NULL;
	size_t rounds;
	int option;

	while ((option = getopt(argc, argv, "n:")) != -1) {
		flows = option == 'n' ? fopen(optarg, "w") : NULL;
		if (!flows)
			return usage();
	}
	rounds = optind < argc ? strtoul(argv[optind], NULL, 10) : 0;
	if (!rounds || optind + 1 == argc)
		return usage();
	for (int i = optind + 1; i < argc; i++)
		load_file(&load, argv[i]);
	if (load.count)
		compare(&load, rounds, flows);
	if (flows)
		fclose(flows);
	unload(&load);
	return load.count ? 0 : 1;
}
