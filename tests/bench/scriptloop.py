#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""scriptloop.py - a script on a queue: marks what a name below .example was asked for

usage: scriptloop.py QUEUE

As scripts with python3-netfilterqueue do it, by the same C library (libnetfilter_queue), which here is called by ctypes:
one packet a call, its payload searched, a verdict. What is not decided by its payload passes without a mark, so that the
next packet comes, too; other connections are marked 1. Ends on SIGTERM and says how many packets it took.
"""
import ctypes
import ctypes.util
import os
import signal
import socket
import sys

NF_ACCEPT, COPY_PACKET, TCP, MARK, MARK_OTHER = 1, 2, 6, 9, 1
LENGTH, BUFFER = 65536, 32 << 20


class Header(ctypes.BigEndianStructure):
    _pack_ = 1
    _fields_ = [("id", ctypes.c_uint32), ("protocol", ctypes.c_uint16), ("hook", ctypes.c_uint8)]


CALLBACK = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p)
library = ctypes.CDLL(ctypes.util.find_library("netfilter_queue") or "libnetfilter_queue.so.1", use_errno=True)
for name, result, arguments in (
    ("nfq_open", ctypes.c_void_p, []),
    ("nfq_create_queue", ctypes.c_void_p, [ctypes.c_void_p, ctypes.c_uint16, CALLBACK, ctypes.c_void_p]),
    ("nfq_set_mode", ctypes.c_int, [ctypes.c_void_p, ctypes.c_uint8, ctypes.c_uint]),
    ("nfq_set_queue_maxlen", ctypes.c_int, [ctypes.c_void_p, ctypes.c_uint32]),
    ("nfq_fd", ctypes.c_int, [ctypes.c_void_p]),
    ("nfq_handle_packet", ctypes.c_int, [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int]),
    ("nfq_get_msg_packet_hdr", ctypes.POINTER(Header), [ctypes.c_void_p]),
    ("nfq_get_payload", ctypes.c_int, [ctypes.c_void_p, ctypes.POINTER(ctypes.c_void_p)]),
    ("nfq_set_verdict2", ctypes.c_int, [ctypes.c_void_p, ctypes.c_uint32, ctypes.c_uint32, ctypes.c_uint32,
                                        ctypes.c_uint32, ctypes.c_void_p]),
):
    getattr(library, name).restype = result
    getattr(library, name).argtypes = arguments


def payload_of(packet):
    """What a TCP segment or UDP datagram carries; None: it is neither."""
    version = packet[0] >> 4
    header, protocol = ((packet[0] & 15) * 4, packet[9]) if version == 4 else (40, packet[6])
    return packet[header + (packet[header + 12] >> 4) * 4:] if protocol == TCP else None


def judge(packet):
    payload = payload_of(packet)
    if payload is None:
        return MARK_OTHER
    if not payload:
        return 0
    return MARK if b".example" in payload else MARK_OTHER


packets = 0


@CALLBACK
def take(queue, _message, data, _context):
    global packets
    header = library.nfq_get_msg_packet_hdr(data)
    start = ctypes.c_void_p()
    length = library.nfq_get_payload(data, ctypes.byref(start))
    packets += 1
    mark = judge(ctypes.string_at(start, length)) if length > 0 else MARK_OTHER
    return library.nfq_set_verdict2(queue, header.contents.id, NF_ACCEPT, mark, 0, None)


def main():
    handle = library.nfq_open()
    queue = library.nfq_create_queue(handle, int(sys.argv[1]), take, None) if handle else None
    if not queue or library.nfq_set_mode(queue, COPY_PACKET, 1600) < 0:
        sys.exit(f"scriptloop: {os.strerror(ctypes.get_errno())}")
    library.nfq_set_queue_maxlen(queue, LENGTH)
    with socket.socket(fileno=os.dup(library.nfq_fd(handle))) as channel:
        channel.setsockopt(socket.SOL_SOCKET, 33, BUFFER)  # SO_RCVBUFFORCE
        channel.setsockopt(270, 5, 1)  # SOL_NETLINK, NETLINK_NO_ENOBUFS
        while True:
            got = channel.recv(8192)
            library.nfq_handle_packet(handle, got, len(got))


def on_term(_number, _frame):
    print(f"queued packets: {packets} in {packets} batches", file=sys.stderr)
    sys.stderr.flush()
    os._exit(0)


signal.signal(signal.SIGTERM, on_term)
main()
