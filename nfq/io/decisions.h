/* SPDX-License-Identifier: GPL-2.0-or-later
 * decisions.h - "option decisions FILE": each decision as a JSON object in a line of a file
 *
 * They are taken from the queues' histories a few times a second and written in a job: no queue's thread, nor the main
 * one, waits for a disk. What cannot be written is counted and left out; the file never ends in half a line.
 */
#ifndef NFQROUTE_DECISIONS_H
#define NFQROUTE_DECISIONS_H

struct daemon;
struct decisions;

/* Does what the options of the rules in force say, after each reload too: then the file is opened anew, as whoever has
 * renamed it (logrotate(8)) expects. */
void decisions_follow(struct daemon *daemon);
/* No more by time. The jobs have to have ended. */
void decisions_close(struct daemon *daemon);
/* Behind it, while the histories are there: writes the rest, and frees all. */
void decisions_end(struct daemon *daemon);

#endif
