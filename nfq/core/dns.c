/* SPDX-License-Identifier: GPL-2.0-or-later
 * dns.c - what a DNS message asks, and which addresses it gives to which names
 */
#include "dns.h"

enum {
	FLAG_RESPONSE = 0x8000,
	FLAG_TRUNCATED = 0x0200,
	OPCODE_MASK = 0x7800,
	RCODE_MASK = 0x000f,
	CLASS_IN = 1,
	CLASS_FLUSH = 0x8000, /* multicast DNS's; not expected, not minded */
	TYPE_CNAME = 5,
	POINTER = 0xc0,       /* RFC 1035 4.1.4 */
	POINTERS_MAX = 32,    /* of one name: a label each is plenty; a message has room for a chain of thousands */
	HEADER = 12,
	PARAM_IPV4HINT = 4, PARAM_ECH = 5, PARAM_IPV6HINT = 6, /* RFC 9460 14.3.2 */
	ECH_VERSION = 0xfe0d,
};

/* A whole message, for names that point back into it. */
struct message {
	const uint8_t *at;
	struct reader all;
	uint16_t id, flags, questions, answers;
};

struct record {
	struct dns_name owner;
	uint16_t type, class;
	uint32_t ttl;
	struct reader data;
};

/* --- names --- */

static bool is_host_byte(uint8_t c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

/* A label with other bytes cannot be told apart from two by its text: the name is of no use. */
static void add_label(struct reader *r, uint8_t length, struct dns_name *name)
{
	const uint8_t *label = reader_bytes(r, length);

	reader_require(r, name->length + length + 1U < DNS_NAME_MAX);
	if (!label || !reader_ok(r))
		return;
	if (name->length)
		name->text[name->length++] = '.';
	for (uint8_t i = 0; i < length; i++) {
		uint8_t c = label[i] >= 'A' && label[i] <= 'Z' ? label[i] | 0x20 : label[i];

		reader_require(r, is_host_byte(c));
		name->text[name->length++] = (char)c;
	}
}

/* A pointer leads to before where its name began, so it comes to an end; soon, as each record may have such a name. What is
 * wrong behind it is wrong in r. */
static void follow(const struct message *m, struct reader *r, uint16_t offset, size_t before, struct dns_name *name)
{
	for (unsigned pointers = 1; reader_ok(r); pointers++) {
		struct reader back = reader_over(m->at, (size_t)(m->all.end - m->at), m->all.open);
		uint8_t length;

		reader_require(r, offset >= HEADER && offset < before && pointers <= POINTERS_MAX);
		before = offset;
		reader_skip(&back, offset);
		for (length = reader_u8(&back); length && length < POINTER && reader_ok(&back); length = reader_u8(&back)) {
			reader_require(&back, length <= 63);
			add_label(&back, length, name);
		}
		reader_require(r, reader_ok(&back));
		if (length < POINTER)
			return;
		offset = (uint16_t)((length & ~POINTER) << 8 | reader_u8(&back));
		reader_require(r, reader_ok(&back));
	}
}

static void read_name(const struct message *m, struct reader *r, struct dns_name *name)
{
	size_t start = (size_t)(r->at - m->at);

	name->length = 0;
	while (reader_ok(r)) {
		uint8_t length = reader_u8(r);

		if (length >= POINTER) {
			uint16_t offset = (uint16_t)((length & ~POINTER) << 8 | reader_u8(r));

			follow(m, r, offset, start, name);
			return;
		}
		if (!length)
			return;
		reader_require(r, length <= 63);
		add_label(r, length, name);
	}
}

static bool same_name(const struct dns_name *a, const struct dns_name *b)
{
	return a->length == b->length && memcmp(a->text, b->text, a->length) == 0;
}

/* --- the frame --- */

static bool read_header(struct message *m, struct reader *r)
{
	m->at = r->at;
	m->all = *r;
	m->id = reader_u16(r);
	m->flags = reader_u16(r);
	m->questions = reader_u16(r);
	m->answers = reader_u16(r);
	reader_skip(r, 4);
	return reader_ok(r) && m->questions == 1 && !(m->flags & OPCODE_MASK);
}

static bool read_asked(const struct message *m, struct reader *r, struct dns_question *q)
{
	q->id = m->id;
	read_name(m, r, &q->name);
	q->type = reader_u16(r);
	reader_require(r, reader_u16(r) == CLASS_IN);
	return reader_ok(r) && q->name.length;
}

bool dns_read_question(struct reader message, struct dns_question *question)
{
	struct message m;

	return read_header(&m, &message) && !(m.flags & FLAG_RESPONSE) && read_asked(&m, &message, question);
}

/* An owner's name that is of no use makes the record one that is passed over, not the message a bad one. */
static bool next_record(const struct message *m, struct reader *r, struct record *record)
{
	struct reader before = *r;
	uint8_t length;

	read_name(m, r, &record->owner);
	if (reader_state(r) == TRI_NO) {
		*r = before;
		record->owner.length = 0;
		while (reader_ok(r) && (length = reader_u8(r)) && length < POINTER)
			reader_skip(r, length);
		reader_skip(r, length >= POINTER);
	}
	record->type = reader_u16(r);
	record->class = reader_u16(r) & ~CLASS_FLUSH;
	record->ttl = reader_u32(r);
	if (record->ttl > INT32_MAX) /* RFC 2181 8 */
		record->ttl = 0;
	record->data = reader_sub(r, reader_u16(r));
	return reader_ok(r) && !record->data.open && record->class == CLASS_IN;
}

/* --- what the records say --- */

/* false: the chain goes in a circle. */
static bool add_link(struct dns_answer *a, const struct message *m, const struct record *record)
{
	struct dns_name target;
	struct reader data = record->data;

	read_name(m, &data, &target);
	if (!reader_ok(&data) || !target.length)
		return true; /* a name of no use: the chain ends here */
	for (unsigned i = 0; i < a->name_count; i++)
		if (same_name(&a->chain[i].name, &target))
			return false;
	if (a->name_count == DNS_CHAIN_MAX)
		return false;
	a->chain[a->name_count - 1].ttl = record->ttl;
	a->chain[a->name_count++].name = target;
	return true;
}

static void add_address(struct dns_answer *a, struct key address, uint32_t ttl)
{
	if (a->address_count == DNS_ADDRESSES_MAX)
		return;
	a->addresses[a->address_count].address = address;
	a->addresses[a->address_count++].ttl = ttl;
}

/* The first config that is understood gives the outer name. */
static void read_ech(struct reader data, struct dns_answer *a)
{
	struct reader list = reader_sub(&data, reader_u16(&data));

	while (reader_left(&list)) {
		uint16_t version = reader_u16(&list);
		struct reader config = reader_sub(&list, reader_u16(&list));
		const uint8_t *name;
		uint8_t length;

		if (!reader_ok(&list) || version != ECH_VERSION)
			continue;
		reader_skip(&config, 1 + 2);                /* config_id, kem_id */
		reader_skip(&config, reader_u16(&config));  /* public_key */
		reader_skip(&config, reader_u16(&config));  /* cipher_suites */
		reader_skip(&config, 1);                    /* maximum_name_length */
		length = reader_u8(&config);
		name = reader_bytes(&config, length);
		if (!name || !length || length >= DNS_NAME_MAX)
			return;
		a->ech = true;
		for (uint8_t i = 0; i < length; i++)
			a->ech_public.text[i] = (char)(name[i] >= 'A' && name[i] <= 'Z' ? name[i] | 0x20 : name[i]);
		a->ech_public.length = length;
		for (uint8_t i = 0; i < length; i++)
			if (!is_host_byte((uint8_t)a->ech_public.text[i]) && a->ech_public.text[i] != '.')
				a->ech_public.length = 0;
		return;
	}
}

/* The target's name is not compressed (RFC 9460 2.2). One that is another name than the owner's has hints of its own. */
static void read_service(const struct message *m, const struct record *record, struct dns_answer *a)
{
	struct reader data = record->data;
	struct dns_name target;
	uint16_t priority = reader_u16(&data);

	read_name(m, &data, &target);
	while (priority && reader_left(&data)) { /* 0: an alias, without parameters */
		uint16_t key = reader_u16(&data);
		struct reader value = reader_sub(&data, reader_u16(&data));
		size_t size = key == PARAM_IPV4HINT ? 4 : key == PARAM_IPV6HINT ? 16 : 0;

		if (!reader_ok(&data))
			return;
		if (key == PARAM_ECH && !a->ech)
			read_ech(value, a);
		while (size && reader_left(&value) >= size) {
			const uint8_t *address = reader_bytes(&value, size);

			add_address(a, size == 4 ? key_from_ipv4(address) : key_from_ipv6(address), record->ttl);
		}
	}
}

static void read_data(const struct message *m, const struct record *record, struct dns_answer *a)
{
	struct reader data = record->data;
	size_t size = reader_left(&data);

	if (record->type == DNS_A && size == 4)
		add_address(a, key_from_ipv4(reader_bytes(&data, 4)), record->ttl);
	else if (record->type == DNS_AAAA && size == 16)
		add_address(a, key_from_ipv6(reader_bytes(&data, 16)), record->ttl);
	else if (record->type == DNS_HTTPS || record->type == DNS_SVCB)
		read_service(m, record, a);
}

/* Goes over the records once: for the chain's next names, or for what its last name has. */
enum pass { PASS_CHAIN, PASS_DATA };

static bool go_over(const struct message *m, struct reader r, enum pass pass, struct dns_answer *a)
{
	struct record record;

	for (unsigned i = 0; i < m->answers && i < DNS_RECORDS_MAX && reader_ok(&r); i++) {
		if (!next_record(m, &r, &record) || !same_name(&record.owner, &a->chain[a->name_count - 1].name))
			continue;
		if (pass == PASS_CHAIN && record.type == TYPE_CNAME && !add_link(a, m, &record))
			return false;
		if (pass == PASS_DATA)
			read_data(m, &record, a);
	}
	return reader_state(&r) != TRI_NO;
}

bool dns_read_answer(struct reader message, struct dns_answer *answer)
{
	struct message m;
	unsigned before;

	answer->address_count = 0;
	answer->ech = false;
	answer->ech_public.length = 0;
	if (!read_header(&m, &message) || !(m.flags & FLAG_RESPONSE) || m.flags & (FLAG_TRUNCATED | RCODE_MASK) ||
	    !read_asked(&m, &message, &answer->question))
		return false;
	answer->name_count = 1;
	answer->chain[0].name = answer->question.name;
	answer->chain[0].ttl = UINT32_MAX;
	do { /* the records of a chain may come in any order */
		before = answer->name_count;
		if (!go_over(&m, message, PASS_CHAIN, answer))
			return false;
	} while (answer->name_count > before);
	return go_over(&m, message, PASS_DATA, answer);
}
