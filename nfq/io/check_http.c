/* SPDX-License-Identifier: GPL-2.0-or-later
 * check_http.c - check http: a web server answers with a status that is right (RFC 9112)
 */
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "probe.h"

enum { REQUEST_MAX = 1024, STATUS_LINE = 12 }; /* "HTTP/1.1 204" */

static enum probe_result ask(struct probe *probe)
{
	probe->events = EPOLLOUT;
	return PROBE_WAITS;
}

static enum probe_result request(struct probe *probe)
{
	char text[REQUEST_MAX];
	enum probe_result result = probe_connecting(probe);
	int length;

	if (result != PROBE_GOOD)
		return result;
	length = snprintf(text, sizeof text,
			  "GET %s HTTP/1.1\r\nHost: %s\r\nUser-Agent: nfqroute\r\nConnection: close\r\n\r\n",
			  probe->check->name, probe->check->host);
	if (length < 0 || (size_t)length >= sizeof text)
		return probe_failed(probe, EMSGSIZE);
	if (send(probe->fd, text, (size_t)length, MSG_NOSIGNAL) != length) /* it fits a new socket's buffer */
		return probe_failed(probe, errno);
	probe->connected = true;
	probe->events = EPOLLIN;
	return PROBE_WAITS;
}

static bool is_right(const struct check *check, unsigned status)
{
	for (unsigned i = 0; i < check->status_count; i++)
		if (check->statuses[i] == status)
			return true;
	return !check->status_count && status >= 200 && status <= 299;
}

static enum probe_result judge(struct probe *probe)
{
	const uint8_t *line = probe->answer;
	unsigned status = 0;

	for (size_t i = 9; i < STATUS_LINE; i++)
		status = status * 10 + (unsigned)(line[i] >= '0' && line[i] <= '9' ? line[i] - '0' : 100);
	if (memcmp(line, "HTTP/1.", 7) != 0 || status > 999)
		snprintf(probe->reason, sizeof probe->reason, "the answer is not HTTP");
	else if (is_right(probe->check, status))
		return PROBE_GOOD;
	else
		snprintf(probe->reason, sizeof probe->reason, "status %u", status);
	return PROBE_BAD;
}

static enum probe_result look(struct probe *probe)
{
	ssize_t got;

	if (!probe->connected)
		return request(probe);
	got = recv(probe->fd, probe->answer + probe->answered, STATUS_LINE - probe->answered, 0);
	if (got < 0)
		return errno == EAGAIN || errno == EINTR ? PROBE_WAITS : probe_failed(probe, errno);
	probe->answered += (size_t)got;
	if (probe->answered == STATUS_LINE)
		return judge(probe);
	if (got)
		return PROBE_WAITS;
	snprintf(probe->reason, sizeof probe->reason, "the connection was closed without an answer");
	return PROBE_BAD;
}

const struct probe_type probe_http = {
	.socket_type = SOCK_STREAM,
	.protocol = {IPPROTO_TCP, IPPROTO_TCP},
	.ask = ask,
	.look = look,
};
