/* SPDX-License-Identifier: GPL-2.0-or-later
 * program.c - runs another program, its three streams in memory files
 *
 * Memory files and not pipes: however much is written on any side, nobody waits for a reader.
 */
#include "program.h"

#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { STREAMS = 3 }; /* standard input, output, error: numbers of descriptors, too */

static bool write_all(int fd, const char *text, size_t length)
{
	while (length) {
		ssize_t written = write(fd, text, length);

		if (written < 0 && errno != EINTR)
			return false;
		if (written > 0) {
			text += written;
			length -= (size_t)written;
		}
	}
	return lseek(fd, 0, SEEK_SET) == 0;
}

char *program_read(int fd)
{
	struct stat stat;
	size_t length = 0;
	char *text;

	if (fstat(fd, &stat) < 0)
		return NULL;
	text = malloc((size_t)stat.st_size + 1);
	while (text && length < (size_t)stat.st_size) {
		ssize_t got = pread(fd, text + length, (size_t)stat.st_size - length, (off_t)length);

		if (got > 0)
			length += (size_t)got;
		else if (got == 0 || errno != EINTR)
			break;
	}
	if (text)
		text[length] = '\0';
	return text;
}

/* Starts argv with the descriptors at files as its first three and no signal blocked or ignored, as a program
 * expects it: the daemon itself blocks those it reads from a signalfd. */
static int start(pid_t *pid, const char *const argv[], const int files[STREAMS])
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	sigset_t none, usual;
	int error;

	sigemptyset(&none);
	sigemptyset(&usual);
	sigaddset(&usual, SIGPIPE);
	posix_spawn_file_actions_init(&actions);
	posix_spawnattr_init(&attributes);
	posix_spawnattr_setsigmask(&attributes, &none);
	posix_spawnattr_setsigdefault(&attributes, &usual);
	error = posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
	for (int i = 0; !error && i < STREAMS; i++)
		error = posix_spawn_file_actions_adddup2(&actions, files[i], i);
	if (!error)
		error = posix_spawnp(pid, argv[0], &actions, &attributes, (char *const *)argv, environ);
	posix_spawnattr_destroy(&attributes);
	posix_spawn_file_actions_destroy(&actions);
	return error;
}

int program_wait(pid_t child)
{
	int status;

	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static int run(const char *const argv[], const char *input, const int files[STREAMS],
	       struct program_result *result)
{
	pid_t pid;
	int error;

	for (int i = 0; i < STREAMS; i++)
		if (files[i] < 0)
			return errno;
	if (input && !write_all(files[STDIN_FILENO], input, strlen(input)))
		return errno;
	error = start(&pid, argv, files);
	if (error)
		return error;
	result->status = program_wait(pid);
	result->output = program_read(files[STDOUT_FILENO]);
	result->errors = program_read(files[STDERR_FILENO]);
	return 0;
}

int program_run(const char *const argv[], const char *input, struct program_result *result)
{
	int files[STREAMS], error;

	*result = (struct program_result){0};
	for (int i = 0; i < STREAMS; i++)
		files[i] = memfd_create(argv[0], MFD_CLOEXEC);
	error = run(argv, input, files, result);
	for (int i = 0; i < STREAMS; i++)
		if (files[i] >= 0)
			close(files[i]);
	return error;
}

void program_result_free(struct program_result *result)
{
	free(result->output);
	free(result->errors);
	*result = (struct program_result){0};
}
