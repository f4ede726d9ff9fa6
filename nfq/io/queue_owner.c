/* SPDX-License-Identifier: GPL-2.0-or-later
 * queue_owner.c - which program holds a queue
 *
 * The kernel knows the holder as a netlink port. A port is often the program's pid, but need not be: the socket's
 * inode is what leads to the process surely (nfnetlink_queue -> port -> /proc/net/netlink -> inode ->
 * /proc/PID/fd).
 */
#include "queue_owner.h"

#include <ctype.h>
#include <dirent.h>
#include <linux/netlink.h>
#include <stdio.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#include "queue_stat.h"

static bool inode_of_port(unsigned port, unsigned long *inode)
{
	FILE *file = fopen("/proc/net/netlink", "re");
	char line[256];
	unsigned protocol, at;
	bool found = false;

	if (!file)
		return false;
	while (!found && fgets(line, sizeof line, file))
		found = sscanf(line, "%*s %u %u %*s %*s %*s %*s %*s %*s %lu", &protocol, &at, inode) == 3 &&
			protocol == NETLINK_NETFILTER && at == port;
	fclose(file);
	return found;
}

static bool process_has(const char *pid, const char *socket)
{
	char path[300], target[64];
	const struct dirent *entry;
	bool found = false;
	DIR *dir;

	snprintf(path, sizeof path, "/proc/%s/fd", pid);
	dir = opendir(path);
	if (!dir)
		return false;
	while (!found && (entry = readdir(dir))) {
		ssize_t length = readlinkat(dirfd(dir), entry->d_name, target, sizeof target - 1);

		target[length < 0 ? 0 : length] = '\0';
		found = strcmp(target, socket) == 0;
	}
	closedir(dir);
	return found;
}

static void process_name(const char *pid, char *text, size_t size)
{
	char path[300], name[32] = "a process";
	FILE *file;

	snprintf(path, sizeof path, "/proc/%s/comm", pid);
	file = fopen(path, "re");
	if (file && fgets(name, sizeof name, file))
		name[strcspn(name, "\n")] = '\0';
	if (file)
		fclose(file);
	snprintf(text, size, "%s (pid %s)", name, pid);
}

static bool process_of_inode(unsigned long inode, char *text, size_t size)
{
	const struct dirent *entry;
	char socket[64];
	bool found = false;
	DIR *dir = opendir("/proc");

	if (!dir)
		return false;
	snprintf(socket, sizeof socket, "socket:[%lu]", inode);
	while (!found && (entry = readdir(dir)))
		if (isdigit((unsigned char)*entry->d_name) && process_has(entry->d_name, socket)) {
			process_name(entry->d_name, text, size);
			found = true;
		}
	closedir(dir);
	return found;
}

static bool process_of_port(unsigned port, char *text, size_t size)
{
	unsigned long inode;

	return inode_of_port(port, &inode) && process_of_inode(inode, text, size);
}

enum queue_held queue_owner(unsigned number, char *text, size_t size)
{
	struct queue_stat stat;

	if (!queue_stat(number, &stat))
		return QUEUE_FREE;
	if (process_of_port(stat.port, text, size))
		return QUEUE_NAMED;
	snprintf(text, size, "another program (netlink port %u)", stat.port);
	return QUEUE_NAMELESS;
}

struct search {
	unsigned first, last;
	char *text;
	size_t size;
};

static bool is_other_daemon(void *ctx, const struct queue_stat *stat)
{
	const struct search *search = ctx;

	return (stat->number < search->first || stat->number > search->last) &&
	       process_of_port(stat->port, search->text, search->size) && queue_owner_is_daemon(search->text);
}

bool queue_other_daemon(unsigned first, unsigned last, unsigned *number, char *text, size_t size)
{
	struct search search = {first, last, text, size};
	struct queue_stat stat;
	bool found = queue_stat_find(is_other_daemon, &search, &stat);

	*number = found ? stat.number : 0;
	return found;
}

bool queue_owner_is_daemon(const char *text)
{
	return strncmp(text, "nfqroute ", strlen("nfqroute ")) == 0;
}
