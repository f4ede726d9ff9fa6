/* SPDX-License-Identifier: GPL-2.0-or-later
 * fuzz_dns.c - a DNS message of any bytes: nothing is read outside, and what is read can be told
 *
 * By the first byte the message is open (a stream's prefix) or closed. What an open prefix gives is in bounds; whatever is
 * believed of a closed message is believed of it with more behind it.
 */
#include <stdlib.h>
#include <string.h>

#include "dns.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct dns_answer *a)
{
	if (!a->name_count || a->name_count > DNS_CHAIN_MAX || a->address_count > DNS_ADDRESSES_MAX)
		abort();
	for (unsigned i = 0; i < a->name_count; i++) {
		const struct dns_name *name = &a->chain[i].name;

		if (!name->length || memchr(name->text, 0, name->length) || name->text[name->length - 1] == '.')
			abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct dns_answer answer, again;
	struct dns_question question;

	if (!size)
		return 0;
	if (dns_read_answer(reader_over(data + 1, size - 1, *data & 1), &answer)) {
		check(&answer);
		if (!dns_read_answer(reader_over(data + 1, size - 1, true), &again) ||
		    again.address_count != answer.address_count)
			abort();
	}
	dns_read_question(reader_over(data + 1, size - 1, *data & 1), &question);
	return 0;
}
