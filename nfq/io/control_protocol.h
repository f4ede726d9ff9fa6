/* SPDX-License-Identifier: GPL-2.0-or-later
 * control_protocol.h - what is said on the control socket: a JSON object a line, see docs/CONTROL.md
 *
 * Pure: no socket, no daemon. Both sides use it.
 */
#ifndef NFQROUTE_CONTROL_PROTOCOL_H
#define NFQROUTE_CONTROL_PROTOCOL_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#define CONTROL_VERSION 1
#define CONTROL_PATH "/run/nfqroute/nfqroute.sock"
#define CONTROL_VARIABLE "NFQROUTE_SOCKET" /* of the environment: another path */

enum {
	CONTROL_LINE_MAX = 8192, /* bytes of a request, with its newline */
	CONTROL_TEXT_MAX = 512,  /* bytes of an error's message */
};

/* The socket where no option says otherwise. */
const char *control_path(void);

/* Why a request gets no result; each has a word of its own in the answer ("code"). */
enum control_code {
	CONTROL_BAD_REQUEST,  /* "bad-request": no JSON object, or it lacks something */
	CONTROL_BAD_VERSION,  /* "bad-version": of a protocol that this daemon does not speak */
	CONTROL_UNKNOWN_VERB, /* "unknown-verb" */
	CONTROL_BAD_ARGUMENT, /* "bad-argument": unknown, of another type, out of range */
	CONTROL_NOT_ALLOWED,  /* "not-allowed": it changes something, and the asker may only look */
	CONTROL_BUSY,         /* "busy": too many do the same */
	CONTROL_FAILED,       /* "failed": it was tried */
	CONTROL_CODES
};

const char *control_code_name(enum control_code code);

struct control_error {
	enum control_code code;
	char message[CONTROL_TEXT_MAX];
};

void control_error_set(struct control_error *error, enum control_code code, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* An argument that a verb takes. */
struct control_field {
	const char *name; /* NULL ends the table */
	json_type type;   /* JSON_TRUE stands for both booleans */
	bool required;
	const char *brief;
};

/* Takes apart a line of length bytes without its newline: an object with a "verb", and a "version" that is ours or
 * left out. NULL with *error set; the caller owns what is returned. */
json_t *control_parse(const char *line, size_t length, struct control_error *error);

/* Are the request's other members among the fields, of their types, and none missing? fields may be NULL: none. */
bool control_check(const json_t *request, const struct control_field *fields, struct control_error *error);

/* A number that was checked so, or what *number is, if left out. false with *error set: it is out of bounds. */
bool control_number(const json_t *arguments, const char *name, json_int_t least, json_int_t most, json_int_t *number,
		    struct control_error *error);

/* {"version":1,"verb":...,"result":...} (or "event") and
 * {"version":1,"verb":...,"error":{"code":...,"message":...}}; verb may be NULL, value is taken over. NULL: out of
 * memory. */
json_t *control_message(const char *verb, const char *name, json_t *value);
json_t *control_failure(const char *verb, const struct control_error *error);

#endif
