#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""plot.py - draws what the benchmarks have printed

usage: plot.py DIRECTORY >docs/performance.svg        (make bench-plot)

DIRECTORY holds the tables of `make bench-queue`, `-latency`, `-peers` and `-scale` as they were printed, one file each.
What is not there is not drawn.
"""
import math
import re
import sys
from html import escape
from pathlib import Path

WIDTH, LABEL, BAR, LINE, TOP = 860, 270, 460, 20, 44
COLOURS = ("#2b6cb0", "#dd6b20", "#2f855a", "#9b2c2c", "#6b46c1", "#4a5568", "#b7791f", "#00798c")
OURS, OTHERS, LIGHT = COLOURS[0], "#a0aec0", "#90cdf4"


def rows(path, pattern):
    """The groups of all lines of a table that look so."""
    if not path.exists():
        return []
    found = (re.match(pattern, line) for line in path.read_text().splitlines())
    return [match.groups() for match in found if match]


class Drawing:
    def __init__(self):
        self.parts, self.height = [], 10

    def text(self, x, y, words, anchor="start", size=12, weight="normal"):
        self.parts.append(f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" font-weight="{weight}" '
                          f'text-anchor="{anchor}">{escape(words)}</text>')

    def rectangle(self, x, y, width, height, colour):
        self.parts.append(f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height}" fill="{colour}"/>')

    def line(self, points, colour, dashed=False, width=2):
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        dash = ' stroke-dasharray="4 3"' if dashed else ""
        self.parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="{width}"{dash}/>')

    def title(self, words):
        self.text(10, self.height + 20, words, size=14, weight="bold")
        self.height += TOP

    def svg(self):
        return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {self.height + 10}" '
                f'font-family="sans-serif">\n<rect width="100%" height="100%" fill="white"/>\n'
                + "\n".join(self.parts) + "\n</svg>\n")


def bars(drawing, title, entries, limits=()):
    """entries: (name, value, words, second value or None); limits: (value, words, anchor of them) as lines across."""
    if not entries:
        return
    drawing.title(title)
    scale = BAR / max(max(e[1], e[3] or 0) for e in entries)
    begin = drawing.height
    for name, value, words, second in entries:
        y = drawing.height
        drawing.text(LABEL - 8, y + 13, name, "end")
        if second:
            drawing.rectangle(LABEL, y + 1, second * scale, LINE - 5, LIGHT if "nfqroute" in name else "#e2e8f0")
        drawing.rectangle(LABEL, y + 1, value * scale, LINE - 5, OURS if "nfqroute" in name else OTHERS)
        drawing.text(LABEL + max(value, second or 0) * scale + 6, y + 13, words)
        drawing.height += LINE
    for value, words, anchor in limits:
        x = LABEL + value * scale
        drawing.line([(x, begin - 4), (x, drawing.height)], "#c53030", dashed=True, width=1)
        drawing.text(x, begin - 8, words, anchor, size=10)
    drawing.height += 10


def growth(drawing, title, series, most_wanted):
    """series: {name: [(size, ratio), ...]}: ratio to the smallest size over the size, which is logarithmic."""
    if not series:
        return
    drawing.title(title)
    top, height, width = drawing.height, 220, 420
    most = max(most_wanted + 0.2, max(ratio for points in series.values() for _, ratio in points))
    sizes = [size for points in series.values() for size, _ in points]
    low, high = math.log10(min(sizes)), math.log10(max(sizes))

    def place(size, ratio):
        return 60 + (math.log10(size) - low) / (high - low) * width, top + height - ratio / most * height

    for ratio in range(0, int(most) + 1):
        y = place(10 ** low, ratio)[1]
        limit = ratio == most_wanted
        drawing.line([(60, y), (60 + width, y)], "#c53030" if limit else "#e2e8f0", dashed=limit, width=1)
        drawing.text(52, y + 4, f"{ratio}x", "end", size=11)
    for power in range(math.ceil(low), int(high) + 1):
        drawing.text(place(10 ** power, 0)[0], top + height + 16, f"{10 ** power:,}", "middle", size=11)
    for number, (name, points) in enumerate(series.items()):
        colour = COLOURS[number % len(COLOURS)]
        drawing.line([place(*point) for point in points], colour)
        drawing.rectangle(520, top + number * LINE + 2, 14, 10, colour)
        drawing.text(540, top + number * LINE + 12, f"{name}: {points[-1][1]:.2f}x")
    drawing.height += height + 30


def queue_path(drawing, directory):
    table = rows(directory / "queue.txt", r"(\S.{35}) +(\d+) +([\d.]+) +[\d.]+ +[\d.]+ +([\d.]+) +[\d.]+ +[\d.]+$")
    base = next((int(ns) for name, ns, *_ in table if "many packets" in name), 0)
    single = next((int(ns) for name, ns, *_ in table if "one packet" in name), 0)
    bars(drawing, "The queue path: CPU per packet, ns (every packet a new connection)",
         [(name.strip(), int(ns), f"{ns}  ({batch} / {one})", None) for name, ns, batch, one in table],
         [(1.10 * base, "1.10", "start"), (0.80 * single, "0.80", "end")] if base and single else [])


def latency(drawing, directory):
    table = rows(directory / "latency.txt", r"(\S.{31}) +(\d+) (\d+) +\d+ \d+ +(\d+) (\d+) +\d+ \d+")
    for what, at in (("idle", 1), ("beside 20,000 new connections a second", 3)):
        bars(drawing, f"TCP connect, us: median and 99th percentile, {what}",
             [(row[0].strip(), int(row[at]), f"{row[at]}, {row[at + 1]}", int(row[at + 1])) for row in table])


def peers(drawing, directory):
    table = rows(directory / "peers.txt", r"(\S.{37}) +(\d+) +(\d+) +([\d.]+) +[\d.]+ +[\d.]+ +(\d+) +[\d.]+ +[\d.]+ +[\d.]+$")
    half = len(table) // 2
    for what, part in (("UDP, a connection a packet", table[:half]), ("TLS connections by name", table[half:])):
        bars(drawing, f"CPU per connection, ns: {what} (dark: the program alone)",
             [(name.strip(), int(own), f"{every}  ({ratio})", int(every)) for name, own, every, ratio, _ in part])


def scale(drawing, directory):
    series = {}
    for name, size, ratio in rows(directory / "scale.txt", r"(\S.{17,23}?) +(\d+) +[\d.]+ +([\d.]+)"):
        series.setdefault(name.strip(), []).append((int(size), float(ratio)))
    few = {name: points for name, points in series.items() if name.startswith("patterns")}
    growth(drawing, "Lists and rules as they grow: cost to that of the smallest",
           {name: points for name, points in series.items() if name not in few}, 2)
    growth(drawing, "Payload patterns as they grow: cost to that of one", few, 5)


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    drawing, directory = Drawing(), Path(sys.argv[1])
    for part in (queue_path, latency, peers, scale):
        part(drawing, directory)
    if not drawing.parts:
        sys.exit(f"plot.py: no tables in {directory}: make bench-queue bench-latency bench-peers bench-scale first")
    sys.stdout.write(drawing.svg())


main()
