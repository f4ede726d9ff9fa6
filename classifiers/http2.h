/* SPDX-License-Identifier: GPL-2.0-or-later
 * http2.h - the beginning of an HTTP/2 connection
 */
#ifndef NFQROUTE_HTTP2_H
#define NFQROUTE_HTTP2_H

#include "facts.h"
#include "reader.h"

/* The client's connection preface; TRI_MORE while all of it that is here fits. r moves behind it. */
enum tri http2_preface(struct reader *r);

/* Reads frames up to the first request's header fields and sets host and path from them. TRI_YES: nothing more
 * will come of it; else TRI_MORE. */
enum tri http2_request(struct reader frames, struct facts *facts);

#endif
