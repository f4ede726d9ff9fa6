/* SPDX-License-Identifier: GPL-2.0-or-later
 * listen_text.c - where to listen, as written in rules: "127.0.0.1:9469", "[::1]:9469"
 */
#include "listen_text.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

bool listen_by_text(const char *text, struct sockaddr_storage *address)
{
	const char *colon = strrchr(text, ':');
	bool bracket = *text == '[';
	size_t length = colon ? (size_t)(colon - text) : 0;
	struct sockaddr_in *ipv4 = (struct sockaddr_in *)address;
	struct sockaddr_in6 *ipv6 = (struct sockaddr_in6 *)address;
	char host[64], *end = NULL;
	unsigned long port = colon ? strtoul(colon + 1, &end, 10) : 0;

	if (!colon || length >= sizeof host || !port || port > 65535 || *end)
		return false;
	if (bracket && (length < 3 || text[length - 1] != ']'))
		return false;
	memset(address, 0, sizeof *address);
	length -= bracket ? 2 : 0;
	memcpy(host, text + bracket, length);
	host[length] = '\0';
	address->ss_family = bracket ? AF_INET6 : AF_INET;
	if (bracket) {
		ipv6->sin6_port = htons((uint16_t)port);
		return inet_pton(AF_INET6, host, &ipv6->sin6_addr) == 1;
	}
	ipv4->sin_port = htons((uint16_t)port);
	return inet_pton(AF_INET, host, &ipv4->sin_addr) == 1;
}
