/* SPDX-License-Identifier: GPL-2.0-or-later
 * fuzz_learned.c - any bytes as the file of what is learned
 *
 * By the first byte they are the whole file, or what stands behind a first line whose checksum is right, so that
 * the fuzzer gets to the entries. What a table has taken from it can be saved, and is then read again whole.
 */
#include <nettle/sha2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "learned_file.h"

#define LONGEST (86400 * 1000000000ULL)

enum { ENTRIES = 64, DIGEST_TEXT = 2 * SHA256_DIGEST_SIZE + 1 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition)
{
	if (!condition)
		abort();
}

static void put_head(int fd, const uint8_t *body, size_t size)
{
	uint8_t bytes[SHA256_DIGEST_SIZE];
	char text[DIGEST_TEXT];
	struct sha256_ctx sha;

	sha256_init(&sha);
	sha256_update(&sha, size, body);
	sha256_digest(&sha, sizeof bytes, bytes);
	for (size_t i = 0; i < sizeof bytes; i++)
		snprintf(text + 2 * i, 3, "%02x", bytes[i]);
	require(dprintf(fd, "{\"nfqroute-learned\":1,\"entries\":0,\"sha256\":\"%s\"}\n", text) > 0);
}

static void check_saved(struct learned *table)
{
	char path[64], error[512];
	struct learned *again = learned_new(ENTRIES, 7);
	long saved;

	/* in memory, where nobody waits for a disk */
	snprintf(path, sizeof path, "/dev/shm/nfqr-fuzz-learned.%d", (int)getpid());
	saved = learned_save(table, path, error, sizeof error);
	require(again && saved >= 0);
	require(learned_load(again, path, LONGEST, error, sizeof error) == saved);
	learned_free(again);
	unlink(path);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int fd = memfd_create("learned", MFD_CLOEXEC);
	struct learned *table = learned_new(ENTRIES, 7);
	char path[32], error[512];

	require(fd >= 0 && table);
	if (size && *data & 1)
		put_head(fd, data + 1, size - 1);
	require(!size || write(fd, data + 1, size - 1) == (ssize_t)size - 1);
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	if (learned_load(table, path, LONGEST, error, sizeof error) > 0)
		check_saved(table);
	close(fd);
	learned_free(table);
	return 0;
}
