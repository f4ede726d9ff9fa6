/* SPDX-License-Identifier: GPL-2.0-or-later
 * tcp_options.h - what the two sides of a TCP connection agree on in SYN and SYN-ACK
 */
#ifndef NFQROUTE_TCP_OPTIONS_H
#define NFQROUTE_TCP_OPTIONS_H

#include "packet.h"

enum { TCP_OPTIONS_MAX = 40, TCP_TIMESTAMPS_SIZE = 12 };

struct tcp_options {
	uint16_t mss;         /* RFC 9293 3.7.1; 0: absent */
	bool has_scale;       /* RFC 7323 2 */
	uint8_t scale;
	bool sack;            /* RFC 2018 2 */
	bool timestamps;      /* RFC 7323 3 */
	uint32_t tsval;       /* of it: the sender's clock, in ticks of its own */
	bool bound_to_path;   /* MD5 (RFC 2385), AO (RFC 5925), MPTCP (RFC 8684), Fast Open (RFC 7413): not to be moved */
	bool malformed;
};

/* The option bytes of a TCP packet, at most TCP_OPTIONS_MAX; *len is 0 if it has none or they were cut off. */
const uint8_t *tcp_option_bytes(const struct packet *packet, size_t *len);

struct tcp_options tcp_options_parse(const uint8_t *bytes, size_t len);

/* Writes a timestamps option, aligned by two no-operations, of TCP_TIMESTAMPS_SIZE bytes. */
void tcp_options_put_timestamps(uint8_t *bytes, uint32_t tsval, uint32_t tsecr);

/* Overwrites the timestamps option by no-operations. true: there was one. */
bool tcp_options_strip_timestamps(uint8_t *bytes, size_t len);

#endif
