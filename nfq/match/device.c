/* SPDX-License-Identifier: GPL-2.0-or-later
 * device.c - iif, oif: network devices by name, with a trailing '*' for all that begin so
 */
#include <net/if.h>

#include "keywords.h"
#include "value.h"

#define NAME_MAX_LENGTH (IFNAMSIZ - 1)

static bool device_add(void *building, const char *word, size_t len, struct value_error *error)
{
	struct arena *arena = interval_arena(building);
	bool open = len && word[len - 1] == '*';
	size_t length = open ? len - 1 : len;
	char name[IFNAMSIZ] = "";
	uint8_t last[16];

	if (!len || length > NAME_MAX_LENGTH)
		return value_fail(error, arena, NULL, "a device name has 1 to %d characters", NAME_MAX_LENGTH);
	if (memchr(word, '*', length))
		return value_fail(error, arena, "tun* is every device whose name begins with tun",
				  "a '*' can only stand at the end");
	if (memchr(word, '/', length) || memchr(word, 0, length))
		return value_fail(error, arena, NULL, "a device name has no '/'");
	memcpy(name, word, length);
	memset(last, open ? 0xff : 0, sizeof last);
	memcpy(last, name, length);
	/* "*" alone is any device at all; the key 0 stands for none */
	interval_add(building, length ? key_from_device(name) : key_of(1), key_from_ipv6(last));
	return true;
}

const struct value_type device_type = {
	.name = "interface",
	.expects = "a device name (eth0, tun*)",
	.add = device_add,
	INTERVAL_TYPE,
};

static bool device_key(struct key device, struct key *key)
{
	*key = device;
	return device.high || device.low;
}

static bool iif_key(const struct subject *subject, struct key *key)
{
	return device_key(subject->packet->origin.iif, key);
}

static bool oif_key(const struct subject *subject, struct key *key)
{
	return device_key(subject->packet->origin.oif, key);
}

const struct keyword iif_keyword = {
	.name = "iif",
	.value = &device_type,
	.brief = "device the connection came in by; none for local ones",
	.available = true,
	.key = iif_key,
};

const struct keyword oif_keyword = {
	.name = "oif",
	.value = &device_type,
	.brief = "device the packet would leave by without nfqroute",
	.available = true,
	.key = oif_key,
};
