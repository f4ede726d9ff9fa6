/* SPDX-License-Identifier: GPL-2.0-or-later
 * metrics.h - figures for Prometheus, by HTTP and in a file for node_exporter
 */
#ifndef NFQROUTE_METRICS_H
#define NFQROUTE_METRICS_H

#include "census.h"

struct daemon;
struct metrics;

/* Does what the options of the rules in force say, after each reload too. What cannot be had is logged, and done
 * without. */
void metrics_follow(struct daemon *daemon);
/* NULL is none. */
void metrics_close(struct metrics *metrics);

/* metrics_text.c: all figures in the text format of Prometheus; census may be NULL (nothing counted yet), and be of
 * the rules of generation. The text is malloc()ed; NULL: out of memory. */
char *metrics_text(struct daemon *daemon, const struct census *census, unsigned generation);

#endif
