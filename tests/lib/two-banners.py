#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""two-banners.py PORT - for tests of moved connections: a server that speaks first, and says whom it takes the client for. It waits
for a second connection, then greets the first one and closes it, and a moment later the second one, which it answers. Both families."""

import socket
import sys
import time

listener = socket.create_server(("::", int(sys.argv[1])), family=socket.AF_INET6, dualstack_ipv6=True)
while True:
    (first, first_peer), (second, second_peer) = listener.accept(), listener.accept()
    with second:
        with first:
            first.sendall(f"SSH-2.0-{first_peer[0]}\r\n".encode())
        time.sleep(0.1)
        second.sendall(f"SSH-2.0-{second_peer[0]}\r\n".encode())
        second.sendall(second.recv(100))
