/* SPDX-License-Identifier: GPL-2.0-or-later
 * learned_file.c - what is learned, kept in a file while no daemon runs
 */
#include "learned_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <nettle/sha2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "memory_text.h"
#include "ruleset.h"

enum { VERSION = 1, FILE_MAX = 1 << 30, DIGEST_TEXT = 2 * SHA256_DIGEST_SIZE + 1 };

/* A text with its length. */
struct text {
	char *at;
	size_t length;
};

const char *learned_file_path(const char *option)
{
	const char *variable = getenv(LEARNED_VARIABLE);
	struct options initial;

	options_default(&initial);
	if (variable && strcmp(option, initial.learned_file) == 0)
		option = variable;
	return *option ? option : NULL;
}

static void digest(const char *data, size_t length, char text[DIGEST_TEXT])
{
	uint8_t bytes[SHA256_DIGEST_SIZE];
	struct sha256_ctx sha;

	sha256_init(&sha);
	sha256_update(&sha, length, (const uint8_t *)data);
	sha256_digest(&sha, sizeof bytes, bytes);
	for (size_t i = 0; i < sizeof bytes; i++)
		sprintf(text + 2 * i, "%02x", bytes[i]);
}

/* --- saving --- */

struct saving {
	FILE *out;
	struct learned_clock clock;
	long count; /* -1: out of memory */
};

static bool write_entry(void *ctx, const struct learned_entry *entry)
{
	struct saving *saving = ctx;
	json_t *object = learned_entry_json(entry, saving->clock);

	if (!object || json_dumpf(object, saving->out, JSON_COMPACT) < 0)
		saving->count = -1;
	else
		saving->count++;
	json_decref(object);
	fputc('\n', saving->out);
	return saving->count >= 0;
}

/* The lines of all entries. */
static long write_body(struct learned *table, struct text *body)
{
	struct saving saving = {.clock = learned_clock_now()};

	saving.out = open_memstream(&body->at, &body->length);
	if (!saving.out)
		return -1;
	learned_walk(table, saving.clock.now, write_entry, &saving);
	return memory_text_end(saving.out, &body->at) ? saving.count : -1;
}

static bool write_all(int fd, const char *data, size_t length)
{
	while (length) {
		ssize_t written = write(fd, data, length);

		if (written < 0 && errno != EINTR)
			return false;
		data += written > 0 ? written : 0;
		length -= written > 0 ? (size_t)written : 0;
	}
	return true;
}

static bool write_file(int fd, const struct text *body, long count)
{
	char head[256], sum[DIGEST_TEXT];
	int length;

	digest(body->at, body->length, sum);
	length = snprintf(head, sizeof head, "{\"nfqroute-learned\":%d,\"entries\":%ld,\"sha256\":\"%s\"}\n", VERSION, count,
			  sum);
	return write_all(fd, head, (size_t)length) && write_all(fd, body->at, body->length) && fsync(fd) == 0;
}

static void make_directory(const char *path)
{
	char directory[PATH_MAX];
	const char *slash = strrchr(path, '/');

	if (slash > path && snprintf(directory, sizeof directory, "%.*s", (int)(slash - path), path) < PATH_MAX)
		mkdir(directory, 0755);
}

static bool replace(const char *path, const struct text *body, long count)
{
	char beside[PATH_MAX];
	bool done;
	int fd;

	if (snprintf(beside, sizeof beside, "%s.new", path) >= PATH_MAX) {
		errno = ENAMETOOLONG;
		return false;
	}
	make_directory(path);
	/* who goes where is nobody else's business */
	fd = open(beside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return false;
	done = write_file(fd, body, count);
	done = close(fd) == 0 && done;
	if (done && rename(beside, path) == 0)
		return true;
	unlink(beside);
	return false;
}

long learned_save(struct learned *table, const char *path, char *error, size_t size)
{
	struct text body = {0};
	long count = write_body(table, &body);

	if (count < 0) {
		snprintf(error, size, "out of memory");
	} else if (!replace(path, &body, count)) {
		snprintf(error, size, "%s: %s", path, strerror(errno));
		count = -1;
	}
	free(body.at);
	return count;
}

/* --- reading --- */

/* false with errno set. */
static bool read_whole(const char *path, struct text *file)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat stat;
	ssize_t got = 1;

	if (fd < 0)
		return false;
	if (fstat(fd, &stat) < 0 || !S_ISREG(stat.st_mode) || stat.st_size > FILE_MAX) {
		close(fd);
		errno = EINVAL;
		return false;
	}
	file->at = malloc((size_t)stat.st_size + 1);
	while (file->at && (got > 0 || (got < 0 && errno == EINTR)) && file->length < (size_t)stat.st_size) {
		got = read(fd, file->at + file->length, (size_t)stat.st_size - file->length);
		file->length += got > 0 ? (size_t)got : 0;
	}
	close(fd);
	return file->at && got >= 0;
}

/* Takes the first line off. */
static bool next_line(struct text *text, struct text *line)
{
	char *end = text->length ? memchr(text->at, '\n', text->length) : NULL;

	if (!end)
		return false;
	*line = (struct text){text->at, (size_t)(end - text->at)};
	text->at += line->length + 1;
	text->length -= line->length + 1;
	return true;
}

/* What is wrong with the first line; NULL: nothing. */
static const char *head_fault(const struct text *head, const struct text *body)
{
	json_t *object = json_loadb(head->at, head->length, 0, NULL);
	const char *sum = json_string_value(json_object_get(object, "sha256")), *fault = NULL;
	const json_t *version = json_object_get(object, "nfqroute-learned");
	char is[DIGEST_TEXT];

	digest(body->at, body->length, is);
	if (!json_is_integer(version) || !sum)
		fault = "it is damaged, or something else";
	else if (json_integer_value(version) != VERSION)
		fault = "it is of another version";
	else if (strcmp(sum, is) != 0)
		fault = "it is damaged: the checksum is wrong";
	json_decref(object);
	return fault;
}

static long read_entries(struct text body, uint64_t longest,
			 void (*take)(void *ctx, const struct learned_entry *entry), void *ctx)
{
	struct learned_clock clock = learned_clock_now();
	struct learned_entry entry;
	struct text line;
	long count = 0;

	while (next_line(&body, &line)) {
		json_t *object = json_loadb(line.at, line.length, 0, NULL);
		bool good = object && learned_entry_read(object, clock, longest, &entry);

		if (good && entry.count) {
			take(ctx, &entry);
			count++;
		}
		json_decref(object);
	}
	return count;
}

long learned_read(const char *path, uint64_t longest, void (*take)(void *ctx, const struct learned_entry *entry),
		  void *ctx, char *error, size_t size)
{
	struct text file = {0}, rest, head;
	const char *fault;
	long count = -1;

	if (!read_whole(path, &file)) {
		snprintf(error, size, "%s: %s", path, strerror(errno));
		free(file.at);
		return errno == ENOENT ? 0 : -1;
	}
	rest = file;
	fault = next_line(&rest, &head) ? head_fault(&head, &rest) : "it is damaged: it has no first line";
	if (fault)
		snprintf(error, size, "%s: %s", path, fault);
	else
		count = read_entries(rest, longest, take, ctx);
	free(file.at);
	return count;
}

struct loading {
	struct learned *table;
	uint64_t now;
};

static void restore(void *ctx, const struct learned_entry *entry)
{
	const struct loading *loading = ctx;

	for (unsigned i = 0; i < entry->count; i++)
		learned_restore(loading->table, &entry->key, &entry->things[i], entry->many && i + 1 == entry->count,
				loading->now);
}

long learned_load(struct learned *table, const char *path, uint64_t longest, char *error, size_t size)
{
	struct loading loading = {.table = table, .now = learned_clock_now().now};

	return learned_read(path, longest, restore, &loading, error, size);
}
