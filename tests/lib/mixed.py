#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""mixed.py COUNT ADDRESS...     new connections of several kinds to an echo server on port 7, COUNT of each kind to each address

UDP with bytes of no protocol; TCP that asks for a name by HTTP, and by another name, and that says bytes of no protocol. TCP waits for what
comes back, and is reset."""

import socket
import struct
import sys

SAYINGS = [b"GET / HTTP/1.1\r\nHost: a.vpn.test\r\n\r\n", b"GET / HTTP/1.1\r\nHost: b.other.test\r\n\r\n", b"\xf1" * 40]

for address in sys.argv[2:]:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    for n in range(int(sys.argv[1])):
        with socket.socket(family, socket.SOCK_DGRAM) as udp:
            udp.sendto(b"\xf1" * 40, (address, 7))
        for saying in SAYINGS:
            with socket.create_connection((address, 7), 20) as tcp:
                tcp.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                tcp.sendall(saying)
                tcp.recv(100)
