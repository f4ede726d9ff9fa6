/* SPDX-License-Identifier: GPL-2.0-or-later
 * host_list.c - lines of lists of host names, in the notations that such lists are published in
 *
 *	example.com                   a domain and all below it, as lists of domains mean it
 *	.example.com  +.example.com   the same
 *	*.example.com  /pattern/      as in a rule
 *	0.0.0.0 a.example b.example   hosts(5): these very names
 *	||example.com^                ad blockers: a domain and all below it
 *	domain: full: keyword: regexp:   the text form of v2fly's domain lists
 *	server=/a.example/b.example/1.1.1.1   dnsmasq, also address, local, ipset, nftset: domains
 *
 * A line tells by itself in which of them it is, so that a file may mix them.
 */
#include <arpa/inet.h>

#include "host.h"
#include "value.h"

#define DOMAIN (TEXT_ITSELF | TEXT_BELOW)

/* A stretch of the line. */
struct part {
	const char *text;
	size_t len;
};

static bool blank(char c)
{
	return c == ' ' || c == '\t';
}

/* Cuts the next word off the front of rest; its len is 0 at the end. */
static struct part next_word(struct part *rest)
{
	struct part word;

	while (rest->len && blank(*rest->text)) {
		rest->text++;
		rest->len--;
	}
	word = (struct part){.text = rest->text};
	while (word.len < rest->len && !blank(word.text[word.len]))
		word.len++;
	rest->text += word.len;
	rest->len -= word.len;
	return word;
}

static bool begins(struct part part, const char *prefix)
{
	size_t len;

	if (!part.len || *part.text != *prefix)
		return false; /* most of a million lines */
	len = strlen(prefix);
	return part.len >= len && memcmp(part.text, prefix, len) == 0;
}

static struct part behind(struct part part, size_t len)
{
	return (struct part){.text = part.text + len, .len = part.len - len};
}

static bool add_domain(struct text_building *building, struct part name, struct value_error *error)
{
	return host_add_name(building, name.text, name.len, DOMAIN, error);
}

static bool add_full(struct text_building *building, struct part name, struct value_error *error)
{
	return host_add_name(building, name.text, name.len, TEXT_ITSELF, error);
}

static bool add_keyword(struct text_building *building, struct part word, struct value_error *error)
{
	char *glob = arena_printf(building->arena, "*%.*s*", (int)(word.len < 256 ? word.len : 256), word.text);

	return host_add_name(building, glob, strlen(glob), TEXT_ITSELF, error);
}

static bool add_regexp(struct text_building *building, struct part regex, struct value_error *error)
{
	char *word = arena_alloc(building->arena, 2 * regex.len + 3), *to = word;

	*to++ = '/';
	for (size_t i = 0; i < regex.len; i++) {
		if (regex.text[i] == '/' && (!i || regex.text[i - 1] != '\\'))
			*to++ = '\\';
		*to++ = regex.text[i];
	}
	*to++ = '/';
	return pattern_list_add(&building->patterns, building->arena, word, (size_t)(to - word), true, error);
}

static bool add_include(struct text_building *building, struct part name, struct value_error *error)
{
	(void)name;
	return value_fail(error, building->arena, "name the other list in the rules by a line of its own",
			  "lists are not included by lists");
}

/* "||domain^", perhaps with "$options" behind it */
static bool add_blocker(struct text_building *building, struct part rest, struct value_error *error)
{
	const char *end = memchr(rest.text, '^', rest.len);

	if (end && (size_t)(end - rest.text) + 1 < rest.len && end[1] != '$')
		return value_fail(error, building->arena, "||example.com^", "only whole domains can be listed");
	if (end)
		rest.len = (size_t)(end - rest.text);
	return add_domain(building, rest, error);
}

static const struct {
	const char *prefix;
	bool (*add)(struct text_building *building, struct part rest, struct value_error *error);
} prefixes[] = {
	{"domain:", add_domain},   {"full:", add_full}, {"keyword:", add_keyword}, {"regexp:", add_regexp},
	{"include:", add_include}, {"||", add_blocker}, {"+.", add_domain},
};

/* "/a.example/b.example/..." of a dnsmasq line: every name between two slashes. */
static bool add_dnsmasq(struct text_building *building, struct part rest, struct value_error *error)
{
	const char *end = rest.text + rest.len, *at = rest.text + 1, *slash;
	bool any = false;

	while ((slash = memchr(at, '/', (size_t)(end - at)))) {
		if (slash > at &&
		    !add_domain(building, (struct part){.text = at, .len = (size_t)(slash - at)}, error))
			return false;
		any |= slash > at;
		at = slash + 1;
	}
	if (!any)
		return value_fail(error, building->arena, "server=/example.com/192.0.2.1",
				  "there is no domain between slashes");
	return true;
}

static const char *const dnsmasq[] = {"server=/", "address=/", "local=/", "ipset=/", "nftset=/", "rev-server=/"};

/* An address and names behind it. */
static bool is_hosts_line(struct part first, struct part rest)
{
	char text[INET6_ADDRSTRLEN], bytes[16];

	if (first.len >= sizeof text || !next_word(&rest).len)
		return false;
	memcpy(text, first.text, first.len);
	text[first.len] = 0;
	return inet_pton(AF_INET, text, bytes) == 1 || inet_pton(AF_INET6, text, bytes) == 1;
}

static bool add_hosts(struct text_building *building, struct part rest, struct value_error *error)
{
	for (struct part name = next_word(&rest); name.len && name.text[0] != '#'; name = next_word(&rest))
		if (!add_full(building, name, error))
			return false;
	return true;
}

/* A word of no special notation. */
static bool add_plain(struct text_building *building, struct part word, struct value_error *error)
{
	if (word.text[0] == '/')
		return pattern_list_add(&building->patterns, building->arena, word.text, word.len, true, error);
	if (word.len > 2 && begins(word, "*.") && !memchr(word.text + 2, '*', word.len - 2))
		return host_add_name(building, word.text + 2, word.len - 2, TEXT_BELOW, error);
	return add_domain(building, word.len > 1 && word.text[0] == '.' ? behind(word, 1) : word, error);
}

/* Behind the value only comments and v2fly's "@attributes" may stand. */
static bool is_tail(struct part rest)
{
	for (struct part word = next_word(&rest); word.len; word = next_word(&rest)) {
		if (word.text[0] == '#')
			return true;
		if (word.text[0] != '@' && word.text[0] != '&')
			return false;
	}
	return true;
}

bool host_list_add_line(void *set, const char *line, size_t len, struct value_error *error)
{
	struct text_building *building = set;
	struct part rest = {.text = line, .len = len}, word = next_word(&rest);

	if (word.text[0] == '!' || word.text[0] == ';' || word.text[0] == '[')
		return true; /* comments and headings of lists for ad blockers */
	if (is_hosts_line(word, rest))
		return add_hosts(building, rest, error);
	if (word.text[0] == '/' && line[len - 1] == '/')
		return add_plain(building, (struct part){.text = line, .len = len}, error);
	if (!is_tail(rest))
		return value_fail(error, building->arena,
				  "one name a line, or hosts, dnsmasq, v2fly or ||domain^ lines",
				  "this is not a line of a list of names");
	for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++)
		if (begins(word, prefixes[i].prefix))
			return prefixes[i].add(building, behind(word, strlen(prefixes[i].prefix)), error);
	for (size_t i = 0; i < sizeof dnsmasq / sizeof *dnsmasq; i++)
		if (begins(word, dnsmasq[i]))
			return add_dnsmasq(building, behind(word, strlen(dnsmasq[i]) - 1), error);
	return add_plain(building, word, error);
}
