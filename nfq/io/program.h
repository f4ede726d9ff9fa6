/* SPDX-License-Identifier: GPL-2.0-or-later
 * program.h - another program's run: text in, text out, no shell
 */
#ifndef NFQROUTE_PROGRAM_H
#define NFQROUTE_PROGRAM_H

#include <sys/types.h>

/* What a program left. Both texts are terminated, malloc()ed and owned by the caller; NULL only when there was no
 * memory to read them into. */
struct program_result {
	char *output; /* what it wrote to its standard output */
	char *errors; /* and to its standard error */
	int status;   /* its exit status; 128 + signal if a signal ended it */
};

/* Runs argv[0], looked up in PATH, with input as its standard input (NULL: empty), and waits for its end. Returns
 * 0, or an errno value if it could not be started (ENOENT: there is no such program); result is zero then. */
int program_run(const char *const argv[], const char *input, struct program_result *result);
void program_result_free(struct program_result *result);

/* Waits for a child's end: its status as above, -1 with errno set. */
int program_wait(pid_t child);
/* All that is in a memory file, terminated and malloc()ed; NULL: no memory. */
char *program_read(int fd);

#endif
