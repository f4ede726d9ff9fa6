/* SPDX-License-Identifier: GPL-2.0-or-later
 * alpn.c - alpn: a protocol the client offers by ALPN (RFC 7301)
 */
#include "keywords.h"
#include "text.h"
#include "value.h"

const struct value_type alpn_type = {
	.name = "alpn",
	.expects = "a protocol as offered by ALPN (h2, http/1.1, h3)",
	.begin = text_begin,
	.add = text_add,
	.seal = text_seal,
	.covers = text_covers,
	.count = text_count,
};

/* Cuts the next offer off the front of the fact, which joins them by commas; false: there is none. */
static bool next_offer(const char **at, const char *end, const char **offer, size_t *len)
{
	const char *comma = *at < end ? memchr(*at, ',', (size_t)(end - *at)) : NULL;
	const char *stop = comma ? comma : end;

	if (*at >= end)
		return false;
	*offer = *at;
	*len = (size_t)(stop - *at);
	*at = stop + 1;
	return true;
}

/* Any of the offers is in the set. */
static enum tri alpn_eval(const void *set, const struct subject *subject)
{
	const struct facts *facts = subject->facts;
	const char *at, *end, *offer;
	size_t len;

	if (!fact_known(facts, FACT_ALPN))
		return fact_open(facts, FACT_ALPN) ? TRI_MORE : TRI_NO;
	at = facts_text(facts, FACT_ALPN, &len);
	end = at + len;
	while (next_offer(&at, end, &offer, &len))
		if (text_has(set, offer, len, NULL, subject->cut_off))
			return TRI_YES;
	return TRI_NO;
}

static size_t alpn_keys(const struct subject *subject, size_t *from, uint64_t keys[KEYS_BATCH])
{
	const char *at, *end, *offer;
	size_t len, count = 0;

	at = facts_text(subject->facts, FACT_ALPN, &len);
	end = at + len;
	while (!*from && next_offer(&at, end, &offer, &len))
		keys[count++] = text_hash(offer, len);
	*from = 1;
	return count;
}

static const struct finder alpn_finder = {.set_keys = text_set_keys, .subject_keys = alpn_keys};

const struct keyword alpn_keyword = {
	.name = "alpn",
	.value = &alpn_type,
	.brief = "a protocol among those the client offers by ALPN",
	.needs = FACT_BIT(FACT_ALPN),
	.available = true,
	.eval = alpn_eval,
	.finder = &alpn_finder,
};
