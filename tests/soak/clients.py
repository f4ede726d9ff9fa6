#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""clients.py CERT NAME SECONDS SPREAD ABORTED ADDRESS... < WANTED - many HTTPS clients at once

WANTED has one line for each connection: a path and the SHA-256 of what it has to bring. They begin within SPREAD seconds,
to one of the addresses each; SECONDS after it has begun, one is given up. The first ABORTED of them are closed, with
what they have not read, at some moment of their short life. Prints a line for each: "whole", "aborted", or
"WORD PATH REASON" with WORD one of refused, reset, closed, silent (given up) and wrong (a whole body, but another)."""

import hashlib
import random
import socket
import ssl
import sys
import threading
import time

cert, name, seconds, spread, aborted = sys.argv[1:6]
seconds, spread, aborted = float(seconds), float(spread), int(aborted)
addresses = sys.argv[6:]
context = ssl.create_default_context(cafile=cert)
lock = threading.Lock()
LIFE = 0.04  # seconds: what most connections take when nothing is wrong


class Short(Exception):
    """The connection was closed before the body's end."""


def body(connection, path, until):
    """The SHA-256 of what the server sends."""
    connection.sendall(f"GET /{path} HTTP/1.1\r\nHost: {name}\r\nConnection: close\r\n\r\n".encode())
    data = b""
    while b"\r\n\r\n" not in data:
        part = connection.recv(1 << 16)
        if not part:
            raise Short("in the header")
        data += part
    head, data = data.split(b"\r\n\r\n", 1)
    left = int(dict(line.split(b": ", 1) for line in head.split(b"\r\n")[1:])[b"Content-Length"])
    digest = hashlib.sha256()
    while True:
        digest.update(data)
        left -= len(data)
        if left <= 0:
            return digest.hexdigest()
        connection.settimeout(max(0.01, until - time.monotonic()))
        data = connection.recv(1 << 16)
        if not data:
            raise Short(f"{left} bytes before the end")


def end(connection):
    """From another thread, whatever the connection is doing."""
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass  # it has ended before


def fetch(path, right, abort):
    """One connection; what is to be said of it."""
    until = time.monotonic() + seconds
    plain = socket.socket(socket.AF_INET6 if ":" in (address := random.choice(addresses)) else socket.AF_INET)
    twin = plain.dup()  # TLS takes the socket itself
    timer = threading.Timer(random.random() * LIFE, end, (twin,))
    if abort:
        timer.start()
    try:
        plain.settimeout(seconds)
        plain.connect((address, 443))
        with context.wrap_socket(plain, server_hostname=name) as connection:
            found = body(connection, path, until)
        return "whole" if found == right else f"wrong {path} {found}"
    except Exception as error:  # whatever it is, it is reported
        if abort:
            return "aborted"
        kinds = ((ConnectionRefusedError, "refused"), ((ConnectionResetError, BrokenPipeError), "reset"),
                 (TimeoutError, "silent"), ((Short, ssl.SSLError, OSError), "closed"))
        word = next((word for kind, word in kinds if isinstance(error, kind)), "wrong")
        return f"{word} {path} {error!r}"
    finally:
        timer.cancel()
        plain.close()
        twin.close()


def run(number, path, right):
    time.sleep(random.random() * spread)
    said = fetch(path, right, number < aborted)
    with lock:
        print(said, flush=True)


threads = [threading.Thread(target=run, args=(number, *line.split())) for number, line in enumerate(sys.stdin)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
