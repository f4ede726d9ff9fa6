/* SPDX-License-Identifier: GPL-2.0-or-later
 * http.c - HTTP by its request, and what runs inside it
 *
 * Sources: RFC 9112 3 (request line, its four forms), 5 (fields), 2.2 (line ends, empty lines in front); RFC 9110;
 * RFC 1945 and the HTTP/0.9 it describes; RFC 6455 (WebSocket); RFC 8216 (HLS); ISO/IEC 23009-1 (DASH); Icecast's
 * SOURCE; RTMPT as Adobe's Flash Player tunnels RTMP.
 *
 * A usual method and a path, or a whole request line with a version, is HTTP; what runs inside is told by the path and
 * the fields, so the app may still become a more special one until the header section ends. Host and path are set
 * as soon as they are read.
 */
#include "classifier.h"
#include "http2.h"
#include "http_text.h"

enum {
	METHOD_MAX = 24,
	LINE_MAX = 16384,
	EMPTY_LINES_MAX = 4, /* bytes of them, in front of the request */
};

static const struct app http = {
	.name = "http",
	.brief = "Hypertext Transfer Protocol 0.9 to 2, in the clear",
	.source = "RFC 9110, RFC 9112, RFC 9113",
	.decided = "client's first packet, or where its header section ends",
};
static const struct app http2 = {
	.name = "http2",
	.brief = "HTTP/2 with prior knowledge, in the clear",
	.source = "RFC 9113 section 3.3",
	.decided = "client's first packet",
	.within = &http,
	.use = true,
};
static const struct app websocket = {
	.name = "websocket",
	.brief = "WebSocket, asked for by an upgrade",
	.source = "RFC 6455 section 4.1",
	.decided = "client's first packet",
	.within = &http,
	.use = true,
};
static const struct app hls = {
	.name = "hls",
	.brief = "HTTP Live Streaming: a request for a playlist (.m3u8)",
	.source = "RFC 8216",
	.decided = "client's first packet",
	.within = &http,
	.use = true,
};
static const struct app dash = {
	.name = "dash",
	.brief = "MPEG-DASH: a request for a description (.mpd)",
	.source = "ISO/IEC 23009-1",
	.decided = "client's first packet",
	.within = &http,
	.use = true,
};
static const struct app icecast = {
	.name = "icecast",
	.brief = "Icecast source, sending a stream",
	.source = "Icecast 2 documentation, HTTP PUT and SOURCE",
	.decided = "client's first packet",
	.within = &http,
	.use = true,
};
static const struct app rtmpt = {
	.name = "rtmpt",
	.brief = "RTMP tunnelled in HTTP",
	.source = "Adobe Flash Media Server documentation, application/x-fcs",
	.decided = "client's first packet",
	.within = &http,
	.use = true,
};
static const struct app *const apps[] = {&http, &http2, &websocket, &hls, &dash, &icecast, &rtmpt, NULL};

struct request {
	struct text method, target, path;
	bool known;     /* one of the usual methods, and a target that is a path */
	bool versioned; /* the line ends with HTTP/ and a version */
	bool upgrades, ice, fcs;
};

/* RFC 9110 5.6.2, as far as method names use it. */
static bool method_byte(uint8_t c)
{
	return (fold(c) >= 'a' && fold(c) <= 'z') || c == '-' || c == '_';
}

static bool usual_method(struct text method)
{
	static const char *const usual[] = {"get",         "post",         "head",      "put",         "delete",
					    "options",     "patch",        "connect",   "trace",       "propfind",
					    "report",      "notify",       "subscribe", "unsubscribe", "source",
					    "rpc_in_data", "rpc_out_data", NULL};

	for (const char *const *name = usual; *name; name++)
		if (equals(method, *name))
			return true;
	return false;
}

/* The method and the blank behind it. */
static enum tri read_method(struct reader *r, struct text *method)
{
	size_t left = reader_left(r), len = 0;

	while (len < left && len <= METHOD_MAX && method_byte(r->at[len]))
		len++;
	method->len = len;
	method->at = reader_bytes(r, len);
	reader_require(r, len <= METHOD_MAX);
	reader_require(r, reader_u8(r) == ' ');
	reader_require(r, len > 0);
	return reader_state(r);
}

/* RFC 9112 3.2: the request target. What names a host other than the Host field comes first. */
static void read_target(struct request *q, struct facts *facts)
{
	struct text authority = {0};
	size_t scheme = upto(q->target, ':').len;

	q->path = q->target;
	if (equals(q->method, "connect")) {
		authority = upto(q->target, ' ');
		q->path.len = 0;
		if (upto(authority, '/').len < authority.len)
			authority.len = 0;
	} else if (q->target.len && q->target.at[0] != '/' && begins(behind(q->target, scheme), "://")) {
		authority = upto(upto(behind(q->target, scheme + 3), '/'), '?');
		q->path = behind(q->target, scheme + 3 + authority.len);
		while (upto(authority, '@').len < authority.len)
			authority = behind(authority, upto(authority, '@').len + 1);
	}
	if (authority.len)
		facts_set_host(facts, authority.at, authority.len);
	if (q->path.len && q->path.at[0] != '/' && q->path.at[0] != '*' && q->path.at[0] != '?')
		q->path.len = 0;
	if (q->path.len)
		facts_set_text(facts, FACT_PATH, q->path.at, q->path.len);
	else
		fact_close(facts, FACT_PATH);
}

/* Control characters: this is no line of text. */
static bool binary(struct text line)
{
	for (size_t i = 0; i < line.len; i++)
		if ((line.at[i] < ' ' && !blank(line.at[i]) && line.at[i] != '\r') || line.at[i] == 0x7f)
			return true;
	return false;
}

/* "METHOD target HTTP/1.1"; "GET /target" alone is HTTP/0.9. */
static enum tri read_request_line(struct reader *r, struct request *q, struct facts *facts)
{
	enum tri answer = read_method(r, &q->method);
	struct text rest, version;
	bool partial;

	if (answer != TRI_YES)
		return answer;
	rest = (struct text){r->at, reader_left(r)};
	q->known = usual_method(q->method) && rest.len && rest.at[0] == '/';
	q->target = read_line(r);
	partial = !reader_ok(r);
	if (partial)
		q->target = upto(rest, '\n');
	if (!q->known && (q->target.len > LINE_MAX || binary(q->target)))
		return TRI_NO;
	if (partial)
		return reader_state(r);
	q->target = trim(q->target);
	version = (struct text){q->target.at + q->target.len, 0};
	while (version.len < q->target.len && !blank(version.at[-1])) {
		version.at--;
		version.len++;
	}
	q->versioned = begins(version, "http/") && version.len > 5 && version.at[5] >= '0' && version.at[5] <= '9';
	if (q->versioned && version.at > q->target.at)
		q->target = trim((struct text){q->target.at, (size_t)(version.at - q->target.at)});
	if (!q->versioned && !q->known)
		return TRI_NO;
	read_target(q, facts);
	return TRI_YES;
}

static void read_field(struct text line, struct request *q, struct facts *facts)
{
	uint8_t first = fold(line.at[0]);
	struct text name, value;

	if (first != 'h' && first != 'u' && first != 'c' && first != 'i')
		return; /* most fields; and folded lines, which belong to the field before */
	name = upto(line, ':');
	if (name.len == line.len)
		return;
	value = trim(behind(line, name.len + 1));
	name = trim(name);
	switch (first) {
	case 'h':
		if (equals(name, "host") && fact_open(facts, FACT_HOST))
			facts_set_host(facts, value.at, value.len);
		break;
	case 'u':
		q->upgrades |= equals(name, "upgrade") && has(value, "websocket");
		break;
	case 'c':
		q->fcs |= equals(name, "content-type") && begins(value, "application/x-fcs");
		break;
	case 'i':
		q->ice |= begins(name, "ice-");
		break;
	}
}

/* What it is, when all of the header section has been read. */
static const struct app *special(const struct request *q)
{
	struct text file = upto(q->path, '?');
	bool post = equals(q->method, "post");

	if (q->upgrades)
		return &websocket;
	if (q->ice || equals(q->method, "source"))
		return &icecast;
	if (post && (q->fcs || equals(file, "/open/1") || equals(file, "/fcs/ident2")))
		return &rtmpt;
	if (ends(file, ".m3u8"))
		return &hls;
	return ends(file, ".mpd") ? &dash : &http;
}

static enum tri finish(const struct app *app, struct facts *facts)
{
	facts_set_app(facts, app);
	if (!fact_known(facts, FACT_HOST))
		fact_close(facts, FACT_HOST);
	if (!fact_known(facts, FACT_PATH))
		fact_close(facts, FACT_PATH);
	return TRI_YES;
}

static enum tri look_request(struct reader r, struct facts *facts)
{
	struct request q = {0};
	enum tri answer = read_request_line(&r, &q, facts);

	if (answer == TRI_YES || (answer == TRI_MORE && q.known))
		facts_set_app(facts, &http);
	while (answer == TRI_YES) {
		struct text line = read_line(&r);

		answer = reader_state(&r);
		if (answer == TRI_YES && !line.len)
			return finish(special(&q), facts);
		if (answer == TRI_YES)
			read_field(line, &q, facts);
	}
	return answer;
}

/* A response first: the capture began late, or the sides have changed their parts. */
static enum tri look_response(struct reader r, struct facts *facts)
{
	reader_expect(&r, "HTTP/1.", 7);
	reader_require(&r, (reader_u8(&r) | 1) == '1');
	reader_require(&r, reader_u8(&r) == ' ');
	for (int i = 0; i < 3; i++) {
		uint8_t digit = reader_u8(&r);

		reader_require(&r, digit >= '0' && digit <= '9');
	}
	return reader_ok(&r) ? finish(&http, facts) : reader_state(&r);
}

static enum tri look_http2(struct reader r, struct facts *facts)
{
	enum tri answer = http2_preface(&r);

	if (answer != TRI_YES)
		return answer;
	facts_set_app(facts, &http2);
	return http2_request(r, facts) == TRI_YES ? finish(&http2, facts) : TRI_MORE;
}

static enum tri look(const struct view *view, struct facts *facts)
{
	struct reader r = view->client, first;
	unsigned empty = 0;
	uint8_t byte;
	enum tri answer;

	do {
		first = r;
		byte = reader_u8(&r);
	} while ((byte == '\r' || byte == '\n') && empty++ < EMPTY_LINES_MAX);
	if (!reader_ok(&r))
		return reader_state(&r);
	if (!method_byte(byte))
		return TRI_NO;
	answer = byte == 'P' ? look_http2(first, facts) : byte == 'H' ? look_response(first, facts) : TRI_NO;
	return answer != TRI_NO ? answer : look_request(first, facts);
}

const struct classifier classifier_http = {
	.name = "http",
	.transports = CLASSIFY_TCP,
	.writes = FACT_BIT(FACT_APP) | FACT_BIT(FACT_HOST) | FACT_BIT(FACT_PATH),
	.apps = apps,
	.look = look,
};
