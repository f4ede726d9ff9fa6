/* SPDX-License-Identifier: GPL-2.0-or-later
 * host.c - host: the name the client asked for
 *
 * Notations: a name, ".name" (it and all names below it), globs, patterns, IP literals. Names are brought into the
 * form of the wire: lower case, A-labels (IDNA 2008), no dot at the end; IPv6 literals into their canonical text.
 * List files may be in the notations of those that are published, see host_list.c.
 */
#include "host.h"

#include <arpa/inet.h>
#include <idn2.h>

#include "keywords.h"
#include "value.h"

#define HOST_EXPECTS                                                                                              \
	"a name (www.example.com), a domain with all below it (.example.com), a glob (*cdn*) or a /pattern/"
#define NAME_MAX_LENGTH 253 /* RFC 1035 2.3.4, as text */
#define LABEL_MAX_LENGTH 63

static bool is_name_byte(char c)
{
	static const bool bytes[256] = {['a' ... 'z'] = true, ['0' ... '9'] = true, ['-'] = true, ['_'] = true, ['*'] = true};

	return bytes[(unsigned char)c];
}

/* Why text, in lower case, is no name: NULL if it is one. A '*' may stand for anything. */
static const char *name_fault(const char *text, size_t len)
{
	size_t label = 0;

	if (!len || len > NAME_MAX_LENGTH)
		return "a host name has 1 to 253 characters";
	for (size_t i = 0; i < len; i++) {
		if (text[i] == '.') {
			if (!label)
				return "a host name has no empty part between two dots";
			label = 0;
		} else if (!is_name_byte(text[i])) {
			return "this is not a host name";
		} else if (++label > LABEL_MAX_LENGTH) {
			return "a part of a host name has at most 63 characters";
		}
	}
	return NULL;
}

/* Lower case and A-labels, into name (of room bytes); its length, 0: it is no name in Unicode either. */
static size_t to_wire(const char *word, size_t len, char *name, size_t room)
{
	bool ascii = true;
	char *converted;
	size_t length;

	if (len >= room)
		return 0;
	for (size_t i = 0; i < len; i++) {
		ascii &= (unsigned char)word[i] < 0x80;
		name[i] = word[i] >= 'A' && word[i] <= 'Z' ? (char)(word[i] | 0x20) : word[i];
	}
	name[len] = 0;
	if (ascii)
		return len;
	if (idn2_to_ascii_8z(name, &converted, IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL) != IDN2_OK)
		return 0;
	length = strlen(converted);
	if (length < room)
		memcpy(name, converted, length + 1);
	idn2_free(converted);
	return length < room ? length : 0;
}

/* The one text of an IPv6 address, and its length; 0: it is none. */
static size_t canonical_ipv6(const char *text, size_t len, char canonical[INET6_ADDRSTRLEN])
{
	char copy[INET6_ADDRSTRLEN];
	struct in6_addr address;

	if (len >= sizeof copy)
		return 0;
	memcpy(copy, text, len);
	copy[len] = 0;
	if (inet_pton(AF_INET6, copy, &address) != 1 ||
	    !inet_ntop(AF_INET6, &address, canonical, INET6_ADDRSTRLEN))
		return 0;
	return strlen(canonical);
}

/* "2001:db8::1", "[2001:db8::1]" */
static bool add_ipv6(struct text_building *building, const char *word, size_t len, struct value_error *error)
{
	bool bracket = len > 2 && word[0] == '[' && word[len - 1] == ']';
	char canonical[INET6_ADDRSTRLEN];
	size_t length = canonical_ipv6(word + bracket, len - 2 * bracket, canonical);

	if (!length)
		return value_fail(error, building->arena, "a port is matched by dport",
				  "this is neither a host name nor an IPv6 address");
	return text_add_exact(building, canonical, length, TEXT_ITSELF, error);
}

bool host_add_name(struct text_building *building, const char *word, size_t len, unsigned kinds,
		   struct value_error *error)
{
	char name[NAME_MAX_LENGTH + 3];
	const char *fault;
	size_t length;

	if (memchr(word, 0, len))
		return value_fail(error, building->arena, HOST_EXPECTS, "this is not a host name");
	if (memchr(word, '/', len))
		return value_fail(error, building->arena,
				  "a name stands alone, without scheme and path; a pattern is between two slashes",
				  "this is not a host name");
	if (memchr(word, ':', len))
		return add_ipv6(building, word, len, error);
	if (len > 1 && word[len - 1] == '.')
		len--;
	length = to_wire(word, len, name, sizeof name);
	if (!length)
		return value_fail(error, building->arena, HOST_EXPECTS, "this is not a host name");
	fault = name_fault(name, length);
	if (fault)
		return value_fail(error, building->arena, HOST_EXPECTS, "%s", fault);
	if (memchr(name, '*', length))
		return text_add_glob(building, name, length);
	return text_add_exact(building, name, length, kinds, error);
}

/* ".name": itself and below. "*.name": below only, which needs no glob. */
static bool host_add(void *set, const char *word, size_t len, struct value_error *error)
{
	if (len > 1 && word[0] == '.')
		return host_add_name(set, word + 1, len - 1, TEXT_ITSELF | TEXT_BELOW, error);
	if (len > 2 && word[0] == '*' && word[1] == '.' && !memchr(word + 2, '*', len - 2))
		return host_add_name(set, word + 2, len - 2, TEXT_BELOW, error);
	return host_add_name(set, word, len, TEXT_ITSELF, error);
}

static bool host_add_pattern(void *set, const char *word, size_t len, struct value_error *error)
{
	struct text_building *building = set;

	return pattern_list_add(&building->patterns, building->arena, word, len, true, error);
}

const struct value_type host_type = {
	.name = "host",
	.expects = HOST_EXPECTS,
	.begin = text_begin,
	.add = host_add,
	.add_pattern = host_add_pattern,
	.add_line = host_list_add_line,
	.seal = text_seal,
	.covers = text_covers,
	.count = text_count,
};

/* The fact's text in the form that sets hold; NULL: it is in none. */
static const char *host_of(const struct facts *facts, size_t *len, char canonical[INET6_ADDRSTRLEN])
{
	const char *host = facts_text(facts, FACT_HOST, len);

	if (!memchr(host, ':', *len))
		return host;
	*len = canonical_ipv6(host, *len, canonical);
	return *len ? canonical : NULL;
}

/* Those that were made already, if they are of this text. */
static const struct name_hashes *hashes_of(const struct subject *subject, const char *host, size_t len,
					   struct name_hashes *here)
{
	size_t text_length;

	if (subject->names && host == facts_text(subject->facts, FACT_HOST, &text_length))
		return subject->names;
	name_hashes_make(here, host, len);
	return here;
}

static enum tri host_eval(const void *set, const struct subject *subject)
{
	const struct facts *facts = subject->facts;
	char canonical[INET6_ADDRSTRLEN];
	struct name_hashes here;
	const char *host;
	size_t len;

	if (!fact_known(facts, FACT_HOST))
		return fact_open(facts, FACT_HOST) ? TRI_MORE : TRI_NO;
	host = host_of(facts, &len, canonical);
	return tri_of(host && text_has(set, host, len, hashes_of(subject, host, len, &here), subject->cut_off));
}

static void host_fetch(const void *set, const struct subject *subject)
{
	const struct text_values *values = set;

	textset_fetch(&values->exact, subject->names);
}

static size_t host_keys(const struct subject *subject, size_t *at, uint64_t keys[KEYS_BATCH])
{
	char canonical[INET6_ADDRSTRLEN];
	struct name_hashes here;
	size_t len;
	const char *host = *at ? NULL : host_of(subject->facts, &len, canonical);

	*at = 1;
	return host ? textset_name_keys(hashes_of(subject, host, len, &here), keys) : 0;
}

static bool host_is(const struct subject *subject, const struct finder_value *value)
{
	char canonical[INET6_ADDRSTRLEN];
	size_t len, before;
	const char *host = host_of(subject->facts, &len, canonical);

	if (!host || len < value->len || memcmp(host + len - value->len, value->text, value->len) != 0)
		return false;
	before = len - value->len;
	return value->kind & (before ? TEXT_BELOW : TEXT_ITSELF) && (!before || host[before - 1] == '.');
}

static const struct finder host_finder = {.set_keys = text_set_keys, .subject_keys = host_keys, .is = host_is};

const struct keyword host_keyword = {
	.name = "host",
	.value = &host_type,
	.brief = "name the client asked for: TLS and QUIC SNI, HTTP Host, RTMP tcUrl, DNS question",
	.needs = FACT_BIT(FACT_HOST),
	.available = true,
	.eval = host_eval,
	.fetch = host_fetch,
	.finder = &host_finder,
};
