/* SPDX-License-Identifier: GPL-2.0-or-later
 * rtmsg.h - entries (routes and rules) to and from rtnetlink messages
 */
#ifndef NFQROUTE_RTMSG_H
#define NFQROUTE_RTMSG_H

#include "rtnl.h"
#include "wanted.h"

/* The request that adds (where another default route in its place is an error, EEXIST), replaces, or removes exactly
 * this entry. In buffer. */
struct nlmsghdr *rtmsg_add(char buffer[RTNL_REQUEST_MAX], const struct entry *entry);
struct nlmsghdr *rtmsg_replace(char buffer[RTNL_REQUEST_MAX], const struct entry *entry);
struct nlmsghdr *rtmsg_remove(char buffer[RTNL_REQUEST_MAX], const struct entry *entry);

/* Requests for dumps: all rules of a family; its routes of one table, or of one protocol (0: any). Kernels without
 * strict checking (before 4.20) answer with all routes. */
struct nlmsghdr *rtmsg_list_rules(char buffer[RTNL_REQUEST_MAX], enum family family);
struct nlmsghdr *rtmsg_list_routes(char buffer[RTNL_REQUEST_MAX], enum family family, uint32_t table,
				   uint8_t protocol);

/* Takes an RTM_NEWRULE, RTM_DELRULE, RTM_NEWROUTE or RTM_DELROUTE apart; gateway is -1. false: it is none of them,
 * of another family, a route that the kernel has made for itself (its cache), one of IPv4 that is no default route, or
 * malformed. */
bool rtmsg_parse(const struct nlmsghdr *message, struct entry *entry);
/* The same for each next hop of a route that has several, which rtmsg_parse() shows as one with foreign parts: as if the
 * route had it alone. */
void rtmsg_each_hop(const struct nlmsghdr *message, void (*each)(void *ctx, const struct entry *entry), void *ctx);

#endif
