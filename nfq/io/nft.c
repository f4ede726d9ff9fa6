/* SPDX-License-Identifier: GPL-2.0-or-later
 * nft.c - nf_tables
 *
 * libnftables ends its caller where it gets no memory or no socket (its memory.c, iface.c). For a daemon that
 * would be as if it had been killed, so it is called in a child, which shares nothing with the daemon but two
 * memory files for what it says.
 */
#include "nft.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <nftables/libnftables.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "log.h"
#include "program.h"

/* --- commands --- */

enum { DONE, REFUSED, GAVE_UP };
enum { PATIENCE_MS = 10000, TRIES = 2 };

/* Comes before all that the daemon has for its own end: its buffers and handlers are no matter of the child's. */
static void end_child(void)
{
	_exit(GAVE_UP);
}

struct task {
	const char *commands;
	unsigned output_flags; /* NFT_CTX_OUTPUT_* */
	bool dry;              /* only asked whether they could be run */
};

struct said {
	int output, errors; /* memory files */
};

/* In the child. What libnftables says at its end goes to the standard error. */
static int run_here(const struct task *task, const struct said *said)
{
	FILE *output = fdopen(said->output, "w");
	bool ready = atexit(end_child) == 0 && dup2(said->errors, STDERR_FILENO) >= 0 && output;
	struct nft_ctx *nft = ready ? nft_ctx_new(NFT_CTX_DEFAULT) : NULL;
	int status;

	if (!nft)
		return GAVE_UP;
	nft_ctx_set_output(nft, output);
	nft_ctx_set_error(nft, stderr);
	nft_ctx_output_set_flags(nft, task->output_flags);
	nft_ctx_set_dry_run(nft, task->dry);
	status = nft_run_cmd_from_buffer(nft, task->commands) == 0 ? DONE : REFUSED;
	return fflush(output) == 0 ? status : GAVE_UP;
}

/* The child's end of the pipe goes with the child. false: not in time. */
static bool ends_in_time(int pipe)
{
	struct pollfd end = {.fd = pipe};
	int ready;

	do
		ready = poll(&end, 1, PATIENCE_MS);
	while (ready < 0 && errno == EINTR);
	return ready != 0;
}

/* A child of a process with several threads has their locks as they were, and nobody to open them. Where the C
 * library does not care for one (a sanitizer's, when it gives memory) the child waits for good: then it is ended.
 */
static int run_once(const struct task *task, const struct said *said, bool *stuck)
{
	int pipe[2];
	pid_t child;

	if (pipe2(pipe, O_CLOEXEC) != 0)
		return -1;
	child = fork();
	if (child == 0) {
		close(pipe[0]);
		_exit(run_here(task, said));
	}
	close(pipe[1]);
	*stuck = child > 0 && !ends_in_time(pipe[0]);
	if (*stuck)
		kill(child, SIGKILL);
	close(pipe[0]);
	return child < 0 ? -1 : program_wait(child);
}

static int run_in_child(const struct task *task, const struct said *said)
{
	bool stuck = false;
	int status = -1;

	for (int tries = 0; tries < TRIES; tries++) {
		status = run_once(task, said, &stuck);
		if (!stuck)
			break;
		log_warning("libnftables has not answered for %d s", PATIENCE_MS / 1000);
	}
	return status;
}

static struct said open_said(void)
{
	return (struct said){memfd_create("nft output", MFD_CLOEXEC), memfd_create("nft errors", MFD_CLOEXEC)};
}

static void close_said(const struct said *said)
{
	if (said->output >= 0)
		close(said->output);
	if (said->errors >= 0)
		close(said->errors);
}

/* The first line of what it complained of, or why there is none. */
static void tell(int status, const struct said *said, int failure, char *error, size_t size)
{
	ssize_t length = said->errors < 0 ? -1 : pread(said->errors, error, size - 1, 0);

	error[length > 0 ? length : 0] = '\0';
	error[strcspn(error, "\n")] = '\0';
	if (status < 0)
		snprintf(error, size, "no process for libnftables: %s", strerror(failure));
	else if (!*error)
		snprintf(error, size, "libnftables gave up (status %d)", status);
}

static bool run(const struct task *task, char *error, size_t size)
{
	struct said said = open_said();
	int status = run_in_child(task, &said);

	if (status != DONE)
		tell(status, &said, errno, error, size);
	close_said(&said);
	return status == DONE;
}

bool nft_run(const char *commands, char *error, size_t size)
{
	return run(&(struct task){.commands = commands}, error, size);
}

bool nft_would_run(const char *commands, char *error, size_t size)
{
	return run(&(struct task){.commands = commands, .dry = true}, error, size);
}

char *nft_list(const char *command)
{
	struct said said = open_said();
	int status =
		run_in_child(&(struct task){.commands = command, .output_flags = NFT_CTX_OUTPUT_STATELESS}, &said);
	char *text = NULL;

	if (status == DONE)
		text = program_read(said.output);
	else if (status == REFUSED)
		text = strdup("");
	close_said(&said);
	return text;
}

/* --- without libnftables --- */

enum { BUFFER = 4096, REMOVAL = 1, REQUESTS = 3 };

/* NFNL_MSG_BATCH_BEGIN, NFT_MSG_DELTABLE or NFNL_MSG_BATCH_END, numbered from 0. */
static struct nlmsghdr *begin(char *at, uint16_t type, uint8_t family, uint32_t number)
{
	struct nlmsghdr *message = mnl_nlmsg_put_header(at);
	struct nfgenmsg *header = mnl_nlmsg_put_extra_header(message, sizeof *header);

	message->nlmsg_type = type;
	message->nlmsg_flags = NLM_F_REQUEST;
	message->nlmsg_seq = number;
	header->nfgen_family = family;
	header->version = NFNETLINK_V0;
	if (family == AF_UNSPEC)
		header->res_id = htons(NFNL_SUBSYS_NFTABLES);
	return message;
}

static size_t put_removal(char *request, const char *name)
{
	static const uint16_t types[REQUESTS] = {
		NFNL_MSG_BATCH_BEGIN,
		[REMOVAL] = NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_DELTABLE,
		NFNL_MSG_BATCH_END,
	};
	size_t length = 0;

	for (uint32_t i = 0; i < REQUESTS; i++) {
		struct nlmsghdr *message = begin(request + length, types[i], i == REMOVAL ? NFPROTO_INET : AF_UNSPEC, i);

		if (i == REMOVAL) {
			message->nlmsg_flags |= NLM_F_ACK;
			mnl_attr_put_strz(message, NFTA_TABLE_NAME, name);
		}
		length += MNL_ALIGN(message->nlmsg_len);
	}
	return length;
}

/* Either the removal is acknowledged, or it or the whole batch is refused. */
static int take_answer(const char *buffer, size_t length)
{
	const struct nlmsghdr *message = (const struct nlmsghdr *)(const void *)buffer;
	const struct nlmsgerr *answer = mnl_nlmsg_get_payload(message);

	if (!mnl_nlmsg_ok(message, (int)length) || message->nlmsg_type != NLMSG_ERROR ||
	    mnl_nlmsg_get_payload_len(message) < sizeof *answer)
		return EBADMSG;
	return -answer->error;
}

/* The kernel answers before send(2) returns. */
static int ask_removal(int fd, const char *name)
{
	_Alignas(struct nlmsghdr) char buffer[BUFFER];
	static const struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};
	size_t length = put_removal(buffer, name);
	ssize_t done;

	do
		done = sendto(fd, buffer, length, 0, (const struct sockaddr *)&kernel, sizeof kernel);
	while (done < 0 && errno == EINTR);
	if (done < 0)
		return errno;
	do
		done = recv(fd, buffer, sizeof buffer, 0);
	while (done < 0 && errno == EINTR);
	return done < 0 ? errno : take_answer(buffer, (size_t)done);
}

int nft_remove_table(const char *name)
{
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_NETFILTER);
	int error = fd < 0 ? errno : ask_removal(fd, name);

	if (fd >= 0)
		close(fd);
	return error == ENOENT ? 0 : error;
}
