#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Writes a capture file to standard output from lines on standard input.

usage: capture.py [--link NAME] [--pcapng] [--fragment BYTES]

A line is: SECONDS PROTO FROM FROM_PORT TO TO_PORT FLAGS [HEX]. PROTO is tcp, udp or icmp (whose ports are type and
identifier); FLAGS is any of SAFR or "-"; sequence numbers follow by themselves. Addresses choose the family.
"""

import argparse
import ipaddress
import struct
import sys

ETHERTYPE = {4: 0x0800, 6: 0x86dd}
MACS = b"\xff" * 6 + b"\x02\0\0\0\0\1"
# Link type number, and the header ahead of an IP packet of that version.
LINKS = {
    "ethernet": (1, lambda v: MACS + struct.pack(">H", ETHERTYPE[v])),
    "vlan": (1, lambda v: MACS + struct.pack(">HHH", 0x8100, 7, ETHERTYPE[v])),
    "qinq": (1, lambda v: MACS + struct.pack(">HHHHH", 0x88a8, 7, 0x8100, 8, ETHERTYPE[v])),
    "pppoe": (1, lambda v: MACS + struct.pack(">HHHHH", 0x8864, 0x1100, 1, 0, 0x21)),
    "raw": (101, lambda v: b""),
    "null": (0, lambda v: struct.pack("<I", 2 if v == 4 else 30)),
    "sll": (113, lambda v: struct.pack(">HHH8sH", 0, 1, 6, b"\x02\0\0\0\0\1", ETHERTYPE[v])),
    "sll2": (276, lambda v: struct.pack(">HHIHBB8s", ETHERTYPE[v], 0, 3, 1, 0, 6, b"\x02\0\0\0\0\1")),
    "wlan": (105, lambda v: b"\x08\0" + bytes(22)),
}
PROTO = {"tcp": 6, "udp": 17, "icmp": 1}
FLAGS = {"F": 1, "S": 2, "R": 4, "A": 16, "-": 0}


def transport(proto, source, target, flags, data, sequence):
    sport, dport = int(source[1]), int(target[1])
    if proto == "udp":
        return struct.pack(">HHHH", sport, dport, 8 + len(data), 0) + data
    if proto == "icmp":
        return struct.pack(">BBHHH", sport, 0, 0, dport, 1) + data
    bits = sum(FLAGS[flag] for flag in flags)
    seq, ack = sequence.get((source, target), 1000), sequence.get((target, source), 0)
    sequence[source, target] = seq + len(data) + (bits & 3 != 0)
    return struct.pack(">HHIIBBHHH", sport, dport, seq, ack, 0x50, bits, 65535, 0, 0) + data


def ipv4(source, target, proto, body, number, offset=0, more=False):
    return struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(body), number, offset // 8 | more << 13, 64, proto, 0,
                       source.packed, target.packed) + body


def ipv6(source, target, proto, body, number, offset=None, more=False):
    if offset is not None:
        body = struct.pack(">BBHI", proto, 0, offset | more, number) + body
        proto = 44
    return struct.pack(">IHBB16s16s", 0x60000000, len(body), proto, 64, source.packed, target.packed) + body


def datagrams(version, source, target, proto, body, number, size):
    build = ipv4 if version == 4 else ipv6
    if not size or len(body) <= size:
        yield build(source, target, proto, body, number)
        return
    for at in range(0, len(body), size):
        yield build(source, target, proto, body[at:at + size], number, at, at + size < len(body))


def packets(lines, fragment):
    sequence = {}
    for number, line in enumerate(lines, 1):
        time, proto, source, sport, target, dport, flags, *data = line.split()
        body = transport(proto, (source, sport), (target, dport), flags, bytes.fromhex("".join(data)), sequence)
        source, target = ipaddress.ip_address(source), ipaddress.ip_address(target)
        number_of = 58 if proto == "icmp" and source.version == 6 else PROTO[proto]
        for packet in datagrams(source.version, source, target, number_of, body, number, fragment):
            yield float(time), source.version, packet


def pcap_head(link):
    return struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 262144, link)


def pcap_packet(micros, data):
    return struct.pack("<IIII", micros // 1000000, micros % 1000000, len(data), len(data)) + data


def block(kind, body):
    body += bytes(-len(body) % 4)
    return struct.pack("<II", kind, len(body) + 12) + body + struct.pack("<I", len(body) + 12)


def pcapng_head(link):
    return block(0x0a0d0d0a, struct.pack("<IHHq", 0x1a2b3c4d, 1, 0, -1)) + block(1, struct.pack("<HHI", link, 0, 0))


def pcapng_packet(micros, data):
    return block(6, struct.pack("<IIIII", 0, micros >> 32, micros & 0xffffffff, len(data), len(data)) + data)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--link", choices=LINKS, default="ethernet")
    parser.add_argument("--pcapng", action="store_true")
    parser.add_argument("--fragment", type=int, default=0, help="cut what IP carries into pieces of so many bytes")
    args = parser.parse_args()
    link, header = LINKS[args.link]
    head, frame = (pcapng_head, pcapng_packet) if args.pcapng else (pcap_head, pcap_packet)
    out = sys.stdout.buffer
    out.write(head(link))
    for time, version, packet in packets((line for line in sys.stdin if line.strip()), args.fragment):
        out.write(frame(1700000000000000 + round(time * 1000000), header(version) + packet))


if __name__ == "__main__":
    main()
