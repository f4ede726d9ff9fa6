/* SPDX-License-Identifier: GPL-2.0-or-later
 * dns.c - the Domain Name System and its kin, by the structure of the message
 *
 *
 * One message format, told apart by what it says (NetBIOS names are encoded in a way of their own) and, where the
 * specification makes the port the only difference (multicast DNS, LLMNR), by the port.
 */
#include "netbios.h"
#include "signature.h"

static const struct app dns = {
	.name = "dns",
	.brief = "Domain Name System",
	.source = "RFC 1035 section 4.1, RFC 7766 section 8",
	.decided = "first packet",
};
static const struct app mdns = {
	.name = "mdns",
	.brief = "Multicast DNS",
	.source = "RFC 6762 sections 3 and 18",
	.decided = "first packet",
};
static const struct app llmnr = {
	.name = "llmnr",
	.brief = "Link-local Multicast Name Resolution",
	.source = "RFC 4795 section 2.1",
	.decided = "first packet",
};
const struct app netbios_app = {
	.name = "netbios",
	.brief = "NetBIOS name and datagram services",
	.source = "RFC 1002 sections 4.2 and 4.4",
	.decided = "first packet",
};
static const struct app *const apps[] = {&dns, &mdns, &llmnr, &netbios_app, NULL};

static const uint16_t ports[] = {53, 137, 5353, 5354, 5355, 0};

#define NAME_MAX_SIZE 255
#define CLASS_MASK 0x7fff /* the top bit is multicast DNS's "cache flush", "unicast response" */

struct name {
	char text[NAME_MAX_SIZE];
	size_t length;
	bool netbios; /* the first label is an encoded NetBIOS name */
};

struct message {
	uint16_t flags;
	uint16_t counts[4]; /* questions, answers, authority, additional */
	struct name first;  /* of the first question or, without one, the first record */
};

/* Reads a name; a pointer ends it. The text is what stands before a pointer. */
static void read_name(struct reader *r, struct name *name)
{
	name->length = 0; /* the text is not cleared: most datagrams are not of this protocol */
	name->netbios = false;
	for (uint8_t length; reader_ok(r) && (length = reader_u8(r)) > 0;) {
		const uint8_t *label;

		if (length >= 0xc0)
			return reader_skip(r, 1);
		reader_require(r, length <= 63 && name->length + length + 1 < NAME_MAX_SIZE);
		label = reader_bytes(r, length);
		if (!label)
			return;
		if (name->length)
			name->text[name->length++] = '.';
		else
			name->netbios = netbios_label(label, length);
		memcpy(name->text + name->length, label, length);
		name->length += length;
	}
}

static bool known_class(uint16_t class)
{
	static const uint32_t classes[] = {1, 3, 4, 254, 255, 0};

	return signature_among(class & CLASS_MASK, classes);
}

static void question(struct reader *r, struct name *name)
{
	read_name(r, name);
	reader_require(r, reader_u16(r) != 0); /* type */
	reader_require(r, known_class(reader_u16(r)));
}

/* Resource records, with the name of the first. Those of EDNS (RFC 6891, type 41) have a size in place of the
 * class. */
static void records(struct reader *r, unsigned count, struct name *first)
{
	struct name other, *name = first;

	for (; reader_ok(r) && count; count--, name = &other) {
		uint16_t type, class;

		read_name(r, name);
		type = reader_u16(r);
		class = reader_u16(r);
		reader_require(r, type == 41 || known_class(class) ||
					  (type == 0 && class == 0)); /* the last: padding */
		reader_skip(r, 4);
		reader_skip(r, reader_u16(r));
	}
}

/* A query asks something, and tells nothing but in additional records; others of its kind are told by the port. */
static bool plausible(const struct message *m, bool port)
{
	unsigned opcode = m->flags >> 11 & 15;
	bool response = m->flags & 0x8000;

	if (m->counts[0] > 64 || m->counts[0] + m->counts[1] + m->counts[2] + m->counts[3] == 0)
		return false;
	if (port)
		return true;
	return (m->flags & 0x40) == 0 &&
	       (response || ((m->flags & 15) == 0 && m->counts[0] == 1 && m->counts[1] == 0)) &&
	       (opcode == 0 || opcode == 4 || opcode == 5);
}

/* Reads the message to its end or, where a port says so too, to the end of its question. */
static void read_message(struct reader *r, struct message *m, bool port)
{
	struct name other;

	reader_skip(r, 2);
	m->flags = reader_u16(r);
	for (int i = 0; i < 4; i++)
		m->counts[i] = reader_u16(r);
	reader_require(r, plausible(m, port));
	if (!reader_ok(r))
		return;
	for (unsigned i = 0; i < m->counts[0] && reader_ok(r); i++)
		question(r, i ? &other : &m->first);
	if (port && m->counts[0])
		return;
	records(r, m->counts[1] + m->counts[2] + m->counts[3], m->counts[0] ? &other : &m->first);
	reader_require(r, reader_at_end(r));
}

static const struct app *kind(const struct view *view, const struct message *m)
{
	if (m->first.netbios)
		return &netbios_app;
	if (view->transport == IPPROTO_UDP && signature_port(view, 5353))
		return &mdns;
	return view->transport == IPPROTO_UDP && signature_port(view, 5355) ? &llmnr : &dns;
}

static enum tri look(const struct view *view, struct facts *facts)
{
	struct reader r = view->client;
	struct message m;

	m.first.length = 0;
	m.first.netbios = false;
	if (view->transport == IPPROTO_TCP) {
		uint16_t size = reader_u16(&r);

		reader_require(&r, size >= 12);
		r = reader_sub(&r, size);
	}
	read_message(&r, &m, signature_ports(view, ports));
	if (signature_answer(&r, facts, kind(view, &m)) != TRI_YES)
		return reader_state(&r);
	if (!m.first.netbios)
		facts_set_host(facts, m.first.text, m.first.length);
	fact_close(facts, FACT_HOST);
	return TRI_YES;
}

const struct classifier classifier_dns = {
	.name = "dns",
	.transports = CLASSIFY_TCP | CLASSIFY_UDP,
	.writes = FACT_BIT(FACT_APP) | FACT_BIT(FACT_HOST),
	.apps = apps,
	.ports = ports,
	/* at most 64 questions */
	.tcp = {.offset = 4, .mask = 0x0000ff80, .value = 0},
	.udp = {.offset = 4, .mask = 0xff800000, .value = 0},
	.look = look,
};
