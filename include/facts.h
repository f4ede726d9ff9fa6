/* SPDX-License-Identifier: GPL-2.0-or-later
 * facts.h - what is known of a connection beyond its headers
 *
 * Classifiers write facts, keywords read them; neither knows the other. A fact is open until it becomes known or
 * is closed (it can no longer become known). A keyword on an open fact answers TRI_MORE, on a closed one TRI_NO.
 */
#ifndef NFQROUTE_FACTS_H
#define NFQROUTE_FACTS_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "tri.h"

enum fact {
	FACT_APP,     /* the application protocol */
	FACT_HOST,    /* the name the client asked for: SNI, Host, tcUrl, DNS question; lower case, no port, no trailing dot */
	FACT_ALPN,    /* the protocols offered by ALPN (RFC 7301), in order, joined by ',' */
	FACT_PATH,    /* HTTP request target's path with query, RTMP app, RTSP path */
	FACT_ECH,     /* known: the ClientHello carries a real Encrypted Client Hello; see facts.ech */
	FACT_PAYLOAD, /* the bytes themselves; never "known", closed when the budget ends */
	FACT_COUNT
};

#define FACT_BIT(fact) (1U << (fact))
#define FACTS_ALL (FACT_BIT(FACT_COUNT) - 1)

/* One name that the keyword "app" understands. Const objects owned by the classifier's file. */
struct app {
	const char *name;          /* as in rules: lower case, no spaces */
	const char *brief;         /* what it is, in one line */
	const char *source;        /* RFC and section or other specification */
	const char *decided;       /* at which packet it is usually known, for "list apps" */
	const struct app *within;  /* the protocol it runs in: a rule on that one matches as well; NULL at the top */
	bool use;                  /* a use of that protocol (a playlist by HTTP), or its newer form, not one of its own:
	                            * where one name is to be said, say that one's */
};

/* The protocol's name for an app: its own, or that of the protocol it is a use of. */
static inline const char *app_protocol(const struct app *app)
{
	while (app->use && app->within)
		app = app->within;
	return app->name;
}

#define FACTS_TEXT_MAX 1024
#define FACTS_PATH_MAX 768 /* of it; leaves room for a host */

struct facts;

/* Who is told of a textual fact at once, while the classifier goes on: what it will be compared with is in memory that
 * is far away. */
struct facts_listener {
	void (*heard)(void *ctx, const struct facts *facts, enum fact fact);
	void *ctx;
};

struct facts {
	uint32_t known;  /* FACT_BIT()s */
	uint32_t closed; /* FACT_BIT()s; a known fact needs no closing, but closed it is final: see fact_final() */
	const struct app *app;
	bool ech;        /* true: real ECH; false (with FACT_ECH known): none, or GREASE */
	const struct facts_listener *listener; /* NULL: none. The engine's; no classifier's business */
	bool host_by_dns; /* the client has not said FACT_HOST: it is what it had asked DNS for. No classifier sets it */
	uint16_t start[FACT_COUNT], length[FACT_COUNT]; /* of the textual facts, in text */
	uint16_t used;
	char text[FACTS_TEXT_MAX];
};

static inline bool fact_known(const struct facts *f, enum fact fact)
{
	return f->known & FACT_BIT(fact);
}

static inline bool fact_open(const struct facts *f, enum fact fact)
{
	return !((f->known | f->closed) & FACT_BIT(fact));
}

/* Known and not to be replaced by a more specific value any more: all facts but FACT_APP are so at once. */
static inline bool fact_final(const struct facts *f, enum fact fact)
{
	return f->known & (fact == FACT_APP ? f->closed : ~0U) & FACT_BIT(fact);
}

static inline void fact_close(struct facts *f, enum fact fact)
{
	f->closed |= FACT_BIT(fact);
}

/* Sets FACT_APP. A later, more specific answer (one within the present one) replaces it. */
static inline void facts_set_app(struct facts *f, const struct app *app)
{
	f->app = app;
	f->known |= FACT_BIT(FACT_APP);
}

/* Sets FACT_ECH. */
static inline void facts_set_ech(struct facts *f, bool real)
{
	f->ech = real;
	f->known |= FACT_BIT(FACT_ECH);
}

/* Sets a textual fact (host, alpn, path) to a copy of the len bytes at text. The first value stays: a fact does
 * not change. A path is cut to FACTS_PATH_MAX bytes; all else fits. */
void facts_set_text(struct facts *f, enum fact fact, const void *text, size_t len);

/* Sets FACT_HOST from bytes off the wire: folds ASCII case, drops a ":port" behind a name or "]", the brackets of
 * an IPv6 literal and one trailing dot; closes the fact if nothing is left, or if a byte could not stand in a
 * name or address (anything outside letters, digits, '-', '.', '_', ':' and bytes above 0x7f). */
void facts_set_host(struct facts *f, const void *text, size_t len);

/* The value of a textual fact, not terminated, *len bytes; "" where not known. */
static inline const char *facts_text(const struct facts *f, enum fact fact, size_t *len)
{
	*len = fact_known(f, fact) ? f->length[fact] : 0;
	return f->text + f->start[fact];
}

#endif
