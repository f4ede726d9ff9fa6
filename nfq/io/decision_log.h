/* SPDX-License-Identifier: GPL-2.0-or-later
 * decision_log.h - a line of the log for a connection's decision
 */
#ifndef NFQROUTE_DECISION_LOG_H
#define NFQROUTE_DECISION_LOG_H

#include "engine.h"

/* Logs it where the rule says "log", and else for debugging, without what option privacy keeps back. In the journal it has
 * the fields RULE, VERDICT, GATEWAY, APP, HOST and CLIENT. Any thread. */
void decision_log(const struct ruleset *ruleset, const struct decision *decision);

#endif
