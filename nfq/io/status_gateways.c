/* SPDX-License-Identifier: GPL-2.0-or-later
 * status_gateways.c - the gateways as JSON: what they are, whether they work, and how that is known
 */
#include <stdlib.h>

#include "daemon_state.h"
#include "json_text.h"
#include "past_filter.h"
#include "status_json.h"

json_t *status_time(uint64_t monotonic)
{
	return monotonic ? json_integer((json_int_t)past_epoch(monotonic)) : json_null();
}

static json_t *check_json(const struct check_status *check)
{
	return json_pack("{s:o, s:b, s:o, s:I, s:I, s:I, s:o, s:o}", "check", json_text(check->check->text), "up",
			 (int)check->up, "since", status_time(check->since), "asked", (json_int_t)check->asked,
			 "answered", (json_int_t)check->good, "unanswered", (json_int_t)check->unanswered, "answer_us",
			 check->last_us ? json_integer(check->last_us) : json_null(), "reason",
			 json_text(*check->reason ? check->reason : NULL));
}

static json_t *checks_json(const struct daemon *daemon, unsigned index, enum family family)
{
	struct check_status *status;
	size_t count = checks_status(daemon->checks, index, NULL, 0);
	json_t *list = json_array();

	status = calloc(count + 1, sizeof *status);
	if (status)
		checks_status(daemon->checks, index, status, count);
	for (size_t i = 0; status && i < count; i++)
		if (status[i].family == family)
			json_array_append_new(list, check_json(&status[i]));
	free(status);
	return list;
}

static json_t *family_json(const struct daemon *daemon, unsigned index, enum family family)
{
	const struct gateway_watch *watch = &daemon->watch[index][family];
	char text[ERROR_MAX];

	return json_pack("{s:b, s:o, s:I, s:o, s:o}", "up", (int)routing_state(daemon->routing)[index].up[family],
			 "since", status_time(watch->since), "downs", (json_int_t)watch->downs, "standing",
			 json_text(routing_standing(daemon->routing, index, family, text, sizeof text)), "checks",
			 checks_json(daemon, index, family));
}

json_t *status_gateways(const struct daemon *daemon)
{
	json_t *list = json_array();

	for (unsigned i = 0; i < daemon->ruleset->gateway_count; i++) {
		const struct gateway *gateway = &daemon->ruleset->gateways[i];

		json_array_append_new(list, json_pack("{s:o, s:I, s:I, s:s?, s:o, s:o}", "name", json_text(gateway->name),
						      "mark", (json_int_t)gateway->mark, "table",
						      (json_int_t)gateway->table, "device",
						      *gateway->device ? gateway->device : NULL, "ipv4",
						      family_json(daemon, i, FAMILY_IPV4), "ipv6",
						      family_json(daemon, i, FAMILY_IPV6)));
	}
	return list;
}
