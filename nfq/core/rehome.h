/* SPDX-License-Identifier: GPL-2.0-or-later
 * rehome.h - moving a TCP connection to another path before the server has seen any of its data
 *
 * The name of a TCP connection comes with the client's first data, when its path is chosen and its address
 * translation bound. The engine holds that data, opens the same connection (same addresses, ports and initial
 * sequence number of the client) by the other gateway in a conntrack zone of its own, closes the first one, and has
 * the conntrack entry replaced by one with the other gateway's translation and an adjustment of the server's sequence
 * numbers. From there on the kernel alone carries the connection.
 *
 * Whenever something is not as it must be, the held packets are released to the first path, which has not been
 * touched until the other one has answered. docs/REHOMING.md draws it.
 *
 * The engine decides; what needs a socket is done through struct rehome_ops, given by the carrier.
 */
#ifndef NFQROUTE_REHOME_H
#define NFQROUTE_REHOME_H

#include "flow_key.h"

/* A TCP segment for the carrier to send, as if it came from src. */
struct segment {
	struct key src, dst;
	uint16_t sport, dport;
	uint32_t seq, ack;
	uint8_t flags;             /* TCP_* */
	uint16_t window;
	uint8_t dscp;
	const uint8_t *options;    /* option_length bytes, a multiple of 4 */
	size_t option_length;
	const uint8_t *payload;
	size_t payload_length;
	uint32_t mark;             /* the packet's mark on its way out */
};

/* What the server, or whoever translates behind us, takes for the client: from the probe's conntrack entry. */
struct translation {
	struct key address;
	uint16_t port;
};

/* What the connection's entry is to be replaced by. */
struct rehome_swap {
	struct flow_key key;
	struct translation source;  /* as probe_source() said */
	uint32_t mark, mask;        /* connmark bits of ours; those outside mask are carried over */
	uint32_t reply_offset;      /* added to the server's sequence numbers, modulo 2^32 */
	bool scaled;                /* both sides use window scaling, with these shifts */
	uint8_t client_scale, server_scale;
	bool sack;
	bool timestamps;            /* both sides use them */
	uint32_t clock_offset;      /* timestamps: the new server's clock less the first one's, modulo 2^32 */
};

/* How the hooks let connections of a family be moved. */
enum moving {
	MOVING_NONE,
	MOVING_PLAIN,      /* but for those with timestamps */
	MOVING_TIMESTAMPS, /* the kernel adjusts these, too */
};

/* What only the carrier can do. All return 0 or an errno value. ctx is engine_config.rehome_ctx. */
struct rehome_ops {
	/* Is the connection's entry one that can be replaced: there, without destination translation, helper or
	 * sequence adjustment? EOPNOTSUPP: no. *source: its translation, by which the first path's server knows it. */
	int (*inspect)(void *ctx, const struct flow_key *key, struct translation *source);
	/* EPERM: refused by the firewall; ENFILE: conntrack's table is full; EMSGSIZE: larger than the path takes. */
	int (*send)(void *ctx, const struct segment *segment);
	/* The translation that the kernel chose for the connection in the probe's zone. */
	int (*probe_source)(void *ctx, const struct flow_key *key, struct translation *source);
	/* Deletes the entry and the probe's, and makes the new one, in one go. ENFILE: conntrack's table is full. */
	int (*swap)(void *ctx, const struct rehome_swap *swap);
	/* What is added to the sequence numbers of a moved connection's server. ENOENT: it has not been moved. */
	int (*adjustment)(void *ctx, const struct flow_key *key, uint32_t *offset);
	/* Deletes the probe's entry. */
	void (*forget_probe)(void *ctx, const struct flow_key *key);
};

/* Why a connection that should have been moved, reset or switched was not. */
enum rehome_refusal {
	REHOME_DONE,          /* it was */
	REHOME_OFF,           /* the rule's late policy */
	REHOME_NOT_TCP,
	REHOME_UNSEEN,        /* SYN or SYN-ACK was not seen */
	REHOME_OPTIONS,       /* MD5, AO, MPTCP, Fast Open, or timestamps that can be neither kept nor taken off */
	REHOME_SERVER_SPOKE,  /* before the name was known */
	REHOME_RELEASED,      /* data had to be let go before */
	REHOME_CLOSED,        /* the client closes or resets */
	REHOME_FULL,          /* no room to hold more packets or flows */
	REHOME_PAUSED,        /* the gateway failed repeatedly and is not tried for a while */
	REHOME_CONNTRACK,     /* the entry cannot be replaced */
	REHOME_SEND,          /* the new SYN could not be sent */
	REHOME_TABLE,         /* conntrack has no room for its entry */
	REHOME_SILENT,        /* no answer by the new path in time */
	REHOME_RESET,         /* the new path answered with a reset */
	REHOME_ICMP,          /* or with an ICMP error */
	REHOME_DIFFERENT,     /* the server's options differ by the new path */
	REHOME_ANSWER,        /* the new path's answer does not belong to the probe */
	REHOME_CHANGED,       /* the rules, while the new path was asked */
	REHOME_NO_MEANS,      /* there is no one to do it (yet): hooks, CAP_NET_RAW or ctnetlink are missing */
	REHOME_REPEATED,      /* reset: once is enough, see resets.h */
	REHOME_TRANSLATED,    /* switch: the address translation of its first path is bound */
	REHOME_UNTRACKED,     /* switch: whether it is translated cannot be told */
	REHOME_REFUSALS
};

/* "the server spoke first", ...; static. */
const char *rehome_refusal_text(enum rehome_refusal refusal);

#endif
