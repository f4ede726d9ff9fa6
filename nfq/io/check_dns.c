/* SPDX-License-Identifier: GPL-2.0-or-later
 * check_dns.c - check dns: a name server answers a question (RFC 1035 section 4.1)
 *
 * NOERROR and NXDOMAIN are answers. SERVFAIL and REFUSED are not: a forwarder behind a dead line says those.
 */
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "probe.h"

enum { HEADER = 12, QUESTION_MAX = HEADER + 256 + 4, TYPE_NS = 2, TYPE_A = 1, CLASS_IN = 1 };
enum { FLAG_ANSWER = 0x80, FLAG_RECURSION = 0x01, CODE = 0x0f, NOERROR = 0, NXDOMAIN = 3 };

/* Returns the question's length. The config has seen to it that the name is one. */
static size_t compose(const struct probe *probe, uint8_t message[QUESTION_MAX])
{
	const char *label = probe->check->name;
	size_t used = HEADER;

	memset(message, 0, QUESTION_MAX);
	memcpy(message, &probe->nonce, 2);
	message[2] = FLAG_RECURSION;
	message[5] = 1; /* one question */
	while (*label) {
		size_t length = strcspn(label, ".");

		message[used] = (uint8_t)length;
		memcpy(message + used + 1, label, length);
		used += length + 1;
		label += length + (label[length] == '.');
	}
	used += 2; /* the root's label, and the type's high byte */
	message[used++] = *probe->check->name ? TYPE_A : TYPE_NS;
	message[used + 1] = CLASS_IN;
	return used + 2;
}

static enum probe_result ask(struct probe *probe)
{
	uint8_t message[QUESTION_MAX];
	size_t length = compose(probe, message);

	return send(probe->fd, message, length, 0) < 0 ? probe_failed(probe, errno) : PROBE_WAITS;
}

static enum probe_result judge(struct probe *probe, const uint8_t *answer)
{
	static const char *const names[CODE + 1] = {
		[1] = "FORMERR", [2] = "SERVFAIL", [4] = "NOTIMP", [5] = "REFUSED"};
	unsigned code = answer[3] & CODE;

	if (code == NOERROR || code == NXDOMAIN)
		return PROBE_GOOD;
	snprintf(probe->reason, sizeof probe->reason, "the name server says %s", names[code] ? names[code] : "no");
	return PROBE_BAD;
}

static enum probe_result look(struct probe *probe)
{
	uint8_t answer[HEADER];
	ssize_t got;

	while ((got = recv(probe->fd, answer, sizeof answer, 0)) >= 0)
		if (got == HEADER && memcmp(answer, &probe->nonce, 2) == 0 && answer[2] & FLAG_ANSWER)
			return judge(probe, answer);
	return errno == EAGAIN || errno == EINTR ? PROBE_WAITS : probe_failed(probe, errno);
}

const struct probe_type probe_dns = {
	.socket_type = SOCK_DGRAM,
	.protocol = {IPPROTO_UDP, IPPROTO_UDP},
	.ask = ask,
	.look = look,
};
