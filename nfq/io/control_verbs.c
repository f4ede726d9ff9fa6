/* SPDX-License-Identifier: GPL-2.0-or-later
 * control_verbs.c - the verbs of the control socket
 */
#include "verbs.h"

#include <stddef.h>

/* clang-format off: a verb a line */
const struct control_verb *const control_verbs[] = {
	&verb_status,
	&verb_flows,
	&verb_watch,
	&verb_top,
	&verb_learned,
	&verb_why,
	&verb_flush,
	&verb_pause,
	&verb_resume,
	&verb_reload,
	&verb_verbs,
	NULL,
};
/* clang-format on */
