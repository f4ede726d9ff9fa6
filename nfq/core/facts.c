/* SPDX-License-Identifier: GPL-2.0-or-later
 * facts.c - what classifiers say, brought into the form rules compare with
 */
#include "facts.h"

#define HOST_MAX 255 /* RFC 1035 2.3.4, and no IP literal is longer */

#define LOWER(c) ((c) >= 'A' && (c) <= 'Z' ? (c) | 0x20 : (c))
#define IN_HOST(c)                                                                                             \
	(((c) >= 'a' && (c) <= 'z') || ((c) >= '0' && (c) <= '9') || (c) == '-' || (c) == '.' || (c) == '_' || \
	 (c) == ':' || (c) > 0x7f)
#define HOST_BYTE(c) (IN_HOST(LOWER(c)) ? LOWER(c) : 0)
#define FOUR(c) HOST_BYTE(c), HOST_BYTE((c) + 1), HOST_BYTE((c) + 2), HOST_BYTE((c) + 3)
#define SIXTEEN(c) FOUR(c), FOUR((c) + 4), FOUR((c) + 8), FOUR((c) + 12)
#define SIXTY_FOUR(c) SIXTEEN(c), SIXTEEN((c) + 16), SIXTEEN((c) + 32), SIXTEEN((c) + 48)

/* What a byte becomes in a host; 0: it cannot stand in one. */
static const uint8_t host_bytes[256] = {SIXTY_FOUR(0), SIXTY_FOUR(64), SIXTY_FOUR(128), SIXTY_FOUR(192)};

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

/* The next len bytes of the text, which are there, become the fact's value. */
static void take(struct facts *f, enum fact fact, size_t len)
{
	f->start[fact] = f->used;
	f->length[fact] = (uint16_t)len;
	f->used = (uint16_t)(f->used + len);
	f->known |= FACT_BIT(fact);
	if (f->listener)
		f->listener->heard(f->listener->ctx, f, fact);
}

void facts_set_text(struct facts *f, enum fact fact, const void *text, size_t len)
{
	size_t room = sizeof f->text - f->used;

	if (fact_known(f, fact))
		return;
	if (fact == FACT_PATH && room > FACTS_PATH_MAX)
		room = FACTS_PATH_MAX;
	if (len > room)
		len = room;
	/* gcc is not to know the bound, for which it would take a string instruction in place of a call, and wait longer */
	__asm__("" : "+r"(len));
	if (len)
		memcpy(f->text + f->used, text, len);
	take(f, fact, len);
}

void facts_set_host(struct facts *f, const void *text, size_t len)
{
	const char *bytes = text;
	size_t start = 0, end, count = 0;
	char *host = f->text + f->used;

	if (fact_known(f, FACT_HOST))
		return;
	end = host_end(bytes, len, &start);
	if (end > start && bytes[end - 1] == '.')
		end--;
	if (end <= start || end - start > HOST_MAX || end - start > sizeof f->text - f->used) {
		fact_close(f, FACT_HOST);
		return;
	}
	for (size_t i = start; i < end; i++) {
		uint8_t c = host_bytes[(uint8_t)bytes[i]];

		if (!c) {
			fact_close(f, FACT_HOST);
			return;
		}
		host[count++] = (char)c;
	}
	take(f, FACT_HOST, count);
}
