#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""rtp-echo.py serve PORT - sends every datagram back, both families
rtp-echo.py ADDRESS PORT COUNT - sends RTP packets (RFC 3550) one after the other, each when the one before it has come
back; prints how many came back as they were"""

import socket
import struct
import sys

if sys.argv[1] == "serve":
    server = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    server.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
    server.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_RECVPKTINFO, 1)
    server.bind(("::", int(sys.argv[2])))
    while True:
        # answered from the address it was sent to (RFC 3542 6), by whatever device the route says
        data, [(level, kind, to)], _, peer = server.recvmsg(2048, 256)
        server.sendmsg([data], [(level, kind, to[:16] + bytes(4))], 0, peer)

address, port, count = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
client = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_DGRAM)
client.connect((address, port))
client.settimeout(5)
back = 0
for number in range(count):
    packet = struct.pack(">BBHII", 0x80, 0, number, number * 160, 0x12345678) + bytes(160)
    client.send(packet)
    try:
        back += client.recv(2048) == packet
    except TimeoutError:
        break
print(back)
