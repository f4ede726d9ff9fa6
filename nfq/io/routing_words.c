/* SPDX-License-Identifier: GPL-2.0-or-later
 * routing_words.c - what people are told about routes and rules
 */
#include <errno.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <string.h>

#include "log.h"
#include "routing_private.h"

/* For commands that people are advised to type. */
static const char *const ip_commands[FAMILY_COUNT] = {[FAMILY_IPV4] = "ip", [FAMILY_IPV6] = "ip -6"};

/* A text that grows up to its end and is cut there. */
struct text {
	char *at;
	size_t size, used;
};

static void __attribute__((format(printf, 2, 3))) put(struct text *text, const char *format, ...)
{
	va_list args;
	int length;

	va_start(args, format);
	length = vsnprintf(text->at + text->used, text->size - text->used, format, args);
	va_end(args);
	if (length > 0)
		text->used += (size_t)length;
	if (text->used >= text->size)
		text->used = text->size - 1;
}

static void put_gateway(struct text *text, const struct gateway *gateway)
{
	put(text, "gateway %s (%s:%u): ", gateway->name, gateway->file, gateway->line);
}

static void put_table(struct text *text, const struct gateway *gateway)
{
	if (gateway->table_name)
		put(text, "table %s (%u)", gateway->table_name, gateway->table);
	else
		put(text, "table %u", gateway->table);
}

/* As ip-route(8) writes it, without the table. */
static void put_route(struct text *text, const struct entry *route, const struct links *links)
{
	static const char *const types[] = {[RTN_BLACKHOLE] = "blackhole ",
					    [RTN_UNREACHABLE] = "unreachable ",
					    [RTN_PROHIBIT] = "prohibit ",
					    [RTN_THROW] = "throw "};
	const char *type = route->type < sizeof types / sizeof types[0] ? types[route->type] : NULL;
	const struct link *link = route->device ? links_by_index(links, route->device) : NULL;
	char address[46];

	put(text, "%s", type ? type : "");
	if (route->dst_length)
		put(text, "%s/%u", key_address_text(route->dst, address), route->dst_length);
	else
		put(text, "default");
	if (route->has_hop)
		put(text, " via %s", key_address_text(route->hop, address));
	if (link)
		put(text, " dev %s", link->name);
	if (route->priority)
		put(text, " metric %u", route->priority);
}

static void put_rule(struct text *text, const struct entry *rule)
{
	put(text, "rule %u: fwmark %#x/%#x lookup ", rule->priority, rule->mark, rule->mask);
	if (rule->suppress)
		put(text, "main suppress_prefixlength 0");
	else
		put(text, "%u", rule->table);
}

const char *words_entry(char out[TEXT_MAX], const struct entry *entry, const struct links *links)
{
	struct text text = {.at = out, .size = TEXT_MAX};

	put(&text, "%s ", family_name(entry->family));
	if (entry->kind == ENTRY_RULE) {
		put_rule(&text, entry);
	} else {
		put(&text, "route ");
		put_route(&text, entry, links);
		put(&text, " table %u", entry->table);
	}
	return out;
}

static void put_failure(struct text *text, const char *reason, int failure)
{
	if (failure == -EPERM)
		put(text, "not permitted; run as root or with CAP_NET_ADMIN");
	else if (reason[0])
		put(text, "%s (%s)", strerror(-failure), reason);
	else
		put(text, "%s", strerror(-failure));
}

void words_failure(char *error, size_t size, const struct routing *routing, const struct ruleset *ruleset,
		   const struct step *step, int failure)
{
	static const char *const verbs[] = {
		[STEP_ADD] = "add", [STEP_REPLACE] = "replace", [STEP_REMOVE] = "remove"};
	struct text text = {.at = error, .size = size};
	char entry[TEXT_MAX];

	if (ruleset && step->entry.gateway >= 0)
		put_gateway(&text, &ruleset->gateways[step->entry.gateway]);
	put(&text, "cannot %s %s: ", verbs[step->action], words_entry(entry, &step->entry, routing->links));
	put_failure(&text, routing->requests.reason, failure);
}

void words_conflict(char *error, size_t size, const struct routing *routing, const struct gateway *gateway,
		    const struct entry *other)
{
	struct text text = {.at = error, .size = size};

	put_gateway(&text, gateway);
	put_table(&text, gateway);
	put(&text, " already has the %s route \"", family_name(other->family));
	put_route(&text, other, routing->links);
	put(&text, "\" that is not ours; remove it (%s route del ", ip_commands[other->family]);
	put_route(&text, other, routing->links);
	put(&text, " table %u) or give the gateway another table", other->table);
}

/* What is said of a path, by its state: words before the device or next hop, words behind it. */
struct phrase {
	enum log_level level;
	enum { ABOUT_NOTHING, ABOUT_DEVICE, ABOUT_HOP } about;
	const char *is;
	bool refused; /* the unreachable route stands in */
};

static const struct phrase phrases[PATHS] = {
	[PATH_UNKNOWN] = {LOG_LEVEL_DEBUG, ABOUT_NOTHING, "not known", false},
	[PATH_READY] = {LOG_LEVEL_INFO, ABOUT_NOTHING, "ready", false},
	[PATH_MAIN] = {LOG_LEVEL_INFO, ABOUT_NOTHING, "left to the main table", false},
	[PATH_REFUSED] = {LOG_LEVEL_INFO, ABOUT_NOTHING, "it has no way for this family", true},
	[PATH_NO_DEVICE] = {LOG_LEVEL_WARNING, ABOUT_DEVICE, "does not exist", true},
	[PATH_DEVICE_DOWN] = {LOG_LEVEL_WARNING, ABOUT_DEVICE, "is down", true},
	[PATH_NO_ADDRESS] = {LOG_LEVEL_NOTICE, ABOUT_DEVICE, "has no address of this family", true},
	[PATH_NO_HOP] = {LOG_LEVEL_WARNING, ABOUT_HOP, "is not reachable", true},
	[PATH_NO_WAY] = {LOG_LEVEL_WARNING, ABOUT_DEVICE, "has no default route to take its next hop from", true},
	/* Said at length by words_conflict(). */
	[PATH_FOREIGN] = {LOG_LEVEL_DEBUG, ABOUT_NOTHING, "its table has a default route that is not ours", false},
	[PATH_NO_KERNEL] = {LOG_LEVEL_NOTICE, ABOUT_NOTHING, "the kernel has no policy routing for it", false},
	[PATH_FAILED] = {LOG_LEVEL_ERROR, ABOUT_NOTHING, "its routes or rules could not be put in", false},
};

static void put_about(struct text *text, const struct gateway *gateway, enum family family,
		      const struct phrase *phrase)
{
	char address[46];

	if (phrase->about == ABOUT_HOP && gateway->family[family].has_hop)
		put(text, "next hop %s ", key_address_text(gateway->family[family].hop, address));
	else if (phrase->about == ABOUT_HOP && gateway->family[family].auto_hop)
		put(text, "the next hop of device %s's default route ", gateway->device);
	else if (phrase->about != ABOUT_NOTHING)
		put(text, "device %s ", gateway->device);
}

static void put_way(struct text *text, const struct gateway *gateway, enum family family)
{
	char address[46];

	if (gateway->family[family].has_hop)
		put(text, ", via %s", key_address_text(gateway->family[family].hop, address));
	if (gateway->device[0])
		put(text, ", dev %s", gateway->device);
}

/* What is behind "gateway vpn: IPv4: ". */
static void put_path(struct text *text, const struct gateway *gateway, enum family family,
		     const struct outcome *outcome)
{
	const struct phrase *phrase = &phrases[outcome->path];

	put_about(text, gateway, family, phrase);
	put(text, "%s", phrase->is);
	if (outcome->path == PATH_READY)
		put_way(text, gateway, family);
	if (outcome->reason[0])
		put(text, " (%s)", outcome->reason);
	if (phrase->refused)
		put(text, "; connections by it are refused%s",
		    outcome->path == PATH_REFUSED ? "" : " until that changes");
}

void words_path(const struct gateway *gateway, enum family family, const struct outcome *outcome)
{
	char out[TEXT_MAX];
	struct text text = {.at = out, .size = sizeof out};

	put_gateway(&text, gateway);
	put(&text, "%s: ", family_name(family));
	put_path(&text, gateway, family, outcome);
	log_line(phrases[outcome->path].level, "%s", out);
}

const char *routing_standing(const struct routing *routing, unsigned gateway, enum family family, char *out,
			     size_t size)
{
	const struct standing *standing = routing->standing;
	struct outcome outcome = {.path = standing->paths[gateway][family]};
	struct text text = {.at = out, .size = size};

	put_path(&text, &standing->ruleset->gateways[gateway], family, &outcome);
	return out;
}
