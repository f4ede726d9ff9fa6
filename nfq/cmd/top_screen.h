/* SPDX-License-Identifier: GPL-2.0-or-later
 * top_screen.h - "nfqroute top" on a terminal: what is shown, and the keys that change it
 */
#ifndef NFQROUTE_TOP_SCREEN_H
#define NFQROUTE_TOP_SCREEN_H

#include "control_client.h"
#include "top_view.h"

/* Shows count intervals (0: any number) of the verb "top", which has been asked for, until the user or the daemon ends it;
 * the terminal is then as it was. A signal that ends a program ends this one as it would, after that. Returns an enum
 * command_exit, after a message unless COMMAND_OK. */
int top_screen(struct client *client, struct top_view view, unsigned long count);

#endif
