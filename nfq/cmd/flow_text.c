/* SPDX-License-Identifier: GPL-2.0-or-later
 * flow_text.c - what is said of a flow in a table and in JSON alike
 */
#include "flow_text.h"

const char *flow_late_text(const struct decision *decision)
{
	if (decision->moved)
		return "moved";
	if (decision->reset)
		return "reset";
	if (decision->switched)
		return "switched";
	return decision->late ? "too late" : NULL;
}
