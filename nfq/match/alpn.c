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

/* Any of the offers, which the fact joins by commas, is in the set. */
static enum tri alpn_eval(const void *set, const struct subject *subject)
{
	const struct facts *facts = subject->facts;
	const char *offer, *end;
	size_t len;

	if (!fact_known(facts, FACT_ALPN))
		return fact_open(facts, FACT_ALPN) ? TRI_MORE : TRI_NO;
	offer = facts_text(facts, FACT_ALPN, &len);
	end = offer + len;
	while (offer < end) {
		const char *comma = memchr(offer, ',', (size_t)(end - offer));
		const char *stop = comma ? comma : end;

		if (text_has(set, offer, (size_t)(stop - offer), false, subject->cut_off))
			return TRI_YES;
		offer = stop + 1;
	}
	return TRI_NO;
}

const struct keyword alpn_keyword = {
	.name = "alpn",
	.value = &alpn_type,
	.brief = "a protocol among those the client offers by ALPN",
	.needs = FACT_BIT(FACT_ALPN),
	.available = true,
	.eval = alpn_eval,
};
