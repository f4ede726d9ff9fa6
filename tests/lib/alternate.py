#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""alternate.py SERVER CERT COUNT NAME... - so many connections to one address, one after the other, by each of the names
in turn; asks each for /peer (tls-server.py) and prints how often each name was seen to come from where."""

import collections
import socket
import ssl
import sys

server, cert, count, *names = sys.argv[1:]
context = ssl.create_default_context(cafile=cert)
seen = collections.Counter()
for i in range(int(count)):
    name = names[i % len(names)]
    with socket.create_connection((server, 443), 20) as plain, context.wrap_socket(plain, server_hostname=name) as tls:
        tls.sendall(f"GET /peer HTTP/1.0\r\nHost: {name}\r\n\r\n".encode())
        answer = b""
        while part := tls.recv(4096):
            answer += part
    seen[name, answer.rpartition(b"\n")[2].decode()] += 1
for (name, peer), times in sorted(seen.items()):
    print(name, peer, times)
