/* SPDX-License-Identifier: GPL-2.0-or-later
 * driver.c - a fuzz target without libFuzzer, for any compiler
 *
 * usage: fuzz_NAME RUNS DIR...
 *
 * Each file of the directories is given to the target as it is, and then, RUNS times in all, with a few bytes
 * changed, left out, or taken from another file; the same ones each time. Nothing is learned: that is libFuzzer's
 * part (make fuzz). It is enough to see that what was found once stays mended, and that the sanitizers have
 * nothing to say of what is near to real traffic.
 */
#include <dirent.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { INPUT_MAX = 4096, INPUTS_MAX = 4096, CHANGES_MAX = 8 };

struct input {
	uint8_t *data;
	size_t size;
};

struct inputs {
	struct input at[INPUTS_MAX];
	size_t count;
};

int LLVMFuzzerInitialize(int *argc, char ***argv) __attribute__((weak));
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_file(struct inputs *inputs, const char *directory, const char *name)
{
	char path[4096];
	FILE *file;

	snprintf(path, sizeof path, "%s/%s", directory, name);
	file = fopen(path, "re");
	if (!file || inputs->count == INPUTS_MAX)
		abort();
	inputs->at[inputs->count].data = malloc(INPUT_MAX);
	if (!inputs->at[inputs->count].data)
		abort();
	inputs->at[inputs->count].size = fread(inputs->at[inputs->count].data, 1, INPUT_MAX, file);
	inputs->count++;
	fclose(file);
}

static bool read_directory(struct inputs *inputs, const char *directory)
{
	struct dirent **entries;
	int count = scandir(directory, &entries, NULL, alphasort);

	for (int i = 0; i < count; i++) {
		if (entries[i]->d_name[0] != '.')
			read_file(inputs, directory, entries[i]->d_name);
		free(entries[i]);
	}
	if (count >= 0)
		free(entries);
	return count >= 0;
}

/* xorshift64: the same numbers in each run and everywhere. */
static size_t below(uint64_t *state, size_t limit)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return limit ? *state % limit : 0;
}

static void change_byte(struct input *input, uint64_t *state)
{
	if (input->size)
		input->data[below(state, input->size)] = (uint8_t)below(state, 256);
}

static void change_bit(struct input *input, uint64_t *state)
{
	if (input->size)
		input->data[below(state, input->size)] ^= (uint8_t)(1U << below(state, 8));
}

static void cut_out(struct input *input, uint64_t *state)
{
	size_t at = below(state, input->size),
	       length = below(state, (input->size - at < 32 ? input->size - at : 32) + 1);

	memmove(input->data + at, input->data + at + length, input->size - at - length);
	input->size -= length;
}

static void cut_off(struct input *input, uint64_t *state)
{
	input->size = below(state, input->size + 1);
}

static void put_in(struct input *input, const struct input *other, uint64_t *state)
{
	size_t from = below(state, other->size), at = below(state, input->size + 1), length = other->size - from;

	if (length > INPUT_MAX - at)
		length = INPUT_MAX - at;
	memcpy(input->data + at, other->data + from, length);
	if (input->size < at + length)
		input->size = at + length;
}

/* A copy of exactly that size, for the sanitizer to watch. */
static void run(const struct input *input)
{
	uint8_t *data = malloc(input->size + !input->size);

	if (!data)
		abort();
	memcpy(data, input->data, input->size);
	LLVMFuzzerTestOneInput(data, input->size);
	free(data);
}

static void run_changed(const struct inputs *inputs, uint64_t *state)
{
	static void (*const changes[])(struct input *, uint64_t *) = {change_byte, change_bit, cut_out, cut_off};
	uint8_t bytes[INPUT_MAX];
	const struct input *from = &inputs->at[below(state, inputs->count)];
	struct input input = {bytes, from->size};

	memcpy(bytes, from->data, from->size);
	for (size_t i = below(state, CHANGES_MAX); i < CHANGES_MAX; i++) {
		size_t which = below(state, sizeof changes / sizeof *changes + 1);

		if (which < sizeof changes / sizeof *changes)
			changes[which](&input, state);
		else
			put_in(&input, &inputs->at[below(state, inputs->count)], state);
	}
	run(&input);
}

int main(int argc, char **argv)
{
	static struct inputs inputs;
	unsigned long runs = argc > 1 ? strtoul(argv[1], NULL, 10) : 0;
	uint64_t state = 0x9e3779b97f4a7c15;

	if (LLVMFuzzerInitialize)
		LLVMFuzzerInitialize(&argc, &argv);
	for (int i = 2; i < argc; i++)
		if (!read_directory(&inputs, argv[i]))
			printf("# there is no %s\n", argv[i]);
	if (!inputs.count)
		read_file(&inputs, "/dev", "null");
	for (size_t i = 0; i < inputs.count; i++)
		run(&inputs.at[i]);
	for (unsigned long i = inputs.count; i < runs; i++)
		run_changed(&inputs, &state);
	printf("%zu inputs, %lu runs\n", inputs.count, runs > inputs.count ? runs : (unsigned long)inputs.count);
	for (size_t i = 0; i < inputs.count; i++)
		free(inputs.at[i].data);
	return 0;
}
