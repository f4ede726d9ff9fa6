/* SPDX-License-Identifier: GPL-2.0-or-later
 * flow_text.h - what is said of a flow in a table and in JSON alike
 */
#ifndef NFQROUTE_FLOW_TEXT_H
#define NFQROUTE_FLOW_TEXT_H

#include "replay.h"

/* What the daemon would have done where the verdict came too late for the path, in a word; NULL: it came in time. */
const char *flow_late_text(const struct decision *decision);

#endif
