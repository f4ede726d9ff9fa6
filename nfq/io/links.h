/* SPDX-License-Identifier: GPL-2.0-or-later
 * links.h - the network devices and which address families they have, kept up to date from netlink messages
 *
 * Changed by one thread; names by index are read by any.
 */
#ifndef NFQROUTE_LINKS_H
#define NFQROUTE_LINKS_H

#include <libmnl/libmnl.h>
#include <net/if.h>

#include "ruleset.h"

struct link {
	unsigned index;
	unsigned master; /* index of the bridge, bond or VRF that it is a port of; 0: of none */
	unsigned flags;  /* IFF_*, netdevice(7) */
	char name[IFNAMSIZ];
};

struct links;

/* NULL: out of memory. */
struct links *links_new(void);
void links_free(struct links *links);
/* Forgets all, before a dump. Readers of names see the old ones until links_publish(). */
void links_clear(struct links *links);

/* Each returns whether anything changed. Out of memory ends in links_failed(). */
bool links_put(struct links *links, const struct link *link);
bool links_drop(struct links *links, unsigned index);
/* An address came or went: one of global scope, key_from_ipv4() or key_from_ipv6(), with its prefix length. */
bool links_put_address(struct links *links, unsigned index, struct key address, unsigned prefix);
bool links_drop_address(struct links *links, unsigned index, struct key address, unsigned prefix);

/* Takes RTM_NEWLINK, RTM_DELLINK, RTM_NEWADDR, RTM_DELADDR; false for all other messages. */
bool links_message(struct links *links, const struct nlmsghdr *message);

/* Shows the names to the other threads, after one or more changes. */
void links_publish(struct links *links);

/* NULL: none. Valid until the next change. */
const struct link *links_by_name(const struct links *links, const char *name);
const struct link *links_by_index(const struct links *links, unsigned index);
/* All, in order of their indices: number from 0; NULL: there are no more. */
const struct link *links_at(const struct links *links, size_t number);
/* Has it an address of the family, of more than link scope? */
bool links_has_address(const struct links *links, unsigned index, enum family family);
/* The next hop of the device's default route in the main table, set by links_set_way() since links_clear_ways(). */
enum way {
	WAY_NONE,   /* no such route */
	WAY_DEVICE, /* one without next hop */
	WAY_HOP,
	WAY_ONLINK, /* with one that is on the device though no address of the device says so */
};
void links_clear_ways(struct links *links);
void links_set_way(struct links *links, unsigned index, enum family family, enum way way, struct key hop);
enum way links_way(const struct links *links, unsigned index, enum family family, struct key *hop);
/* A change was lost for want of memory since links_clear(). */
bool links_failed(const struct links *links);

/* A device's name as key_from_device(), zero if unknown. Any thread, wait-free. */
struct key links_name(const struct links *links, unsigned index);

#endif
