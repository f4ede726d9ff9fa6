/* SPDX-License-Identifier: GPL-2.0-or-later
 * import_values.c - the values of options of iptables in our words
 */
#include "import_options.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <string.h>

static const struct {
	const char *name, *number;
} system_tables[] = {{"main", "254"}, {"default", "253"}, {"local", "255"}};

static bool is_table(const char *table, size_t i)
{
	return is_word(table, system_tables[i].name) || is_word(table, system_tables[i].number);
}

bool is_main_table(const char *table)
{
	return is_table(table, 0);
}

bool is_system_table(const char *table)
{
	for (size_t i = 0; i < sizeof system_tables / sizeof *system_tables; i++)
		if (is_table(table, i))
			return true;
	return false;
}

static bool is_address(const char *text)
{
	uint8_t bytes[16];

	return inet_pton(AF_INET, text, bytes) == 1 || inet_pton(AF_INET6, text, bytes) == 1;
}

/* "255.255.255.0" as 24; -1: it is no netmask. */
static int mask_length(const char *mask)
{
	struct in_addr address;
	uint32_t bits;

	if (inet_pton(AF_INET, mask, &address) != 1)
		return -1;
	bits = ntohl(address.s_addr);
	return ~bits & (~bits + 1) ? -1 : __builtin_popcount(bits);
}

bool address_value(struct parse *p, const char *value, char *out, size_t size)
{
	char address[64];
	const char *slash = strchr(value, '/');
	size_t length = slash ? (size_t)(slash - value) : strlen(value);

	snprintf(address, sizeof address, "%.*s", (int)length, value);
	if (!is_address(address)) {
		parse_cannot(p, "'%s' is no address; a rule on a name is 'host NAME'", value);
		return false;
	}
	if (slash && strchr(slash, '.')) {
		if (mask_length(slash + 1) < 0)
			parse_cannot(p, "'%s' is no prefix", value);
		snprintf(out, size, "%s/%d", address, mask_length(slash + 1));
	} else {
		snprintf(out, size, "%s", value);
	}
	return !*p->why;
}

bool range_value(struct parse *p, const char *value, char *out, size_t size)
{
	(void)p;
	snprintf(out, size, "%s", value);
	return true;
}

bool port_value(struct parse *p, const char *value, char *out, size_t size)
{
	const char *colon = strchr(value, ':');

	(void)p;
	if (!colon)
		snprintf(out, size, "%s", value);
	else
		snprintf(out, size, "%.*s-%s", colon > value ? (int)(colon - value) : 1, colon > value ? value : "0",
			 colon[1] ? colon + 1 : "65535");
	return true;
}

bool device_value(struct parse *p, const char *value, char *out, size_t size)
{
	size_t length = strlen(value);

	(void)p;
	if (length && value[length - 1] == '+')
		snprintf(out, size, "%.*s*", (int)length - 1, value);
	else
		snprintf(out, size, "%s", value);
	return true;
}

bool word_value(struct parse *p, const char *value, char *out, size_t size)
{
	(void)p;
	for (size_t i = 0; i <= strlen(value) && i < size; i++)
		out[i] = (char)tolower((unsigned char)value[i]);
	return true;
}

bool list_value(struct parse *p, value_fn *turn, const char *value, char *out, size_t size)
{
	char one[128], turned[128];
	bool several = strchr(value, ',');
	size_t used = (size_t)snprintf(out, size, "%s", several ? "{ " : "");

	while (*value) {
		size_t length = strcspn(value, ",");

		snprintf(one, sizeof one, "%.*s", (int)length, value);
		if (!turn(p, one, turned, sizeof turned))
			return false;
		value += length + (value[length] == ',');
		used += (size_t)snprintf(out + used, used < size ? size - used : 0, "%s%s", turned, *value ? ", " : "");
		if (used >= size) {
			parse_cannot(p, "its list is too long");
			return false;
		}
	}
	if (several)
		snprintf(out + used, size - used, " }");
	return true;
}
