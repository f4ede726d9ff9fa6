/* SPDX-License-Identifier: GPL-2.0-or-later
 * verbs.h - the verbs of the control socket, one file each; private to them and the table in control_verbs.c
 */
#ifndef NFQROUTE_VERBS_H
#define NFQROUTE_VERBS_H

#include "control.h"

extern const struct control_verb verb_flows, verb_flush, verb_learned, verb_pause, verb_reload, verb_resume,
	verb_status, verb_top, verb_verbs, verb_watch, verb_why;

#endif
