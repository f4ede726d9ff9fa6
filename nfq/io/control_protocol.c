/* SPDX-License-Identifier: GPL-2.0-or-later
 * control_protocol.c - what is said on the control socket: a JSON object a line
 */
#include "control_protocol.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json_text.h"
#include "suggest.h"

const char *control_path(void)
{
	const char *path = getenv(CONTROL_VARIABLE);

	return path && *path ? path : CONTROL_PATH;
}

const char *control_code_name(enum control_code code)
{
	static const char *const names[CONTROL_CODES] = {
		[CONTROL_BAD_REQUEST] = "bad-request",
		[CONTROL_BAD_VERSION] = "bad-version",
		[CONTROL_UNKNOWN_VERB] = "unknown-verb",
		[CONTROL_BAD_ARGUMENT] = "bad-argument",
		[CONTROL_NOT_ALLOWED] = "not-allowed",
		[CONTROL_BUSY] = "busy",
		[CONTROL_FAILED] = "failed",
	};

	return names[code];
}

void control_error_set(struct control_error *error, enum control_code code, const char *format, ...)
{
	va_list args;

	error->code = code;
	va_start(args, format);
	vsnprintf(error->message, sizeof error->message, format, args);
	va_end(args);
}

/* --- requests --- */

static bool check_envelope(const json_t *request, struct control_error *error)
{
	const json_t *version = json_object_get(request, "version");

	if (!json_is_object(request))
		control_error_set(error, CONTROL_BAD_REQUEST, "a request is a JSON object");
	else if (version && (!json_is_integer(version) || json_integer_value(version) != CONTROL_VERSION))
		control_error_set(error, CONTROL_BAD_VERSION, "this daemon speaks version %d", CONTROL_VERSION);
	else if (!json_is_string(json_object_get(request, "verb")))
		control_error_set(error, CONTROL_BAD_REQUEST, "a request has a \"verb\", a string");
	else
		return true;
	return false;
}

json_t *control_parse(const char *line, size_t length, struct control_error *error)
{
	json_error_t fault;
	json_t *request = json_loadb(line, length, JSON_REJECT_DUPLICATES, &fault);

	if (!request) {
		control_error_set(error, CONTROL_BAD_REQUEST, "no JSON, at byte %d: %s", fault.position,
				  fault.text);
		return NULL;
	}
	if (check_envelope(request, error))
		return request;
	json_decref(request);
	return NULL;
}

static const struct control_field *find(const struct control_field *fields, const char *name,
					struct control_error *error)
{
	struct suggest near = suggest_for(name, strlen(name));

	for (; fields && fields->name; fields++) {
		if (strcmp(fields->name, name) == 0)
			return fields;
		suggest_offer(&near, fields->name);
	}
	control_error_set(error, CONTROL_BAD_ARGUMENT, "there is no argument \"%.64s\"%s%s%s", name,
			  near.best ? "; did you mean \"" : "", near.best ? near.best : "",
			  near.best ? "\"?" : "");
	return NULL;
}

static bool is_type(const json_t *value, json_type type)
{
	return json_typeof(value) == type || (type == JSON_TRUE && json_is_false(value));
}

static const char *type_name(json_type type)
{
	static const char *const names[] = {
		[JSON_OBJECT] = "an object",   [JSON_ARRAY] = "an array", [JSON_STRING] = "a string",
		[JSON_INTEGER] = "an integer", [JSON_REAL] = "a number",  [JSON_TRUE] = "true or false",
		[JSON_FALSE] = "false",        [JSON_NULL] = "null",
	};

	return names[type];
}

static bool is_envelope(const char *name)
{
	return strcmp(name, "version") == 0 || strcmp(name, "verb") == 0;
}

bool control_check(const json_t *request, const struct control_field *fields, struct control_error *error)
{
	const char *name;
	json_t *value;

	json_object_foreach((json_t *)request, name, value)
	{
		const struct control_field *field;

		if (is_envelope(name))
			continue;
		field = find(fields, name, error);
		if (!field)
			return false;
		if (!is_type(value, field->type)) {
			control_error_set(error, CONTROL_BAD_ARGUMENT, "\"%s\" is %s", name,
					  type_name(field->type));
			return false;
		}
	}
	for (; fields && fields->name; fields++) {
		if (!fields->required || json_object_get(request, fields->name))
			continue;
		control_error_set(error, CONTROL_BAD_ARGUMENT, "\"%s\" is missing: %s", fields->name,
				  fields->brief);
		return false;
	}
	return true;
}

bool control_number(const json_t *arguments, const char *name, json_int_t least, json_int_t most, json_int_t *number,
		    struct control_error *error)
{
	const json_t *value = json_object_get(arguments, name);

	if (value)
		*number = json_integer_value(value);
	if (*number >= least && *number <= most)
		return true;
	control_error_set(error, CONTROL_BAD_ARGUMENT, "\"%s\" is %lld to %lld", name, (long long)least,
			  (long long)most);
	return false;
}

/* --- answers --- */

static json_t *envelope(const char *verb)
{
	json_t *answer = json_object();

	json_object_set_new(answer, "version", json_integer(CONTROL_VERSION));
	if (verb)
		json_object_set_new(answer, "verb", json_text(verb));
	return answer;
}

json_t *control_message(const char *verb, const char *name, json_t *value)
{
	json_t *message = envelope(verb);

	json_object_set_new(message, name, value);
	return message;
}

json_t *control_failure(const char *verb, const struct control_error *error)
{
	json_t *answer = envelope(verb), *object = json_object();

	json_object_set_new(object, "code", json_string(control_code_name(error->code)));
	json_object_set_new(object, "message", json_text(error->message));
	json_object_set_new(answer, "error", object);
	return answer;
}
