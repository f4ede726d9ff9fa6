#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""slices.py serve PORT...              a server for the below, on all addresses
slices.py ADDRESS NAME BYTES SLICE KIND=PORT...
slices.py table KIND                    of what the above has printed: medians of KIND's speed to that of each other kind

The client opens a connection to each port, asks by NAME as HTTP does, and has the connections carry BYTES down and BYTES up, SLICE by SLICE in
turn: a noisy machine's good and bad moments fall on all of them alike. Prints per kind and way the seconds that each slice took
("KIND download|upload SECONDS..."), and what the kernel says of the connection at its end ("KIND mss N retransmitted N timestamps
0|1"). Exit status 1: what arrived was not what was sent."""

import hashlib
import itertools
import math
import socket
import statistics
import struct
import sys
import threading
import time

BLOCK = bytes(range(256)) * 4096


def pattern(length):
    return (BLOCK * (length // len(BLOCK) + 1))[:length]


def receive(connection, buffer):
    view, got = memoryview(buffer), 0
    while got < len(buffer):
        n = connection.recv_into(view[got:])
        if not n:
            raise ConnectionError("closed early")
        got += n


def line(connection):
    text = b""
    while not text.endswith(b"\r\n\r\n"):
        part = connection.recv(1)
        if not part:
            return None
        text += part
    return text.split(b" ")


def serve_one(connection):
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    buffer = bytearray()
    while words := line(connection):
        length = int(words[1][1:])
        if words[0] == b"GET":
            connection.sendall(pattern(length))
        else:
            if len(buffer) != length:
                buffer = bytearray(length)
            receive(connection, buffer)
            connection.sendall(b"!")  # all of it is here
            connection.sendall(hashlib.sha256(buffer).digest())


def serve(ports):
    def accept(port):
        with socket.create_server(("", port), family=socket.AF_INET6, dualstack_ipv6=True, backlog=64) as server:
            while True:
                connection = server.accept()[0]
                threading.Thread(target=serve_one, args=(connection,), daemon=True).start()

    for port in ports[1:]:
        threading.Thread(target=accept, args=(int(port),), daemon=True).start()
    accept(int(ports[0]))


class Kind:
    def __init__(self, word, address, name):
        self.name, port = word.split("=")
        self.times = {"download": [], "upload": []}
        self.connection = socket.create_connection((address, int(port)), 60)
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.host = name
        self.ask("GET", 100)
        receive(self.connection, bytearray(100))

    def ask(self, method, length):
        self.connection.sendall(f"{method} /{length} HTTP/1.1\r\nHost: {self.host}\r\n\r\n".encode())

    def download(self, data, buffer):
        self.ask("GET", len(data))
        receive(self.connection, buffer)
        return lambda: buffer == data

    def upload(self, data, _):
        self.ask("PUT", len(data))
        self.connection.sendall(data)
        receive(self.connection, bytearray(1))

        def whole():
            digest = bytearray(32)
            receive(self.connection, digest)
            return digest == hashlib.sha256(data).digest()

        return whole

    def slice(self, way, data, buffer):
        begun = time.monotonic()
        whole = getattr(self, way)(data, buffer)
        self.times[way].append(time.monotonic() - begun)
        return whole()

    def info(self):
        """struct tcp_info of linux/tcp.h"""
        raw = self.connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 104)
        words = struct.unpack_from("24I", raw, 8)
        return f"mss {words[2]} retransmitted {words[23]} timestamps {raw[5] & 1}"


def main(address, name, size, step, words):
    data, buffer = pattern(step), bytearray(step)
    kinds = [Kind(word, address, name) for word in words]
    orders = itertools.cycle(itertools.permutations(kinds))
    good = True
    for way in ("download", "upload"):
        for kind in kinds:
            kind.slice(way, data, buffer)  # until the windows are open; not counted
            kind.times[way].clear()
        for _ in range(size // step):
            for kind in next(orders):
                good = kind.slice(way, data, buffer) and good
    for kind in kinds:
        for way, times in kind.times.items():
            print(kind.name, way, *(f"{seconds:.6f}" for seconds in times))
        print(kind.name, kind.info())
    return good


def table(first, lines):
    times = {}
    for kind, what, *words in map(str.split, lines):
        if what in ("download", "upload"):
            times.setdefault((kind, what), []).extend(map(float, words))
        elif words[2] != "0":
            print(f"{kind}: {what} {' '.join(words)}")
    for kind, way in times:
        if kind == first:
            continue
        ratios = sorted(other / own for own, other in zip(times[first, way], times[kind, way]))
        half = 0.98 * math.sqrt(len(ratios))  # of the ranks between which the median lies in 95 of 100 cases
        low, high = (ratios[min(max(round(len(ratios) / 2 + side), 0), len(ratios) - 1)] for side in (-half, half))
        middle = statistics.median(ratios)
        verdict = "MET" if middle >= 0.95 else "NOT MET"
        print(f"{verdict:7}  {way}, {first} to {kind}: {middle:.3f} [{low:.3f} {high:.3f}], {len(ratios)} pairs (aim: >= 0.95)")


if sys.argv[1] == "serve":
    serve(sys.argv[2:])
if sys.argv[1] == "table":
    sys.exit(table(sys.argv[2], sys.stdin))
sys.exit(not main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]), sys.argv[5:]))
