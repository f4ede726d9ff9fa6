/* SPDX-License-Identifier: GPL-2.0-or-later
 * gquic.h - Google's QUIC before it spoke TLS
 */
#ifndef NFQROUTE_GQUIC_H
#define NFQROUTE_GQUIC_H

#include "facts.h"
#include "reader.h"

/* The first byte of a datagram that gquic_header() may know. */
bool gquic_flags(uint8_t flags);

/* The datagram begins with a public header of Q001 to Q049 that names its version, as a client's first one does.
 */
bool gquic_header(struct reader datagram);

/* Takes the server name from a CHLO that lies in the clear in this datagram; false: there is none. */
bool gquic_datagram(struct reader datagram, struct facts *facts);

/* Takes the server name from a message that begins at the reader. TRI_MORE while it is not all there. */
enum tri gquic_hello(struct reader message, struct facts *facts);

#endif
