#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""same-decisions.py LOG FLOWS ADDRESS...: every decision in the daemon's log (-v) about a connection that one of the
addresses has begun is what explain --json says of the same connection in FLOWS: verdict, gateway, rule, app and host.
The capture has to be from their side: on the other a moved connection ends. Prints how many agree; fails on the first
that does not."""

import collections
import json
import re
import sys

LINE = re.compile(
    r"(?P<proto>tcp|udp) (?P<src>\S+) -> (?P<dst>\S+?)(?: app (?P<app>\S+))?(?: host (?P<host>\S+)(?: \(by DNS\))?)?(?: alpn \S+)?: "
    r"(?:(?P<rule>\S+:\d+) |[a-z].*? )?(?P<verdict>via|main|drop|reject)(?: (?P<gateway>\w+))? mark 0x")


def end(text):
    address, _, port = text.rpartition(":")
    return address.strip("[]"), int(port)


def decisions(path):
    with open(path, encoding="utf-8", errors="replace") as lines:
        for line in lines:
            found = LINE.search(line)
            if found and "connection from before" not in line:
                yield line.rstrip(), found


def main():
    flows = collections.defaultdict(list)
    for line in open(sys.argv[2], encoding="utf-8"):
        flow = json.loads(line)
        flows[flow["proto"], (flow["src"], flow["sport"]), (flow["dst"], flow["dport"])].append(flow)
    agreed = 0
    for line, found in decisions(sys.argv[1]):
        if end(found["src"])[0] not in sys.argv[3:]:
            continue
        said = {name: found[name] for name in ("verdict", "gateway", "rule")}
        if found["verdict"] == "main":
            said["gateway"] = None
        for name in ("app", "host"):
            if found[name]:
                said[name] = found[name]
        same = flows[found["proto"], end(found["src"]), end(found["dst"])]
        if not any(all(flow[name] == value for name, value in said.items()) for flow in same):
            sys.exit(f"the daemon: {line}\nexplain:    {json.dumps(same)}")
        agreed += 1
    print(f"{agreed} decisions agree")
    return 0 if agreed else 1


if __name__ == "__main__":
    sys.exit(main())
