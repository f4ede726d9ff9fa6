/* SPDX-License-Identifier: GPL-2.0-or-later
 * flow_print.h - the flows of a replay, for people and for scripts
 */
#ifndef NFQROUTE_FLOW_PRINT_H
#define NFQROUTE_FLOW_PRINT_H

#include <stdio.h>

#include "replay.h"

/* An aligned table, one line a flow, and under it how many frames are in no flow and why. with_rules: the columns
 * of the decision are shown. Ends the program where there is no memory for it. */
void flows_print_table(FILE *out, const struct replay *replay, bool with_rules);

/* One JSON object a line. Without rules, decided_packet is the one at which what was seen was known. False: out of
 * memory. */
bool flows_print_json(FILE *out, const struct replay *replay, const char *file, bool with_rules);

#endif
