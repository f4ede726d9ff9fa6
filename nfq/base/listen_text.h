/* SPDX-License-Identifier: GPL-2.0-or-later
 * listen_text.h - where to listen, as written in rules: "127.0.0.1:9469", "[::1]:9469"
 */
#ifndef NFQROUTE_LISTEN_TEXT_H
#define NFQROUTE_LISTEN_TEXT_H

#include <stdbool.h>
#include <sys/socket.h>

/* false: it is not an address of either family with a port from 1. */
bool listen_by_text(const char *text, struct sockaddr_storage *address);

#endif
