/* SPDX-License-Identifier: GPL-2.0-or-later
 * starttls.h - the ClientHello of protocols that begin in the clear and change to TLS
 *
 * The app stays the protocol it began with; host, alpn and ech come from the hello.
 */
#ifndef NFQROUTE_STARTTLS_H
#define NFQROUTE_STARTTLS_H

#include "clienthello.h"
#include "signature.h"

/* rest: the client's stream behind its request for TLS. Sets CLIENTHELLO_FACTS from the hello as they come, and
 * closes them when there is none. TRI_YES when all of them are set or closed, else TRI_MORE. */
enum tri starttls_hello(struct reader rest, struct facts *facts);

/* The same for protocols of lines. client: its stream from the beginning, where one of the first lines may be
 * STARTTLS (SMTP, IMAP, NNTP), STLS (POP3) or AUTH TLS (FTP). */
enum tri starttls_lines(struct reader client, struct facts *facts);

/* There will be no hello: closes CLIENTHELLO_FACTS, answers TRI_YES. */
enum tri starttls_none(struct facts *facts);

#endif
