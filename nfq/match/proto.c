/* SPDX-License-Identifier: GPL-2.0-or-later
 * proto.c - proto, and tcp, udp, sctp, icmp, icmpv6 by themselves: the transport protocol
 */
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "keywords.h"
#include "protocols.h"
#include "value.h"

enum { PROTOCOL_MAX = 255 };

/* "name number alias ... # comment" */
static bool line_says(char *line, const char *name, uint64_t *number)
{
	char *rest = NULL, *word, *digits;

	line[strcspn(line, "#\n")] = 0;
	word = strtok_r(line, " \t", &rest);
	digits = word ? strtok_r(NULL, " \t", &rest) : NULL;
	if (!digits)
		return false;
	*number = strtoul(digits, NULL, 10);
	while (word && strcmp(word, name) != 0)
		word = strtok_r(NULL, " \t", &rest);
	return word && *number <= PROTOCOL_MAX;
}

/* Of protocols(5). getprotobyname() is no function for several threads, and getprotobyname_r() not one of every C library. */
static bool protocol_by_name(const char *name, uint64_t *number)
{
	FILE *file = fopen("/etc/protocols", "re");
	bool found = false;
	char line[1024];

	while (file && !found && fgets(line, sizeof line, file))
		found = line_says(line, name, number);
	if (file)
		fclose(file);
	return found;
}

static bool proto_add(void *building, const char *word, size_t len, struct value_error *error)
{
	static const struct number_notation notation = {
		.noun = "protocol number",
		.max = PROTOCOL_MAX,
		.unknown = "protocol",
		.hint = "a protocol is 0 to 255 or a name from /etc/protocols",
		.names = protocols,
		.name_count = PROTOCOLS,
		.by_name = protocol_by_name,
	};

	return number_add(building, &notation, word, len, error);
}

const struct value_type proto_type = {
	.name = "proto",
	.expects = "a transport protocol by name (tcp) or number (6)",
	.add = proto_add,
	INTERVAL_TYPE,
};

static bool proto_key(const struct subject *subject, struct key *key)
{
	*key = key_of(subject->packet->proto);
	return true;
}

/* NOLINTBEGIN(bugprone-macro-parentheses): initialisers take none */
#define PROTO_KEYWORD(word, number, text)                                                                         \
	const struct keyword word##_keyword = {.name = #word,                                                     \
					       .value = &proto_type,                                              \
					       .implied = number,                                                 \
					       .brief = text,                                                     \
					       .available = true,                                                 \
					       .key = proto_key}
/* NOLINTEND(bugprone-macro-parentheses) */

PROTO_KEYWORD(tcp, "6", "TCP (RFC 9293)");
PROTO_KEYWORD(udp, "17", "UDP (RFC 768)");
PROTO_KEYWORD(sctp, "132", "SCTP (RFC 9260)");
PROTO_KEYWORD(icmp, "1", "ICMP of IPv4 (RFC 792)");
PROTO_KEYWORD(icmpv6, "58", "ICMP of IPv6 (RFC 4443)");
PROTO_KEYWORD(proto, NULL, "the transport protocol, by name or number");
