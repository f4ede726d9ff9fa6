/* SPDX-License-Identifier: GPL-2.0-or-later
 * probe.c - one question to one target by one gateway: what all kinds share
 */
#include "probe.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#include "privileges.h"

static const struct probe_type *const types[CHECK_KINDS] = {
	[CHECK_PING] = &probe_ping,
	[CHECK_TCP] = &probe_tcp,
	[CHECK_DNS] = &probe_dns,
	[CHECK_HTTP] = &probe_http,
};

static socklen_t target_of_check(const struct check *check, struct sockaddr_storage *target)
{
	struct sockaddr_in *ipv4 = (struct sockaddr_in *)target;
	struct sockaddr_in6 *ipv6 = (struct sockaddr_in6 *)target;
	uint8_t address[16];

	key_to_address(check->address, address);
	memset(target, 0, sizeof *target);
	if (key_is_ipv4(check->address)) {
		ipv4->sin_family = AF_INET;
		ipv4->sin_port = htons(check->port);
		memcpy(&ipv4->sin_addr, address, sizeof ipv4->sin_addr);
		return sizeof *ipv4;
	}
	ipv6->sin6_family = AF_INET6;
	ipv6->sin6_port = htons(check->port);
	memcpy(&ipv6->sin6_addr, address, sizeof ipv6->sin6_addr);
	return sizeof *ipv6;
}

/* 0 or an errno value. */
static int open_socket(struct probe *probe, const struct probe_type *type, const char *device, uint32_t mark)
{
	enum family family = family_of_address(probe->check->address);
	int (*open_it)(int, int, int) = type->socket_type == SOCK_RAW ? privileges_raw_socket : socket;
	struct sockaddr_storage target;
	socklen_t size = target_of_check(probe->check, &target);

	probe->fd = open_it(family == FAMILY_IPV4 ? AF_INET : AF_INET6,
			    type->socket_type | SOCK_CLOEXEC | SOCK_NONBLOCK, type->protocol[family]);
	if (probe->fd < 0 || setsockopt(probe->fd, SOL_SOCKET, SO_MARK, &mark, sizeof mark) < 0 ||
	    setsockopt(probe->fd, SOL_SOCKET, SO_BINDTODEVICE, device, (socklen_t)strlen(device)) < 0)
		return errno;
	if (type->socket_type == SOCK_RAW) /* a raw socket's port is its protocol, or none */
		((struct sockaddr_in6 *)&target)->sin6_port = 0;
	return connect(probe->fd, (struct sockaddr *)&target, size) < 0 && errno != EINPROGRESS ? errno : 0;
}

void probe_close(struct probe *probe)
{
	if (probe->fd >= 0)
		close(probe->fd);
	probe->fd = -1;
}

static enum probe_result settle(struct probe *probe, enum probe_result result)
{
	if (result != PROBE_WAITS)
		probe_close(probe);
	return result;
}

enum probe_result probe_failed(struct probe *probe, int error)
{
	snprintf(probe->reason, sizeof probe->reason, "%s", strerror(error));
	return PROBE_BAD;
}

enum probe_result probe_ask(struct probe *probe, const struct check *check, const char *device, uint32_t mark)
{
	const struct probe_type *type = types[check->kind];
	int error;

	probe_close(probe);
	probe->check = check;
	probe->number++;
	probe->connected = false;
	probe->answered = 0;
	probe->events = EPOLLIN;
	if (getrandom(&probe->nonce, sizeof probe->nonce, 0) != sizeof probe->nonce)
		probe->nonce++;
	error = open_socket(probe, type, device, mark);
	return settle(probe, error ? probe_failed(probe, error) : type->ask(probe));
}

enum probe_result probe_look(struct probe *probe)
{
	return settle(probe, types[probe->check->kind]->look(probe));
}

enum probe_result probe_connecting(struct probe *probe)
{
	socklen_t size = sizeof(int);
	int error = 0;

	if (getsockopt(probe->fd, SOL_SOCKET, SO_ERROR, &error, &size) < 0)
		error = errno;
	return error ? probe_failed(probe, error) : PROBE_GOOD;
}
