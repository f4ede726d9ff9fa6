/* SPDX-License-Identifier: GPL-2.0-or-later
 * verb_verbs.c - "verbs": what can be asked
 */
#include "verbs.h"

static const char *type_word(json_type type)
{
	return type == JSON_STRING ? "string" : type == JSON_INTEGER ? "integer" : "boolean";
}

static json_t *describe(const struct control_verb *verb)
{
	json_t *fields = json_array();

	for (const struct control_field *field = verb->fields; field && field->name; field++)
		json_array_append_new(fields, json_pack("{s:s, s:s, s:b, s:s}", "name", field->name, "type",
							type_word(field->type), "required", field->required,
							"brief", field->brief));
	return json_pack("{s:s, s:s, s:b, s:o}", "name", verb->name, "brief", verb->brief, "changes",
			 verb->changes, "arguments", fields);
}

static void run(struct daemon *daemon, struct control_request *request)
{
	json_t *list = json_array();

	(void)daemon;
	for (size_t i = 0; control_verbs[i]; i++)
		json_array_append_new(list, describe(control_verbs[i]));
	control_answer(request, list);
}

const struct control_verb verb_verbs = {
	.name = "verbs",
	.brief = "list the verbs and their arguments",
	.run = run,
};
