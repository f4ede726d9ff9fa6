/* SPDX-License-Identifier: GPL-2.0-or-later
 * hook_words.c - what several parts of the hooks write alike
 */
#include <string.h>

#include "hook_part.h"

uint32_t hooks_value(const struct ruleset *ruleset, unsigned i)
{
	const struct marks *marks = &ruleset->marks;
	const uint32_t fixed[] = {marks->main, marks->drop, marks->reject, 0};

	return i < ruleset->gateway_count ? ruleset->gateways[i].mark : fixed[i - ruleset->gateway_count];
}

void hook_nft_values(FILE *out, const struct ruleset *ruleset)
{
	uint32_t value;

	for (unsigned i = 0; (value = hooks_value(ruleset, i)); i++)
		fprintf(out, "%s0x%x", i ? ", " : "{ ", value);
	fputs(" }", out);
}

void hook_nft_bits(FILE *out, uint32_t mask, const char *to, const char *from)
{
	for (uint32_t bit = 1; bit; bit <<= 1)
		if (mask & bit)
			fprintf(out, "\t\t%s and 0x%x == 0x%x %s set %s or 0x%x\n", from, bit, bit, to, to, bit);
}

void hook_nft_queue(FILE *out, struct hooks_queues queues)
{
	if (queues.first == queues.last)
		fprintf(out, "\t\tqueue flags bypass to %u\n", queues.first);
	else
		fprintf(out, "\t\tqueue flags bypass to %u-%u\n", queues.first, queues.last);
}

void hook_iptables_queue(FILE *out, const char *chain, struct hooks_queues queues)
{
	if (queues.first == queues.last)
		fprintf(out, "-A %s -j NFQUEUE --queue-num %u --queue-bypass\n", chain, queues.first);
	else
		fprintf(out, "-A %s -j NFQUEUE --queue-balance %u:%u --queue-bypass\n", chain, queues.first,
			queues.last);
}

bool hooks_plain_device(const char *device)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.@";

	return device[strspn(device, plain)] == '\0';
}
