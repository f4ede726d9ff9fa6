/* SPDX-License-Identifier: GPL-2.0-or-later
 * protocols.h - names of transport protocols: what rules take, and what is told
 *
 * The usual ones of IANA's "Assigned Internet Protocol Numbers", as a small system may have no /etc/protocols.
 */
#ifndef NFQROUTE_PROTOCOLS_H
#define NFQROUTE_PROTOCOLS_H

#include "number_name.h"

enum { PROTOCOLS = 18, PROTOCOL_TEXT_MAX = 4 };

/* Of several names for a number the first is the one that is told. */
extern const struct number_name protocols[PROTOCOLS];

/* NULL: it has none here. */
const char *protocol_name(uint8_t number);
/* Its name, or the number as text, written to buffer. */
const char *protocol_text(uint8_t number, char buffer[PROTOCOL_TEXT_MAX]);

#endif
