#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""tls-server.py CERT KEY PORT - HTTPS for tests of moved connections: GET /N sends N known bytes, GET /reset some and
then resets the connection, GET /peer says whom it takes the client for, POST answers the SHA-256 of what it was sent. Both families, one thread a connection."""

import hashlib
import http.server
import socket
import ssl
import struct
import sys

BLOCK = bytes(range(256)) * 256


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self, length):
        self.send_response(200)
        self.send_header("Content-Length", str(length))
        self.end_headers()

    def reset(self):
        self.answer(1000)
        self.wfile.write(BLOCK[:100])
        self.wfile.flush()
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True

    def do_GET(self):
        if self.path == "/reset":
            return self.reset()
        if self.path == "/peer":
            text = self.client_address[0].replace("::ffff:", "").encode()
            self.answer(len(text))
            return self.wfile.write(text)
        left = int(self.path[1:].partition("?")[0] or 0)
        self.answer(left)
        while left:
            part = BLOCK[:left]
            self.wfile.write(part)
            left -= len(part)

    def do_POST(self):
        left = int(self.headers["Content-Length"])
        digest = hashlib.sha256()
        while left:
            part = self.rfile.read(min(left, 1 << 16))
            if not part:
                return
            digest.update(part)
            left -= len(part)
        text = digest.hexdigest().encode()
        self.answer(len(text))
        self.wfile.write(text)

    def log_message(self, *_):
        pass


class Server(http.server.ThreadingHTTPServer):
    address_family = socket.AF_INET6
    request_queue_size = 256

    def server_bind(self):
        self.socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        super().server_bind()

    def finish_request(self, request, client_address):
        """The handshake belongs to the connection's own thread."""
        with self.context.wrap_socket(request, server_side=True) as tls:
            self.RequestHandlerClass(tls, client_address, self)

    def handle_error(self, *_):
        pass


server = Server(("::", int(sys.argv[3])), Handler)
server.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
server.context.load_cert_chain(sys.argv[1], sys.argv[2])
server.serve_forever()
