/* SPDX-License-Identifier: GPL-2.0-or-later
 * ech.c - ech: whether the ClientHello hides its real name (Encrypted Client Hello)
 */
#include "keywords.h"
#include "value.h"

static bool ech_add(void *building, const char *word, size_t len, struct value_error *error)
{
	bool yes = word_is(word, len, "yes");

	if (!yes && !word_is(word, len, "no"))
		return value_fail(error, interval_arena(building), "ech yes, or ech no", "ech is yes or no");
	interval_add(building, key_of(yes), key_of(yes));
	return true;
}

const struct value_type ech_type = {
	.name = "ech",
	.expects = "yes or no",
	.add = ech_add,
	INTERVAL_TYPE,
};

static enum tri ech_eval(const void *set, const struct subject *subject)
{
	const struct facts *facts = subject->facts;

	if (!fact_known(facts, FACT_ECH))
		return fact_open(facts, FACT_ECH) ? TRI_MORE : TRI_NO;
	return tri_of(interval_set_has(set, key_of(facts->ech)));
}

const struct keyword ech_keyword = {
	.name = "ech",
	.value = &ech_type,
	.brief = "the TLS ClientHello carries a real Encrypted Client Hello",
	.needs = FACT_BIT(FACT_ECH),
	.available = true,
	.eval = ech_eval,
};
