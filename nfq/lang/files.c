/* SPDX-License-Identifier: GPL-2.0-or-later
 * files.c - reading rule files and list files
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config.h"

#define FILE_MAX (1UL << 30) /* a file that is larger is none of ours */

static struct source_node *add_source(struct config *config, const char *path, const char *text, size_t length)
{
	struct source_node *node = arena_alloc(config->arena, sizeof *node);

	node->source = (struct source){.path = arena_text(config->arena, path, strlen(path)),
				       .text = text,
				       .length = length};
	node->next = config->sources;
	config->sources = node;
	return node;
}

const struct source *config_text(struct config *config, const char *path, const char *text, size_t length)
{
	return &add_source(config, path, arena_text(config->arena, text, length), length)->source;
}

/* Reads until room is full or the file ends; how much, or -1. */
static ssize_t read_all(int fd, char *text, size_t room)
{
	size_t have = 0;

	while (have < room) {
		ssize_t got = read(fd, text + have, room - have);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -1;
		if (!got)
			break;
		have += (size_t)got;
	}
	return (ssize_t)have;
}

const struct source *config_read(struct config *config, const char *path)
{
	/* O_NONBLOCK: a FIFO must not stop the daemon */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct source_node *node = NULL;
	struct stat status;
	ssize_t length;
	char *text;

	if (fd < 0)
		return NULL;
	if (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode) || (size_t)status.st_size > FILE_MAX) {
		errno = S_ISDIR(status.st_mode) ? EISDIR : EINVAL;
		close(fd);
		return NULL;
	}
	text = malloc((size_t)status.st_size + 1);
	length = text ? read_all(fd, text, (size_t)status.st_size) : -1;
	if (length >= 0) {
		text[length] = 0;
		node = add_source(config, path, text, (size_t)length);
		node->owned = text;
	} else {
		free(text);
	}
	close(fd);
	return node ? &node->source : NULL;
}

bool config_is_utf8(struct config *config, const struct source *source)
{
	struct span mark = {.source = source, .length = 2};

	if (!source_is_utf16(source))
		return true;
	diag_hint(ERROR(config, mark, "the file is in UTF-16"), "save it as UTF-8");
	return false;
}

void config_forget(const struct source *source)
{
	struct source_node *node = (struct source_node *)source;

	free(node->owned);
	node->owned = NULL;
	node->source.text = "";
	node->source.length = 0;
}

char *config_list_path(struct config *config, struct token string)
{
	const char *path = token_text(config, string, NULL), *base = string.at.source->path;
	const char *slash = strrchr(base, '/');

	if (path[0] == '/' || !slash)
		return arena_printf(config->arena, "%s", path);
	return arena_printf(config->arena, "%.*s/%s", (int)(slash - base), base, path);
}
