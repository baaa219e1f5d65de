"""Tables, bars and the picture from results.json: python3 report.py FOLDER renders them again."""

import json
import os
import platform
import statistics
import sys

COLOURS = {"5": "#9ecae1", "20": "#4292c6", "80": "#08519c"}


def machine():
    with open("/proc/cpuinfo") as cpus:
        name = next((line.split(":")[1].strip() for line in cpus if line.startswith("model name")), platform.machine())
    return f"{name}, {os.cpu_count()} cores, kernel {platform.release()}"


def congestion():
    """A new namespace has that of the machine, and most kernels let it choose no other."""
    with open("/proc/sys/net/ipv4/tcp_congestion_control") as name:
        return name.read().strip()


class Figures:
    def __init__(self, results):
        self.results, self.all = results, results["figures"]
        self.trips = list(next((each for what, each in self.all.items() if not what.startswith("bulk")), {}))
        self.names = [way["name"] for way in results["ways"]]

    def of(self, what, round_trip, way, pick=lambda sample: sample, over=statistics.median):
        samples = self.all.get(what, {}).get(round_trip, {}).get(way)
        return over([pick(sample) for sample in samples]) if samples else None

    def reply(self, round_trip, way):
        return self.of("first reply", round_trip, way, lambda sample: sample[1])

    def row(self, round_trip, way, over=statistics.median):
        return self.of("60 in a row", round_trip, way, over)


def cell(value, direct):
    return "–" if value is None else f"{value:.1f} ({value / direct:.2f})" if direct else f"{value:.1f}"


def table(head, rows):
    return ["| " + " | ".join(head) + " |", "|---" + "|---:" * (len(head) - 1) + "|", *("| " + " | ".join(row) + " |" for row in rows), ""]


def by_round_trip(figures, title, value):
    trips = figures.trips
    rows = [[way, *(cell(value(trip, way), value(trip, "direct")) for trip in trips)] for way in figures.names if any(value(trip, way) is not None for trip in trips)]
    return [] if not rows else [f"### {title}", "", *table(["", *(f"{trip} ms" for trip in trips)], rows)]


def bars(figures):
    """What was promised at 20 and 80 ms, each with what was measured."""
    def line(what, limit, value, direct, at_least=False):
        if value is None or direct is None:
            return []
        ratio = value / direct
        kept = ratio >= limit if at_least else ratio <= limit
        return [[what, f"{'≥' if at_least else '≤'} {limit:.2f}", f"{ratio:.2f} ✓" if kept else f"**{ratio:.2f} ✗**"]]

    rows = []
    for trip in ("20", "80"):
        if trip not in figures.trips:
            continue
        direct = figures.reply(trip, "direct")
        for login in ("no login", "password", "TLS + password"):
            warm, cold, secured = f"forward, {login}, warm", f"forward, {login}, cold", login.startswith("TLS")
            rows += line(f"{trip} ms: first reply, {login}, warm", 0.6, figures.reply(trip, warm), direct)
            rows += line(f"{trip} ms: first reply, {login}, cold", 1.7 if secured else 1.15, figures.reply(trip, cold), direct)
            rows += line(f"{trip} ms: 60 in a row, {login}, median", 0.75, figures.row(trip, warm), figures.row(trip, "direct"))
            rows += line(f"{trip} ms: 60 in a row, {login}, worst of 60 (median of the rounds)", 2, figures.row(trip, warm, max), figures.row(trip, "direct"))
            rows += line(f"{trip} ms: server speaks first, {login}, warm", 0.6, figures.of("greeting", trip, warm), figures.of("greeting", trip, "direct"))
            rows += line(f"{trip} ms: pgbench -C, {login}, warm", 1, figures.of("pgbench -C", trip, warm), figures.of("pgbench -C", trip, "direct"))
    for what in figures.all:
        if what.startswith("bulk"):
            for way in figures.names:
                if way.startswith("forward"):
                    rows += line(f"80 ms: {what}, {way.removeprefix('forward, ').removesuffix(', warm')}", 0.95, figures.of(what, "80", way), figures.of(what, "80", "direct"), at_least=True)
    return ["### Bars", "", "Ratios to direct.", "", *table(["", "bar", "measured"], rows)]


def bulk(figures):
    whats = [what for what in figures.all if what.startswith("bulk")]
    rows = []
    for way in figures.names:
        values = [(figures.of(what, "80", way), figures.of(what, "80", "direct")) for what in whats]
        if any(value is not None for value, _ in values):
            rows.append([way, *("–" if value is None else f"{value:.2f} ({value / direct:.2f})" for value, direct in values)])
    return ["### One connection over 80 ms, MiB/s", "", *table(["", *(what.removeprefix("bulk ") for what in whats)], rows)] if whats else []


def picture(figures, path):
    """First replies in round trips: a group of bars for each way, a colour for each distance."""
    trips = [trip for trip in figures.trips]
    left, scale, bar, gap = 290, 110, 9, 10
    group = bar * len(trips) + gap
    height, width = 60 + group * len(figures.names), left + scale * 6 + 70
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" font-family="sans-serif" font-size="13">',
           f'<rect width="{width}" height="{height}" fill="white"/>',
           '<text x="10" y="20" font-size="15" font-weight="bold">From connect to the first reply, in round trips</text>']
    for at, trip in enumerate(trips):
        out += [f'<rect x="{left + 250 + at * 90}" y="9" width="12" height="12" fill="{COLOURS[trip]}"/>', f'<text x="{left + 267 + at * 90}" y="20">{trip} ms</text>']
    for trips_away in range(7):
        x = left + trips_away * scale
        out += [f'<line x1="{x}" y1="35" x2="{x}" y2="{height - 22}" stroke="#ccc"/>', f'<text x="{x}" y="{height - 6}" text-anchor="middle">{trips_away}</text>']
    for row, way in enumerate(figures.names):
        top = 40 + row * group
        weight = ' font-weight="bold"' if way == "direct" or way.endswith("warm") else ""
        out.append(f'<text x="{left - 8}" y="{top + bar * len(trips) / 2 + 4}" text-anchor="end"{weight}>{way}</text>')
        for at, trip in enumerate(trips):
            value = figures.reply(trip, way)
            if value is not None:
                count = value / float(trip)
                end = left + min(count, 6.2) * scale
                out.append(f'<rect x="{left}" y="{top + at * bar}" width="{end - left:.1f}" height="{bar - 1}" fill="{COLOURS[trip]}"/>')
                out.append(f'<text x="{end + 3:.1f}" y="{top + at * bar + bar - 1}" font-size="9">{count:.1f}</text>')
    with open(path, "w") as file:
        file.write("\n".join([*out, "</svg>", ""]))


def write(folder, results):
    figures = Figures(results)
    has_picture = "first reply" in figures.all
    if has_picture:
        picture(figures, os.path.join(folder, "first-reply.svg"))
    lines = [
        f"# Over distance, {results['when']}", "",
        f"One interleaved run: {results['rounds']} rounds, {results['samples']} first replies a round and way, {results['transactions']} transactions of pgbench, {results['seconds']:g} s a bulk sample. "
        f"Commit {results['commit']}. {results['machine']}, TCP congestion control {results['congestion']}.", "",
        "A delay line (`bench/distance/delay.c`) joins two network namespaces. The client, `forward`, ssh and stunnel's client end are near; target, gateways, HAProxy, socat, sshd and stunnel's server are far.",
        "Medians in ms; in brackets the ratio to direct.", "", *(["![First replies in round trips](first-reply.svg)", ""] if has_picture else []), *bars(figures),
        *by_round_trip(figures, "From connect to the first reply", figures.reply),
        *by_round_trip(figures, "Connect, as the client sees it", lambda trip, way: figures.of("first reply", trip, way, lambda sample: sample[0])),
        *by_round_trip(figures, "60 one after another, without pause: median", figures.row),
        *by_round_trip(figures, "60 one after another: the worst, median of the rounds", lambda trip, way: figures.row(trip, way, max)),
        *by_round_trip(figures, "A server that speaks first: from connect to MariaDB's greeting", lambda trip, way: figures.of("greeting", trip, way)),
        *by_round_trip(figures, "pgbench -C: latency of a transaction with its connection", lambda trip, way: figures.of("pgbench -C", trip, way)),
        *by_round_trip(figures, "A pool's start: 10 connections at once, until the last is ready for a query", lambda trip, way: figures.of("pool of 10", trip, way)),
        *bulk(figures)]
    lines += [f"Left out: {name}: {why}." for name, why in results["left_out"].items()]
    lines += ["", f"Failed samples: {len(results['failures'])}.", *(f"- {failure}" for failure in results["failures"][:20])]
    with open(os.path.join(folder, "README.md"), "w") as file:
        file.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    with open(os.path.join(sys.argv[1], "results.json")) as kept:
        write(sys.argv[1], json.load(kept))
