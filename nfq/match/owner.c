/* SPDX-License-Identifier: GPL-2.0-or-later
 * owner.c - user, group: who owns the local socket
 */
#include <grp.h>
#include <pwd.h>

#include "keywords.h"
#include "value.h"

enum { ENTRY_SIZE = 65536 }; /* a group's entry lists its members */

static bool user_by_name(const char *name, uint64_t *number)
{
	struct passwd entry, *found = NULL;
	char buffer[ENTRY_SIZE];

	if (getpwnam_r(name, &entry, buffer, sizeof buffer, &found) != 0 || !found)
		return false;
	*number = found->pw_uid;
	return true;
}

static bool group_by_name(const char *name, uint64_t *number)
{
	struct group entry, *found = NULL;
	char buffer[ENTRY_SIZE];

	if (getgrnam_r(name, &entry, buffer, sizeof buffer, &found) != 0 || !found)
		return false;
	*number = found->gr_gid;
	return true;
}

static bool user_add(void *building, const char *word, size_t len, struct value_error *error)
{
	static const struct number_notation notation = {
		.noun = "user id",
		.max = UINT32_MAX - 1,
		.unknown = "user",
		.hint = "no user of that name exists here; a number or a range (1000-1999) needs none",
		.by_name = user_by_name,
	};

	return number_add(building, &notation, word, len, error);
}

static bool group_add(void *building, const char *word, size_t len, struct value_error *error)
{
	static const struct number_notation notation = {
		.noun = "group id",
		.max = UINT32_MAX - 1,
		.unknown = "group",
		.hint = "no user group of that name exists here; a number or a range (100-199) needs none",
		.by_name = group_by_name,
	};

	return number_add(building, &notation, word, len, error);
}

const struct value_type user_type = {
	.name = "user",
	.expects = "a user by name, number or range (1000-1999)",
	.add = user_add,
	INTERVAL_TYPE,
};

const struct value_type group_type = {
	.name = "group",
	.expects = "a user group by name, number or range (100-199)",
	.add = group_add,
	INTERVAL_TYPE,
};

static bool user_key(const struct subject *subject, struct key *key)
{
	*key = key_of(subject->packet->origin.uid);
	return subject->packet->origin.has_uid;
}

static bool group_key(const struct subject *subject, struct key *key)
{
	*key = key_of(subject->packet->origin.gid);
	return subject->packet->origin.has_gid;
}

const struct keyword user_keyword = {
	.name = "user",
	.value = &user_type,
	.brief = "owner of the local socket; unknown for forwarded connections",
	.available = true,
	.key = user_key,
};

const struct keyword group_keyword = {
	.name = "group",
	.value = &group_type,
	.brief = "group of the local socket's owner; unknown for forwarded connections",
	.available = true,
	.key = group_key,
};
