/* SPDX-License-Identifier: GPL-2.0-or-later
 * decision_text.h - parts of a decision that the daemon tells, for people
 */
#ifndef NFQROUTE_DECISION_TEXT_H
#define NFQROUTE_DECISION_TEXT_H

#include <jansson.h>

#define DECISION_TEXT_MAX 320

/* "10.0.0.2:443", "[fd00::2]:443". Return text. */
const char *decision_end(const json_t *decision, const char *address, const char *port,
			 char text[DECISION_TEXT_MAX]);
/* "tls www.example.com", the app and the host as far as they are known; "": neither. They come from packets: nothing in it
 * drives a terminal. */
const char *decision_name(const json_t *decision, char text[DECISION_TEXT_MAX]);
/* "via vpn", "main", "reject"; with ", moved" and the like. */
const char *decision_verdict(const json_t *decision, char text[DECISION_TEXT_MAX]);
/* The rule without its directory, else why there is none. */
const char *decision_reason(const json_t *decision);

#endif
