/* SPDX-License-Identifier: GPL-2.0-or-later
 * facts.c - what classifiers say, brought into the form rules compare with
 */
#include "facts.h"

#define HOST_MAX 255 /* RFC 1035 2.3.4, and no IP literal is longer */

static bool host_byte(uint8_t c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' || c == ':' ||
	       c > 0x7f;
}

/* Where the host ends in "host", "host:port", "[literal]" and "[literal]:port"; *start moves behind a '['. A bare
 * IPv6 literal has more than one colon and no port. */
static size_t host_end(const char *text, size_t len, size_t *start)
{
	const char *colon = memchr(text, ':', len);
	const char *bracket = len && text[0] == '[' ? memchr(text, ']', len) : NULL;

	if (bracket) {
		*start = 1;
		return (size_t)(bracket - text);
	}
	if (colon && !memchr(colon + 1, ':', len - (size_t)(colon + 1 - text)))
		return (size_t)(colon - text);
	return len;
}

void facts_set_host(struct facts *f, const void *text, size_t len)
{
	const char *bytes = text;
	size_t start = 0, end, count = 0;
	char host[HOST_MAX];

	if (fact_known(f, FACT_HOST))
		return;
	end = host_end(bytes, len, &start);
	if (end > start && bytes[end - 1] == '.')
		end--;
	if (end <= start || end - start > sizeof host) {
		fact_close(f, FACT_HOST);
		return;
	}
	for (size_t i = start; i < end; i++) {
		uint8_t c = (uint8_t)bytes[i];

		if (c >= 'A' && c <= 'Z')
			c |= 0x20;
		if (!host_byte(c)) {
			fact_close(f, FACT_HOST);
			return;
		}
		host[count++] = (char)c;
	}
	facts_set_text(f, FACT_HOST, host, count);
}
