/* SPDX-License-Identifier: GPL-2.0-or-later
 * signature.h - what most classifiers of this folder have in common
 */
#ifndef NFQROUTE_SIGNATURE_H
#define NFQROUTE_SIGNATURE_H

#include <netinet/in.h>

#include "classifier.h"

/* The answer of a classifier that has read, and required of r, all that makes the app. */
static inline enum tri signature_answer(const struct reader *r, struct facts *facts, const struct app *app)
{
	if (reader_ok(r))
		facts_set_app(facts, app);
	return reader_state(r);
}

/* The same for one that is put together from several readings. Kleene's logic over answers that keep the law of
 * prefixes keeps it too. */
static inline enum tri signature_conclude(enum tri answer, struct facts *facts, const struct app *app)
{
	if (answer == TRI_YES)
		facts_set_app(facts, app);
	return answer;
}

/* Either end of the connection is at this port. A tie breaker only. */
static inline bool signature_port(const struct view *view, uint16_t port)
{
	return view->sport == port || view->dport == port;
}

/* Either end is at one of these ports, of a list that ends with 0. */
static inline bool signature_ports(const struct view *view, const uint16_t *ports)
{
	for (; *ports; ports++)
		if (signature_port(view, *ports))
			return true;
	return false;
}

/* The value stands in a list that ends with 0. */
static inline bool signature_among(uint32_t value, const uint32_t *list)
{
	for (; *list; list++)
		if (*list == value)
			return true;
	return false;
}

/* The index-th datagram (from 0) of the client; an open, empty window while it is to come. */
static inline struct reader signature_datagram(const struct view *view, unsigned index)
{
	for (unsigned i = 0; i < view->datagram_count; i++) {
		const struct datagram *d = &view->datagrams[i];

		if (!d->from_server && index-- == 0)
			return reader_over(d->data, d->len, false);
	}
	return reader_over(NULL, 0, true);
}

/* For what is told by the size of its datagram: nothing can be said before there is one. */
static inline void signature_whole(struct reader *r)
{
	if (r->open)
		reader_skip(r, reader_left(r) + 1);
}

/* Reads elements of a type, a length and that many bytes up to the end of a closed window, which they must fill.
 * type and length are the sizes of the two fields; counted is what the length counts besides the value. */
static inline void signature_elements(struct reader *r, size_t type, size_t length, size_t counted)
{
	while (reader_ok(r) && !reader_at_end(r)) {
		size_t n;

		reader_skip(r, type);
		n = reader_uint(r, length);
		reader_require(r, n >= counted);
		reader_skip(r, n - counted);
	}
}

#endif
