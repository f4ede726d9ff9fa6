#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""tls-pieces.py ADDRESS NAME CERT PATH SIZE PAUSE - GET by HTTPS, the ClientHello sent in segments of SIZE bytes with
PAUSE seconds between them; prints the SHA-256 of the body. With PATH "reset" the connection is reset after the
ClientHello and PAUSE seconds."""

import hashlib
import socket
import ssl
import struct
import sys
import time

address, name, cert, path = sys.argv[1:5]
size, pause = int(sys.argv[5]), float(sys.argv[6])

context = ssl.create_default_context(cafile=cert)
incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
tls = context.wrap_bio(incoming, outgoing, server_hostname=name)
connection = socket.create_connection((address, 443), timeout=60)
connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def step(function, *arguments):
    """Calls a function of tls until it needs no more of the network."""
    while True:
        try:
            result = function(*arguments)
            connection.sendall(outgoing.read())
            return result
        except ssl.SSLWantReadError:
            connection.sendall(outgoing.read())
            data = connection.recv(1 << 16)
            if not data:
                sys.exit("the server has closed the connection")
            incoming.write(data)


try:
    tls.do_handshake()
except ssl.SSLWantReadError:
    pass
hello = outgoing.read()
for at in range(0, len(hello), size):
    if at:
        time.sleep(pause)
    connection.sendall(hello[at : at + size])

if path == "reset":
    time.sleep(pause)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()
    sys.exit()

step(tls.do_handshake)
step(tls.write, f"GET /{path} HTTP/1.1\r\nHost: {name}\r\nConnection: close\r\n\r\n".encode())
answer = b""
while b"\r\n\r\n" not in answer:
    answer += step(tls.read, 1 << 16)
left, digest = int(path), hashlib.sha256()
body = answer.split(b"\r\n\r\n", 1)[1]
while left:
    digest.update(body)
    left -= len(body)
    body = step(tls.read, min(left, 1 << 16)) if left else b""
print(digest.hexdigest())
