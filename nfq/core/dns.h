/* SPDX-License-Identifier: GPL-2.0-or-later
 * dns.h - what a DNS message asks, and which addresses it gives to which names
 *
 * Sources: RFC 1035 4.1 (messages, compression), RFC 3596 (AAAA), RFC 6891 (EDNS: its OPT record is passed over),
 * RFC 9460 (SVCB and HTTPS, address hints), RFC 9848 (the "ech" parameter), RFC 9849 4 (ECHConfigList).
 */
#ifndef NFQROUTE_DNS_H
#define NFQROUTE_DNS_H

#include <stdbool.h>

#include "interval.h"
#include "reader.h"

enum {
	DNS_NAME_MAX = 255,      /* RFC 1035 2.3.4 */
	DNS_CHAIN_MAX = 10,      /* names from the one asked for to the one that has addresses */
	DNS_ADDRESSES_MAX = 64,  /* of one answer; more are passed over */
	DNS_RECORDS_MAX = 512,   /* likewise, records */
	DNS_A = 1,
	DNS_AAAA = 28,
	DNS_SVCB = 64,
	DNS_HTTPS = 65,
};

/* As text: labels with dots between, lower case, no dot at the end. */
struct dns_name {
	uint8_t length;
	char text[DNS_NAME_MAX];
};

struct dns_question {
	uint16_t id, type;
	struct dns_name name;
};

struct dns_answer {
	struct dns_question question;
	unsigned name_count;               /* 1 at least */
	struct {
		struct dns_name name;
		uint32_t ttl;              /* seconds, of the step to the next one */
	} chain[DNS_CHAIN_MAX];            /* the name asked for, the one it stands for (CNAME), and so on */
	unsigned address_count;
	struct {
		struct key address;
		uint32_t ttl;
	} addresses[DNS_ADDRESSES_MAX];    /* of the chain's last name; of HTTPS and SVCB the hints */
	bool ech;                          /* an HTTPS or SVCB record offers Encrypted Client Hello */
	struct dns_name ech_public;        /* by this outer name; length 0: not known */
};

/* Reads a message of one question. message: from its header on; it may be open, then what is there counts. false: it
 * is none that teaches anything: not what it should be, truncated, an error, another class, a name with bytes that no
 * host name has. */
bool dns_read_question(struct reader message, struct dns_question *question);
bool dns_read_answer(struct reader message, struct dns_answer *answer);

#endif
