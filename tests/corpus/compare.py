#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs `nfqroute explain --json` over captures with ground truth and compares.

usage: compare.py [--program FILE] [--list] [--proto NAME] [--robust] CORPUS

CORPUS holds captures and manifest.tsv, a line a flow (its README says how it was labelled). A flow counts if both
labellers agree about it and a queue would see it from its start. For those,

  app   is right if explain names the manifest's protocol or one that runs in it, wrong if it names another one
  host  is compared where the name was in the packets that an undecided connection is given by default

Flows of protocols that nfqroute has no name for cannot be right; they can still be wrong, if explain takes them for
something else. Exit status: 0 the bars are met, 1 they are not, or explain failed, 2 no corpus.
"""

import argparse
import collections
import csv
import ipaddress
import json
import pathlib
import subprocess
import sys

# The manifest's name (tshark's or nDPI's): another name that is as right.
NAMES = {
    "pgsql": "postgresql",
    "http2": "http",
    "smtps": "tls",
    "source_engine": "steam",
    "halflife2": "steam",
    "steamdatagramrelay": "steam",
    "tailscale": "wireguard",
    "cloudflarewarp": "wireguard",
}
# Names of services rather than protocols: the manifest calls the flow by its owner, explain by what is spoken.
# Lines of the manifest that the bytes contradict: file and flow, and what the bytes say.
DISPUTED = {
    ("sv__smtp-attachment-md5.pcap", "t0"):
        "labelled mqtt; the server says '220 linuxbox -- E-MailRelay V2.1a', the client 'HELO linuxbox': SMTP",
}
SERVICES = {
    "whatsapp", "viber", "spotify", "zoom", "xiaomi", "threema", "discord", "linecall", "imo", "dingtalk",
    "amazonvideo", "iqiyi", "teamviewer", "nintendo", "epicgames", "riotgames", "tencentgames", "neteasegames",
    "genshinimpact", "kakaotalk_voice", "truphone", "activision", "gaijinentertainment", "cod_mobile", "i3d",
    "alicloud", "avast", "dropbox", "tocaboca", "sonos", "amongus", "pathofexile", "merakicloud", "ookla", "softether",
}
NOT_COUNTED = {"inner_ip", "pppoe", "mpls", "asym_s", "midstream"}
# Whose names must be found on every flow: ClientHellos in many pieces, out of order, repeated, with gaps.
HARD = ("ndpi__tls_with_huge_ch", "zeek__quic-quic-39264-rand", "sv__quic-frag-middle-gap",
        "sv__quic-frag-unordered", "mercury__quic_reordered_frames", "ndpi__quic_frags_different_dcid")
PAYLOAD_PACKETS = 24  # option budget-packets
BAR_HOST, BAR_APP = 99.5, 98.0
FILES_A_RUN = 100


def fail(message, status):
    print(f"corpus: {message}", file=sys.stderr)
    sys.exit(status)


def run_explain(program, paths):
    """The flows of each file, by its name; ends if the program crashed or printed what is no JSON."""
    flows = collections.defaultdict(list)
    for i in range(0, len(paths), FILES_A_RUN):
        part = paths[i:i + FILES_A_RUN]
        done = subprocess.run([program, "explain", "--json", *map(str, part)], capture_output=True, text=True,
                              timeout=600, check=False)
        if done.returncode not in (0, 1) or "runtime error" in done.stderr or "Sanitizer" in done.stderr:
            narrow(program, part, done)
        for line in done.stdout.splitlines():
            flow = json.loads(line)
            flows[pathlib.Path(flow["file"]).name].append(flow)
    return flows


def read_flows(path):
    """The same from a file."""
    flows = collections.defaultdict(list)
    with open(path, encoding="utf-8", errors="replace") as lines:
        for line in lines:
            flow = json.loads(line)
            flow["app"] = flow["app"] and flow["app"].lower()
            flows[pathlib.Path(flow["file"]).name].append(flow)
    return flows


def narrow(program, paths, failed):
    """Names the capture that a run over several failed on, and ends."""
    for path in paths:
        done = subprocess.run([program, "explain", "--json", str(path)], capture_output=True, text=True, timeout=600,
                              check=False)
        if done.returncode not in (0, 1) or "Sanitizer" in done.stderr:
            fail(f"{path}: explain ended with {done.returncode}\n{done.stderr}", 1)
    fail(f"explain ended with {failed.returncode} over {len(paths)} files\n{failed.stderr}", 1)


def within(program):
    """What each app runs in, by name; None at the top."""
    done = subprocess.run([program, "list", "--json", "apps"], capture_output=True, text=True, check=True)
    return {app["name"]: app["within"] for app in json.loads(done.stdout)}


def endpoints(transport, a, a_port, b, b_port):
    """The same for both directions."""
    ends = sorted([(ipaddress.ip_address(a), int(a_port)), (ipaddress.ip_address(b), int(b_port))], key=str)
    return transport, *ends


class Pool:
    """The flows that explain found in one file, to be shared out to the manifest's lines. The two do not always agree
    where a UDP connection ends: the manifest has one line for a tuple whatever its pauses, explain begins anew after
    30 or 120 s as the kernel does; and the manifest has several lines where one SNMP session follows another. So the
    n-th line of a tuple gets the n-th flow, the last line all that are left, and a line too many the last flow again."""

    def __init__(self, flows):
        self.by_ends = collections.defaultdict(list)
        for flow in flows:
            if flow["proto"] in ("tcp", "udp") and flow["sport"] is not None:
                key = endpoints(flow["proto"], flow["src"], flow["sport"], flow["dst"], flow["dport"])
                self.by_ends[key].append(flow)

    def take(self, key, number, is_last):
        flows = self.by_ends[key]
        if is_last and number < len(flows):
            return flows[number:]
        if key[0] == "udp":
            number = min(number, len(flows) - 1)
        return flows[number:number + 1] if number >= 0 else []


def same_host(manifest):
    """The manifest's host as explain writes hosts: lower case, no port, no trailing dot, no brackets."""
    host = manifest.lower().strip()
    if host.startswith("["):
        return host[1:].split("]")[0]
    if host.count(":") == 1:
        host = host.split(":")[0]
    return host[:-1] if host.endswith(".") else host


def counts(row):
    if (row["file"], row["flow"]) in DISPUTED:
        return False
    return row["conf"] == "high" and not NOT_COUNTED & {tag.split("=")[0] for tag in row["tags"].split(",")}


def judge_app(row, apps_seen, parents):
    """right, missed or wrong, or None where the protocol has no name here and nothing was said."""
    names = {row["proto"], NAMES.get(row["proto"])}
    accepted = names | {name for also in row["also"].split(",") for name in (also, NAMES.get(also))}
    for app in apps_seen:
        line = [app]
        while parents.get(line[-1]):
            line.append(parents[line[-1]])
        if names & set(line):
            return "right"
        if not accepted & set(line) and row["proto"] not in SERVICES:
            return "wrong"
    if apps_seen and row["proto"] in SERVICES:
        return None
    return "missed" if names & set(parents) else None


def judge_host(row, hosts_seen):
    """right, missed or wrong, or None where there is no name to be found."""
    expected = same_host(row["host"])
    if row["host"] in ("-", "<Root>"):
        return None
    if expected in hosts_seen:
        return "right"
    if not row["host_pkt"].isdigit() or int(row["host_pkt"]) > PAYLOAD_PACKETS or row["host_from"].startswith("tshark!="):
        return None
    return "wrong" if hosts_seen else "missed"


def read_manifest(corpus):
    with open(corpus / "manifest.tsv", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


def match(rows, flows):
    """Pairs each line of the manifest with explain's flows."""
    by_file = collections.defaultdict(list)
    for row in rows:
        by_file[row["file"]].append(row)
    for name, lines in by_file.items():
        pool = Pool(flows.get(name, []))
        keys = [endpoints(r["transport"], r["client_ip"], r["client_port"], r["server_ip"], r["server_port"])
                for r in lines]
        lines_of, taken = collections.Counter(keys), collections.Counter()
        for row, key in zip(lines, keys):
            yield row, pool.take(key, taken[key], taken[key] + 1 == lines_of[key])
            taken[key] += 1


def score(rows, flows, parents):
    """One result a line: the line, what was seen, how app and host compare, at which packet."""
    for row, found in match(rows, flows):
        seen = [flow["app"] for flow in found if flow["app"]]
        hosts = {flow["host"] for flow in found if flow["host"]}
        packets = [flow["decided_packet"] for flow in found if flow["app"] and flow["decided_packet"]]
        yield {"row": row, "found": found, "apps": seen, "hosts": hosts, "counts": counts(row),
               "app": judge_app(row, seen, parents), "host": judge_host(row, hosts),
               "packet": packets[0] if packets else None}


def print_table(results):
    table = collections.defaultdict(collections.Counter)
    packets = collections.defaultdict(list)
    for result in results:
        line = table[result["row"]["proto"]]
        line["flows"] += 1
        line[f"app {result['app']}"] += 1
        line[f"host {result['host']}"] += 1
        if result["app"] == "right" and result["packet"]:
            packets[result["row"]["proto"]].append(result["packet"])
    print(f"{'protocol':18}{'flows':>6}{'right':>7}{'missed':>7}{'wrong':>6}   {'hosts':>6}{'missed':>7}{'wrong':>6}"
          f"   at packet: median, latest")
    for proto, line in sorted(table.items(), key=lambda item: (-item[1]["flows"], item[0])):
        if not line["app right"] and not line["app missed"] and not line["app wrong"] and not line["host wrong"]:
            continue
        at = sorted(packets[proto])
        when = f"   {at[len(at) // 2]}, {at[-1]}" if at else ""
        print(f"{proto:18}{line['flows']:6}{line['app right']:7}{line['app missed']:7}{line['app wrong']:6}   "
              f"{line['host right']:6}{line['host missed']:7}{line['host wrong']:6}{when}")


def print_list(results):
    for result in results:
        row = result["row"]
        verdicts = [f"{what} {result[what]}" for what in ("app", "host") if result[what] in ("missed", "wrong")]
        if not verdicts:
            continue
        found = "; ".join(f"flow {f.get('flow', '')}: {f['app']} {f['host']}" for f in result["found"]) or "no flow"
        print(f"{row['file']} {row['flow']} {row['transport']} {row['client_ip']}:{row['client_port']} > "
              f"{row['server_ip']}:{row['server_port']}: {', '.join(verdicts)}; expected {row['proto']} {row['host']} "
              f"(packet {row['decide_pkt']}, name {row['host_pkt']}; {row['tags']}), found {found}")


def bar(name, right, total, least):
    percent = 100 * right / total if total else 100
    met = percent >= least
    print(f"{name:36}{right:6} of {total:<6}{percent:7.2f} %   bar {least} %   {'met' if met else 'MISSED'}")
    return met


def print_bars(results):
    of = collections.Counter(f"{what} {result[what]}" for result in results for what in ("app", "host"))
    hard = [result for result in results if result["host"] and result["row"]["file"].startswith(HARD)]
    unnamed = sum(1 for result in results if result["app"] is None)
    print(f"\n{len(results)} flows count; {unnamed} of them are of protocols that have no name here")
    for (file, flow), why in sorted(DISPUTED.items()):
        print(f"not counted: {file} {flow}, {why}")
    met = [bar("app right", of["app right"], of["app right"] + of["app missed"] + of["app wrong"], BAR_APP),
           bar("app not wrong", len(results) - of["app wrong"], len(results), 100),
           bar("host right", of["host right"], of["host right"] + of["host missed"] + of["host wrong"], BAR_HOST),
           bar("host right on the hard ones", sum(r["host"] == "right" for r in hard), len(hard), 100)]
    return all(met)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--program", default="build/nfqroute")
    parser.add_argument("--list", action="store_true", help="print every miss and every wrong answer")
    parser.add_argument("--all", action="store_true", help="take the flows that do not count as well")
    parser.add_argument("--proto", help="only the flows that the manifest calls this")
    parser.add_argument("--flows", type=pathlib.Path, help="judge the flows in this file, as another program saw them: "
                        "JSON lines with explain's keys, apps by any case")
    parser.add_argument("--robust", action="store_true", help="only see that explain survives every capture")
    parser.add_argument("corpus", type=pathlib.Path)
    args = parser.parse_args()

    if not (args.corpus / "manifest.tsv").exists():
        fail(f"there is no manifest.tsv in {args.corpus}", 2)
    paths = sorted(path for path in args.corpus.iterdir() if path.suffix in (".pcap", ".pcapng", ".cap"))
    flows = read_flows(args.flows) if args.flows else run_explain(args.program, paths)
    if args.robust:
        print(f"{len(paths)} captures, {sum(map(len, flows.values()))} flows, no crash")
        return 0
    results = [result for result in score(read_manifest(args.corpus), flows, within(args.program))
               if (result["counts"] or args.all) and args.proto in (None, result["row"]["proto"])]
    print_table(results)
    if args.list:
        print()
        print_list(results)
    return 0 if print_bars(results) else 1


if __name__ == "__main__":
    sys.exit(main())
