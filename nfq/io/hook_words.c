/* SPDX-License-Identifier: GPL-2.0-or-later
 * hook_words.c - what several parts of the hooks write alike
 */
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

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

void hook_nft_decided(FILE *out, const struct ruleset *ruleset)
{
	fprintf(out, "\t\tct mark and 0x%x { 0x%x", ruleset->marks.mask, ruleset->marks.main);
	for (unsigned i = 0; i < ruleset->gateway_count; i++)
		fprintf(out, ", 0x%x", ruleset->gateways[i].mark);
	fputs(" } accept\n", out);
}

const char *hook_nft_families(unsigned families)
{
	return families == HOOK_FAMILIES ? "" : families == 1 << FAMILY_IPV6 ? "meta nfproto ipv6 " : "meta nfproto ipv4 ";
}

const char *hook_iptables_families(unsigned families)
{
	/* for iptables-restore alone */
	return families == HOOK_FAMILIES ? "" : families == 1 << FAMILY_IPV6 ? "-6 " : "-4 ";
}

void hook_nft_bits(FILE *out, uint32_t mask, const char *to, const char *from)
{
	for (uint32_t bit = 1; bit; bit <<= 1)
		if (mask & bit)
			fprintf(out, "\t\t%s and 0x%x == 0x%x %s set %s or 0x%x\n", from, bit, bit, to, to, bit);
}

static void nft_queue(FILE *out, struct hooks_queues queues, const char *flags)
{
	if (queues.first == queues.last)
		fprintf(out, "\t\tqueue%s to %u\n", flags, queues.first);
	else
		fprintf(out, "\t\tqueue%s to %u-%u\n", flags, queues.first, queues.last);
}

static void iptables_queue(FILE *out, const char *chain, struct hooks_queues queues, const char *flags)
{
	if (queues.first == queues.last)
		fprintf(out, "-A %s -j NFQUEUE --queue-num %u%s\n", chain, queues.first, flags);
	else
		fprintf(out, "-A %s -j NFQUEUE --queue-balance %u:%u%s\n", chain, queues.first, queues.last,
			flags);
}

void hook_nft_queue(FILE *out, struct hooks_queues queues)
{
	nft_queue(out, queues, " flags bypass");
}

void hook_iptables_queue(FILE *out, const char *chain, struct hooks_queues queues)
{
	iptables_queue(out, chain, queues, " --queue-bypass");
}

void hook_nft_ask(FILE *out, const struct hooks_plan *plan)
{
	nft_queue(out, plan->queues, plan->ruleset->options.fail_closed ? "" : " flags bypass");
}

void hook_iptables_ask(FILE *out, const char *chain, const struct hooks_plan *plan)
{
	iptables_queue(out, chain, plan->queues, plan->ruleset->options.fail_closed ? "" : " --queue-bypass");
}

void hook_iptables_refused(FILE *out, const struct marks *marks, const char *chain)
{
	/* what drop and reject have in common alone is a probe by the main table, whose answers are no refused ones */
	const uint32_t common = marks->drop & marks->reject;

	fprintf(out,
		"-A %s -m connmark --mark 0x%x/0x%x -m connmark ! --mark 0x%x/0x%x -m connmark ! --mark 0x%x/0x%x "
		"-m conntrack ! --ctstate RELATED -j CONNMARK --restore-mark --nfmask 0x%x --ctmask 0x%x\n",
		chain, common, common, marks->route_mask, marks->route_mask, marks->probe_main, marks->route_mask,
		marks->mask, marks->route_mask);
}

bool hooks_plain_device(const char *device)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.@";

	return device[strspn(device, plain)] == '\0';
}

struct hook_device hook_device(const char *device)
{
	struct hook_device found = {.point_to_point = false};
	struct ifreq request = {.ifr_name = ""};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return found;
	memcpy(request.ifr_name, device, strnlen(device, IFNAMSIZ - 1));
	if (ioctl(fd, SIOCGIFFLAGS, &request) == 0)
		found.point_to_point = request.ifr_flags & IFF_POINTOPOINT;
	if (ioctl(fd, SIOCGIFMTU, &request) == 0 && request.ifr_mtu > 0)
		found.mtu = (unsigned)request.ifr_mtu;
	close(fd);
	return found;
}
