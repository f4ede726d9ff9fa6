/* SPDX-License-Identifier: GPL-2.0-or-later
 * fuzz_control.c - any bytes as a request on the control socket
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "control.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition)
{
	if (!condition)
		abort();
}

/* An error has a message, and the answer with it is one line that says so. */
static void check_error(const struct control_error *error)
{
	json_t *answer = control_failure(NULL, error);
	char *text = json_dumps(answer, JSON_COMPACT);

	require(text && !strchr(text, '\n') && *error->message);
	free(text);
	json_decref(answer);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct control_error error = {0};
	json_t *request = control_parse((const char *)data, size, &error);

	if (!request) {
		check_error(&error);
		return 0;
	}
	require(json_is_string(json_object_get(request, "verb")));
	for (size_t i = 0; control_verbs[i]; i++)
		if (!control_check(request, control_verbs[i]->fields, &error))
			check_error(&error);
	json_decref(request);
	return 0;
}
