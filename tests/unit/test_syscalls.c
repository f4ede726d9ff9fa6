/* SPDX-License-Identifier: GPL-2.0-or-later
 * test_syscalls.c - the programs of seccomp(2): made whole, or not at all, wherever memory fails
 *
 * libseccomp asks for memory a thousand times for one. Each run of a child has one of these fail, and all that
 * come after it; what it calls a program then has to be the one that is made with all memory. It may crash, too
 * (syscalls.c counts on that). Not with sanitizers, which have a malloc() of their own.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sanitized.h"
#include "syscalls_list.h"

enum { PROGRAM_MAX = BPF_MAXINSNS * sizeof(struct sock_filter), TRIED = 100 };

static unsigned long asked, failing; /* 0: none */
static bool once;

#if !SANITIZED
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *old, size_t size);

static bool fails(void)
{
	asked++;
	if (!failing || asked < failing || (once && asked > failing))
		return false;
	errno = ENOMEM;
	return true;
}

void *malloc(size_t size)
{
	return fails() ? NULL : __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
	return fails() ? NULL : __libc_calloc(count, size);
}

void *realloc(void *old, size_t size)
{
	return fails() ? NULL : __libc_realloc(old, size);
}
#endif

static size_t export(enum syscalls_stage stage, uint8_t program[PROGRAM_MAX])
{
	int fd = memfd_create("program", MFD_CLOEXEC);
	ssize_t length;

	assert_true(fd >= 0);
	assert_int_equal(syscalls_export(stage, false, fd), 0);
	length = pread(fd, program, PROGRAM_MAX, 0);
	assert_true(length > 0);
	close(fd);
	return (size_t)length;
}

static void without_memory(enum syscalls_stage stage, unsigned long which, const uint8_t *whole, size_t length)
{
	static uint8_t made[PROGRAM_MAX];
	const struct itimerval limit = {.it_value.tv_usec = 200000};
	int fd = memfd_create("program", MFD_CLOEXEC), status;
	pid_t child = fork();

	assert_true(fd >= 0 && child >= 0);
	if (child == 0) {
		close(STDERR_FILENO);     /* what the C library says of a crash */
		signal(SIGSEGV, SIG_DFL); /* cmocka's */
		signal(SIGABRT, SIG_DFL);
		setitimer(ITIMER_PROF, &limit, NULL);
		asked = 0;
		failing = which;
		_exit(syscalls_export(stage, false, fd) != 0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0) {
		assert_int_equal(pread(fd, made, sizeof made, 0), length);
		assert_memory_equal(made, whole, length);
	}
	close(fd);
}

static void test_whole_or_none(void **state)
{
	static uint8_t whole[PROGRAM_MAX];

	(void)state;
	if (SANITIZED)
		skip();
	for (enum syscalls_stage stage = 0; stage < SYSCALLS_STAGES; stage++) {
		size_t length;
		unsigned long all, step;

		asked = 0;
		length = export(stage, whole);
		all = asked;
		step = all / TRIED | 1;
		for (unsigned long which = 1; which <= all; which += step) {
			once = which % 2;
			without_memory(stage, which, whole, length);
		}
	}
}

static void test_the_same_each_time(void **state)
{
	static uint8_t first[PROGRAM_MAX], second[PROGRAM_MAX];

	(void)state;
	for (enum syscalls_stage stage = 0; stage < SYSCALLS_STAGES; stage++) {
		size_t length = export(stage, first);

		assert_int_equal(export(stage, second), length);
		assert_memory_equal(first, second, length);
		assert_int_equal(length % sizeof(struct sock_filter), 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_same_each_time),
		cmocka_unit_test(test_whole_or_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
