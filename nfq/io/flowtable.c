/* SPDX-License-Identifier: GPL-2.0-or-later
 * flowtable.c - the kernel carries decided connections past all chains and rules
 */
#include "flowtable.h"

#include <net/if.h>
#include <stdlib.h>
#include <string.h>

#include "hook_part.h"
#include "kernel_routes.h"
#include "log.h"
#include "memory_text.h"
#include "nft.h"

/* --- devices --- */

enum { DEVICES_MAX = 256 }; /* NFT_NETDEVICE_MAX of net/netfilter/nf_tables_api.c */

struct devices {
	struct device {
		char name[IFNAMSIZ];
		unsigned index; /* one of the same name that has come again is another */
	} at[DEVICES_MAX];
	unsigned count;
};

static void add(struct devices *devices, const char *name, unsigned index)
{
	struct device *device = &devices->at[devices->count];

	if (devices->count == DEVICES_MAX)
		return;
	snprintf(device->name, sizeof device->name, "%s", name);
	device->index = index;
	devices->count++;
}

/* Packets are routed from and to it. A bridge's ports are not: with one of them in it the kernel would send past the
 * bridge, and would not notice a changed route (nft_dev_path_info() of nft_flow_offload.c). */
static bool is_routed(const struct link *link)
{
	return link->flags & IFF_UP && !(link->flags & IFF_LOOPBACK) && !link->master && hooks_plain_device(link->name);
}

/* Those that there are now; none if they cannot be told. */
static void ask_links(struct links *links)
{
	struct rtnl rtnl;

	if (rtnl_open(&rtnl) != 0)
		return;
	if (kernel_links(&rtnl, links) != 0)
		links_clear(links);
	rtnl_close(&rtnl);
}

/* Where there is none it is for the loopback device, which nothing is forwarded from: so there is always something that
 * shows whether the kernel has it. */
static void list_devices(struct devices *devices)
{
	struct links *links = links_new();
	const struct link *link;

	*devices = (struct devices){.count = 0};
	if (links)
		ask_links(links);
	for (size_t i = 0; links && (link = links_at(links, i)); i++)
		if (is_routed(link))
			add(devices, link->name, link->index);
	links_free(links);
	if (!devices->count)
		add(devices, "lo", 1);
}

/* --- text --- */

static bool wanted(const struct ruleset *ruleset)
{
	return ruleset->options.flowtable && ruleset->options.forward && ruleset->options.hooks;
}

/* Quoted, as a device may be called like a word of nft's. */
static void print_devices(FILE *out, const struct devices *devices)
{
	for (unsigned i = 0; i < devices->count; i++)
		fprintf(out, "%s\"%s\"", i ? ", " : "", devices->at[i].name);
}

/* The way back to the sender, by this packet's mark, is the device that it came by. */
static void print_way_back(FILE *out, const struct devices *devices)
{
	fputs("fib saddr . mark oif . iif { ", out);
	for (unsigned i = 0; i < devices->count; i++)
		fprintf(out, "%s%u . %u", i ? ", " : "", devices->at[i].index, devices->at[i].index);
	fputs(" }", out);
}

/* mark: of the packet, connmark: of its connection, within the mask. */
static void print_rule(FILE *out, uint32_t mark, uint32_t mask, uint32_t connmark, const struct devices *devices)
{
	fprintf(out,
		"\t\tmeta mark 0x%x ct mark and 0x%x == 0x%x meta l4proto { tcp, udp } ct state established ", mark, mask,
		connmark);
	print_way_back(out, devices);
	fputs(" flow add @decided\n", out);
}

static void print_rules(FILE *out, const struct ruleset *ruleset, const struct devices *devices)
{
	const struct marks *marks = &ruleset->marks;

	if (ruleset->options.dns && ruleset->options.learned)
		fputs("\t\tmeta l4proto { tcp, udp } ct original proto-dst 53 accept\n", out);
	print_rule(out, 0, marks->mask, marks->main, devices);
	for (unsigned i = 0; i < ruleset->gateway_count; i++)
		print_rule(out, ruleset->gateways[i].mark, marks->mask, ruleset->gateways[i].mark, devices);
}

/* Behind all others' rules in forward, so that what one of them drops is never in it. */
static void print_for(FILE *out, const struct ruleset *ruleset, const struct devices *devices)
{
	fputs("# option flowtable; removed by: nft delete table inet " FLOWTABLE "\n"
	      "table inet " FLOWTABLE "\n"
	      "flush table inet " FLOWTABLE "\n"
	      "table inet " FLOWTABLE " {\n"
	      "\tflowtable decided {\n"
	      "\t\thook ingress priority filter\n"
	      "\t\tdevices = { ",
	      out);
	print_devices(out, devices);
	fputs(" }\n"
	      "\t\tcounter\n"
	      "\t}\n"
	      "\tchain carry {\n"
	      "\t\ttype filter hook forward priority 1000; policy accept;\n",
	      out);
	print_rules(out, ruleset, devices);
	fputs("\t}\n}\n", out);
}

void flowtable_print(FILE *out, const struct ruleset *ruleset)
{
	struct devices devices;

	if (!wanted(ruleset))
		return;
	list_devices(&devices);
	print_for(out, ruleset, &devices);
}

/* "" where none is wanted; NULL: out of memory. */
static char *text_of(const struct ruleset *ruleset)
{
	char *text = NULL;
	size_t length;
	FILE *out = open_memstream(&text, &length);

	if (!out)
		return NULL;
	flowtable_print(out, ruleset);
	return memory_text_end(out, &text);
}

/* --- in and out --- */

static void forget_texts(struct flowtable *flowtable)
{
	free(flowtable->meant);
	free(flowtable->listed);
	flowtable->meant = flowtable->listed = NULL;
}

/* A device that has gone between the look and the load is a reason, too: what has been refused is tried again when the
 * devices are others. */
static void refuse(struct flowtable *flowtable, const char *reason)
{
	if (!flowtable->refused)
		log_warning("no flowtable, decided connections go on through the chains: %s", reason);
	flowtable->refused = true;
	flowtable_purge();
}

static void load(struct flowtable *flowtable)
{
	char reason[512];

	if (!nft_run(flowtable->meant, reason, sizeof reason)) {
		refuse(flowtable, reason);
		return;
	}
	if (flowtable->refused)
		log_notice("the flowtable is in now");
	flowtable->refused = false;
	flowtable->listed = nft_list("list table inet " FLOWTABLE);
}

static void put_in(struct flowtable *flowtable, char *text)
{
	bool empty = flowtable->meant && !*flowtable->meant; /* as a first look has left it */

	flowtable->out = false;
	forget_texts(flowtable);
	flowtable->meant = text;
	if (!text)
		refuse(flowtable, "out of memory");
	else if (*text)
		load(flowtable);
	else if (!empty)
		flowtable_purge();
}

void flowtable_set(struct flowtable *flowtable, const struct ruleset *ruleset)
{
	put_in(flowtable, text_of(ruleset));
}

void flowtable_follow(struct flowtable *flowtable, const struct ruleset *ruleset)
{
	char *text;

	if (!wanted(ruleset) || flowtable->out)
		return;
	text = text_of(ruleset);
	if (text && strcmp(text, flowtable->meant ? flowtable->meant : "") != 0)
		put_in(flowtable, text);
	else
		free(text);
}

void flowtable_purge(void)
{
	nft_remove_table(FLOWTABLE);
}

void flowtable_empty(struct flowtable *flowtable)
{
	if (!flowtable->meant || !*flowtable->meant || flowtable->refused)
		return;
	flowtable->out = true;
	flowtable_purge();
}

bool flowtable_intact(const struct flowtable *flowtable)
{
	char *now;
	bool intact;

	if (!flowtable->listed || flowtable->out)
		return true;
	now = nft_list("list table inet " FLOWTABLE);
	intact = !now || strcmp(now, flowtable->listed) == 0;
	free(now);
	return intact;
}

bool flowtable_copy(struct flowtable *copy, const struct flowtable *flowtable)
{
	*copy = (struct flowtable){.out = flowtable->out, .refused = flowtable->refused};
	copy->listed = flowtable->listed ? strdup(flowtable->listed) : NULL;
	return copy->listed || !flowtable->listed;
}

void flowtable_forget(struct flowtable *flowtable)
{
	forget_texts(flowtable);
}
