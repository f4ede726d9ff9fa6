/* SPDX-License-Identifier: GPL-2.0-or-later
 * rp_filter.c - the reverse path filter of the gateways' devices: loose while they are in use
 *
 * Only the strict filter is in the way, so only that one is changed, and only on the device: its value and that of
 * "all" count by the greater, and loose is the greatest. What is noted names the device's index, too: a tunnel
 * that has come again under the same name is another device, with the value that new devices get.
 */
#include "rp_filter.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon.h"
#include "log.h"

enum { CHANGED_MAX = 256, PATH_LENGTH = 96 };

struct changed {
	struct rp_device device;
	int was; /* its own value */
};

struct rp_filters {
	struct changed changed[CHANGED_MAX];
	size_t count;
	char notes[PATH_LENGTH]; /* the file, one of this network namespace */
};

static void setting_path(char path[PATH_LENGTH], const char *device)
{
	snprintf(path, PATH_LENGTH, "/proc/sys/net/ipv4/conf/%s/rp_filter", device);
}

/* Without stdio: at the end of a daemon this must not need memory. */
static int setting(const char *device)
{
	char path[PATH_LENGTH], text[16];
	ssize_t length;
	int fd;

	setting_path(path, device);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return RP_FILTER_UNKNOWN;
	do
		length = read(fd, text, sizeof text - 1);
	while (length < 0 && errno == EINTR);
	close(fd);
	if (length <= 0)
		return RP_FILTER_UNKNOWN;
	text[length] = '\0';
	return (int)strtol(text, NULL, 10);
}

static bool set(const char *device, int value)
{
	char path[PATH_LENGTH], text[16];
	int fd, length = snprintf(text, sizeof text, "%d\n", value);
	ssize_t written;

	setting_path(path, device);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	do
		written = write(fd, text, (size_t)length);
	while (written < 0 && errno == EINTR);
	close(fd);
	return written == length;
}

/* What counts, when this is the device's own value. */
static enum rp_filter_mode in_force(int own)
{
	int all = setting("all");

	if (own < 0)
		return RP_FILTER_UNKNOWN;
	return own > all ? own : all;
}

enum rp_filter_mode rp_filter_mode(const char *device)
{
	return in_force(setting(device));
}

/* --- notes --- */

/* Written beside, then put in place: a daemon that is killed leaves the old ones or the new. */
static bool note(const struct rp_filters *filters)
{
	char next[PATH_LENGTH + 8];
	FILE *file;
	bool done = true;

	if (!filters->count)
		return unlink(filters->notes) == 0 || errno == ENOENT;
	mkdir(RUN_DIRECTORY, 0755); /* it may be there */
	snprintf(next, sizeof next, "%s.next", filters->notes);
	file = fopen(next, "we");
	if (!file)
		return false;
	for (size_t i = 0; i < filters->count; i++)
		done = fprintf(file, "%u %s %d\n", filters->changed[i].device.index,
			       filters->changed[i].device.name, filters->changed[i].was) > 0 &&
		       done;
	return fclose(file) == 0 && done && rename(next, filters->notes) == 0;
}

static void read_notes(struct rp_filters *filters)
{
	FILE *file = fopen(filters->notes, "re");
	struct changed found;

	if (!file)
		return;
	while (filters->count < CHANGED_MAX &&
	       fscanf(file, "%u %15s %d", &found.device.index, found.device.name, &found.was) == 3) {
		if (found.was >= RP_FILTER_OFF && found.was <= RP_FILTER_LOOSE)
			filters->changed[filters->count++] = found;
	}
	fclose(file);
}

struct rp_filters *rp_filters_open(void)
{
	struct rp_filters *filters = calloc(1, sizeof *filters);
	struct stat network;

	if (!filters)
		return NULL;
	if (stat("/proc/self/ns/net", &network) != 0)
		network.st_ino = 0;
	snprintf(filters->notes, sizeof filters->notes, RUN_DIRECTORY "/rp_filter.%lu",
		 (unsigned long)network.st_ino);
	read_notes(filters);
	return filters;
}

void rp_filters_close(struct rp_filters *filters)
{
	free(filters);
}

/* --- changing --- */

static bool is_among(const struct rp_device *device, const struct rp_device *devices, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (devices[i].index == device->index && strcmp(devices[i].name, device->name) == 0)
			return true;
	return false;
}

static bool is_changed(const struct rp_filters *filters, const struct rp_device *device)
{
	for (size_t i = 0; i < filters->count; i++)
		if (is_among(device, &filters->changed[i].device, 1))
			return true;
	return false;
}

/* false: it could not be, and stays noted for whoever comes next. */
static bool put_back(const struct changed *changed)
{
	const char *name = changed->device.name;
	int now = setting(name);

	if (if_nametoindex(name) != changed->device.index || (now >= 0 && now != RP_FILTER_LOOSE))
		return true;
	if (now < 0 || !set(name, changed->was)) {
		log_error("cannot make the reverse path filter of %s %d again: %s", name, changed->was,
			  strerror(errno));
		return false;
	}
	log_info("the reverse path filter of %s is %d again", name, changed->was);
	return true;
}

static void loosen(struct rp_filters *filters, const struct rp_device *device)
{
	int own = setting(device->name);
	bool known = is_changed(filters, device);

	if (in_force(own) != RP_FILTER_STRICT)
		return;
	if (!known) {
		if (filters->count == CHANGED_MAX)
			return;
		filters->changed[filters->count++] = (struct changed){*device, own};
		if (!note(filters))
			log_warning("cannot note in %s that the reverse path filter of %s was strict: %s",
				    filters->notes, device->name, strerror(errno));
	}
	if (set(device->name, RP_FILTER_LOOSE))
		log_info("the reverse path filter of %s is loose while it is a gateway's device", device->name);
	else if (!known) /* where it cannot be, as in a container, each look would say so */
		log_error("cannot make the reverse path filter of %s loose, what comes back by it is dropped: %s",
			  device->name, strerror(errno));
}

void rp_filters_set(struct rp_filters *filters, const struct rp_device *devices, size_t count)
{
	size_t kept = 0;

	for (size_t i = 0; i < filters->count; i++) {
		if (is_among(&filters->changed[i].device, devices, count) || !put_back(&filters->changed[i]))
			filters->changed[kept++] = filters->changed[i];
	}
	if (kept < filters->count) {
		filters->count = kept;
		note(filters);
	}
	for (size_t i = 0; i < count; i++)
		loosen(filters, &devices[i]);
}
