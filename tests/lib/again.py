#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""again.py DEVICE syn-ack|data DELAY... - on a router: SYN-ACKs, or segments with data, that come in by the device are sent on
once more, after each DELAY in milliseconds, as if they came again; FIRST:LAST:STEP are many delays. What becomes of the
segment itself is the router's. Whoever sends them must have computed their checksums (ethtool -K ... tx off). Prints "ready"."""

import heapq
import select
import socket
import sys
import time

device, kind, *words = sys.argv[1:]
SYN_ACK = 0x12
ETHERTYPES = {b"\x08\x00": socket.AF_INET, b"\x86\xdd": socket.AF_INET6}


def delays():
    for word in words:
        first, last, step = map(float, word.split(":") if ":" in word else (word, word, 1))
        for i in range(int((last - first) / step) + 1):
            yield (first + i * step) / 1000


def segment(family, packet):
    """Where the TCP header begins and the packet ends; None: it is something else."""
    if family == socket.AF_INET:
        return ((packet[0] & 15) * 4, int.from_bytes(packet[2:4], "big")) if packet[9] == 6 else None
    return (40, 40 + int.from_bytes(packet[4:6], "big")) if packet[6] == 6 else None


def is_wanted(packet, start, end):
    if kind == "syn-ack":
        return packet[start + 13] & SYN_ACK == SYN_ACK
    return end > start + (packet[start + 12] >> 4) * 4


def raw(family):
    out = socket.socket(family, socket.SOCK_RAW, socket.IPPROTO_RAW)
    if family == socket.AF_INET6:
        out.setsockopt(socket.IPPROTO_IPV6, 36, 1)  # IPV6_HDRINCL
    return out


def destination(family, packet):
    where = packet[16:20] if family == socket.AF_INET else packet[24:40]
    return (socket.inet_ntop(family, where), 0)


outs = {family: raw(family) for family in ETHERTYPES.values()}
heard = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
heard.bind((device, 3))
waiting = []  # (when, number, family, packet)
number = 0
print("ready", flush=True)
while True:
    now = time.monotonic()
    if not waiting or select.select([heard], [], [], max(0, waiting[0][0] - now))[0]:
        frame, (_, _, direction, *_) = heard.recvfrom(65536)
        family = ETHERTYPES.get(frame[12:14])
        place = family and direction != socket.PACKET_OUTGOING and segment(family, frame[14:])
        if place and is_wanted(frame[14:], *place):
            now = time.monotonic()
            for delay in delays():
                number += 1
                heapq.heappush(waiting, (now + delay, number, family, frame[14 : 14 + place[1]]))
    while waiting and waiting[0][0] <= time.monotonic():
        _, _, family, packet = heapq.heappop(waiting)
        outs[family].sendto(packet, destination(family, packet))
