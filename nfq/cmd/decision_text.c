/* SPDX-License-Identifier: GPL-2.0-or-later
 * decision_text.c - parts of a decision that the daemon tells, for people
 */
#include "decision_text.h"

#include <stdio.h>
#include <string.h>

#include "answer.h"
#include "printable.h"

const char *decision_end(const json_t *decision, const char *address, const char *port,
			 char text[DECISION_TEXT_MAX])
{
	const char *name = answer_text(decision, address);

	snprintf(text, DECISION_TEXT_MAX, strchr(name, ':') ? "[%s]:%llu" : "%s:%llu", name,
		 (unsigned long long)answer_number(decision, port));
	return text;
}

const char *decision_name(const json_t *decision, char text[DECISION_TEXT_MAX])
{
	const char *host = answer_text(decision, "host"), *app = answer_text(decision, "app");

	snprintf(text, DECISION_TEXT_MAX, "%s%s%s", app, *app && *host ? " " : "", host);
	return printable_ascii(text);
}

const char *decision_verdict(const json_t *decision, char text[DECISION_TEXT_MAX])
{
	static const char *const marks[] = {"moved", "reset", "switched"};
	const char *gateway = answer_text(decision, "gateway");
	size_t used = (size_t)snprintf(text, DECISION_TEXT_MAX, "%.32s%s%.64s", answer_text(decision, "verdict"),
				       *gateway ? " " : "", gateway);

	for (size_t i = 0; i < sizeof marks / sizeof *marks; i++)
		if (answer_flag(decision, marks[i]))
			used += (size_t)snprintf(text + used, DECISION_TEXT_MAX - used, ", %s", marks[i]);
	if (*answer_text(decision, "late"))
		snprintf(text + used, DECISION_TEXT_MAX - used, ", too late");
	return text;
}

const char *decision_reason(const json_t *decision)
{
	const char *rule = answer_text(decision, "rule"), *slash = strrchr(rule, '/');

	if (!*rule)
		return answer_text(decision, "why");
	return slash ? slash + 1 : rule;
}
