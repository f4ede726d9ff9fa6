#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""why-and-packets.py rules SEED | packets SEED SOCKET CLIENT SERVER...: for tests of the verb why.

rules prints forty rules of headers, made by chance. packets begins a hundred connections to ports and addresses near each of the
servers, made by chance too, from CLIENT's address of the same family (a list with commas), watches what the daemon at SOCKET decides, and
asks it why for each. Prints how many are decided alike and how by each verdict; fails on the first that is not."""

import collections
import ipaddress
import json
import random
import socket
import sys

COUNT, RULES, WIDTH, PORTS = 100, 40, 20, range(20000, 20200)
VERDICTS = ["via vpn", "main", "drop", "reject"]


def some_rules(chance):
    # as many ports in each and no two the same, so that none is in another's shadow, which would be an error
    for first in chance.sample(PORTS, RULES):
        words = [chance.choice(["tcp", "udp", "proto { tcp, udp }"]), "dport %d-%d" % (first, first + WIDTH)]
        address = ["", "", "daddr 10.9.0.%d/%d", "not daddr 10.9.0.%d/%d", "daddr fd09::%x/%d", "not daddr fd09::%x/%d"]
        kind = chance.choice(address)
        if kind:
            words.append(kind % (chance.randrange(256), chance.randrange(1, 6) + (24 if "10" in kind else 120)))
        yield " ".join(words + [chance.choice(VERDICTS)])


class Daemon:
    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(20)
        self.socket.connect(path)
        self.lines = self.socket.makefile(encoding="utf-8")

    def ask(self, **request):
        self.socket.sendall((json.dumps({"version": 1, **request}) + "\n").encode())
        return self.read()

    def read(self):
        return json.loads(self.lines.readline())


def begin(proto, src, dst, port, kept):
    family = socket.AF_INET6 if ":" in dst else socket.AF_INET
    kind = socket.SOCK_STREAM if proto == "tcp" else socket.SOCK_DGRAM
    kept.append(socket.socket(family, kind))
    kept[-1].setblocking(False)
    kept[-1].bind((src, 0))
    kept[-1].connect_ex((dst, port))
    if proto == "udp":
        kept[-1].send(b"x")


def some_tuples(chance, clients, servers):
    for server in servers:
        address = ipaddress.ip_address(server)
        src = next(c for c in clients if (":" in c) == (":" in server))
        for _ in range(COUNT):
            dst = ipaddress.ip_address(int(address) & ~0xff | chance.randrange(256))
            yield chance.choice(["tcp", "udp"]), src, str(dst), chance.choice(PORTS)


def said(answer):
    return tuple(answer.get(key) for key in ("verdict", "gateway", "rule"))


def packets(chance, path, clients, servers):
    watcher, daemon, kept, counts = Daemon(path), Daemon(path), [], collections.Counter()
    first = watcher.ask(verb="watch")
    assert first["event"] == {"watching": True}, first
    wanted = sorted(set(some_tuples(chance, clients, servers)))
    for one in wanted:
        begin(*one, kept)
    decided = {}
    while not decided.keys() >= set(wanted):
        event = watcher.read()["event"]
        decided[event["proto"], event["src"], event["dst"], event["dport"]] = event
    for proto, src, dst, port in wanted:
        event = decided[proto, src, dst, port]
        why = daemon.ask(verb="why", src=src, dst=dst, port=port, proto=proto)["result"]
        if said(event) != said(why) or not why["final"]:
            sys.exit("%s %s -> %s port %d: a packet got %s, why says %s" % (proto, src, dst, port, said(event), why))
        counts[event["verdict"]] += 1
    print(sum(counts.values()), "alike:", ", ".join("%s %d" % pair for pair in sorted(counts.items())))


if sys.argv[1] == "rules":
    print("\n".join(some_rules(random.Random(int(sys.argv[2])))))
else:
    packets(random.Random(int(sys.argv[2])), sys.argv[3], sys.argv[4].split(","), sys.argv[5:])
