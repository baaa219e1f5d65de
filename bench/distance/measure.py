"""Measures every way over the delay line, in interleaved rounds, and writes results.json and the report. See run."""

import argparse
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

import report
from line import FAR, Line, connect, receive_exactly
from ways import Place

QUESTION = bytes(range(64))
NEEDS = {"greeting": "mariadb", "pool of 10": "postgres", "pgbench -C": "postgres"}
STARTUP = b"\x00\x03\x00\x00user\x00bench\x00database\x00postgres\x00\x00"


def milliseconds(since):
    return (time.monotonic() - since) * 1000


def ask(way):
    """Connect time and time to the first reply, both from the beginning of the connect."""
    began = time.monotonic()
    with way.open("echo") as connection:
        connected = milliseconds(began)
        connection.sendall(QUESTION)
        if receive_exactly(connection, len(QUESTION)) != QUESTION:
            raise OSError("the reply is another one")
        return connected, milliseconds(began)


def greeting(way):
    """The server speaks first: from the connect to the whole greeting of MariaDB."""
    began = time.monotonic()
    with way.open("mariadb") as connection:
        receive_exactly(connection, int.from_bytes(receive_exactly(connection, 4)[:3], "little"))
        return milliseconds(began)


def log_in(way):
    """What a pool does for each of its connections: until PostgreSQL is ready for a query."""
    with connect((way.host, way.ports["postgres"])) as connection:
        connection.sendall((len(STARTUP) + 4).to_bytes(4, "big") + STARTUP)
        while True:
            kind, length = receive_exactly(connection, 1), int.from_bytes(receive_exactly(connection, 4), "big")
            body = receive_exactly(connection, length - 4)
            if kind == b"E":
                raise OSError(body.decode(errors="replace"))
            if kind == b"Z":
                return


def pool(way, size=10):
    failed = []

    def one():
        try:
            log_in(way)
        except OSError as failure:
            failed.append(failure)

    threads = [threading.Thread(target=one) for _ in range(size)]
    began = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failed:
        raise failed[0]
    return milliseconds(began)


def pgbench(way, transactions):
    said = subprocess.run(
        ["pgbench", "-C", "-n", "-c", "1", "-t", str(transactions), "-f", "/dev/stdin", "-h", way.host, "-p", str(way.ports["postgres"]), "-U", "bench", "postgres"],
        input="SELECT 1;\n", capture_output=True, text=True, env={**os.environ, "PGSSLMODE": "disable", "PGGSSENCMODE": "disable"})
    if found := re.search(r"latency average = ([0-9.]+) ms", said.stdout):
        return float(found[1])
    raise OSError(said.stderr.strip()[-200:] or "pgbench said nothing")


def bulk(way, up, seconds):
    """MiB a second of one connection. Upwards counts what the target says that it has."""
    with way.open("bulk") as connection:
        connection.sendall(b"U" if up else b"D")
        began = time.monotonic()
        if not up:
            got, room = 0, bytearray(1 << 18)
            while time.monotonic() - began < seconds:
                got += connection.recv_into(room)
            return got / (1 << 20) / (time.monotonic() - began)
        sender = threading.Thread(target=send_until, args=(connection, began + seconds))
        sender.start()
        got = 0
        while (left := began + seconds - time.monotonic()) > 0:
            connection.settimeout(left)
            try:
                got = int.from_bytes(receive_exactly(connection, 8), "big")
            except TimeoutError:
                break
        taken = time.monotonic() - began
        sender.join()
        return got / (1 << 20) / taken


def send_until(connection, end):
    # Another object on the same socket: a timeout is the object's
    with socket.socket(fileno=os.dup(connection.fileno())) as own:
        own.settimeout(1)
        piece = bytes(1 << 16)
        while time.monotonic() < end:
            try:
                own.send(piece)
            except TimeoutError:
                pass


class Run:
    def __init__(self, asked, line, ways):
        self.asked, self.line, self.ways = asked, line, ways
        self.samples, self.failures = {}, []

    def take(self, what, round_trip, way, measured):
        try:
            self.samples.setdefault(what, {}).setdefault(str(round_trip), {}).setdefault(way.name, []).append(measured())
        except OSError as failure:
            self.failures.append(f"{what}, {round_trip} ms, {way.name}: {failure}")

    def settle(self, way, round_trip):
        """Until what was used is replaced, at a client with connections that stand ready."""
        if way.warm:
            time.sleep(0.1 + 5 * round_trip / 1000)

    def round(self, turn):
        for round_trip in self.asked.round_trips:
            self.line.set(round_trip)
            order = self.ways[turn % len(self.ways):] + self.ways[:turn % len(self.ways)]
            for way in order:
                # The first of a client learns what its gateway takes
                for _ in range(1 if turn else 2):
                    self.take("unmeasured", round_trip, way, lambda way=way: ask(way))
            drivers = [way for way in order if not way.socks and "one message" not in way.name]
            for _ in range(self.asked.samples):
                self.series("first reply", round_trip, order, ask)
            self.series("60 in a row", round_trip, [way for way in order if way.warm or way.name == "direct"], lambda way: [ask(way)[1] for _ in range(60)])
            for _ in range(self.asked.samples):
                self.series("greeting", round_trip, order, greeting)
            self.series("pool of 10", round_trip, drivers, pool)
            self.series("pgbench -C", round_trip, drivers, lambda way: pgbench(way, self.asked.transactions))
            print(f"round {turn + 1}: {round_trip} ms done", file=sys.stderr)
        if "bulk" in self.asked.work:
            self.bulk_round()

    def series(self, what, round_trip, ways, measured):
        for way in ways if what in self.asked.work else []:
            self.settle(way, round_trip)
            self.take(what, round_trip, way, lambda way=way: measured(way))

    def bulk_round(self):
        carried = [way for way in self.ways if way.name in ("direct", "HAProxy") or way.warm]
        for lost in (0, 1000):
            self.line.set(80, lost)
            for up in (False, True):
                for way in carried:
                    self.take(f"bulk {'up' if up else 'down'}, {lost / 10000:g} % lost", 80, way, lambda way=way, up=up: bulk(way, up, self.asked.seconds))
        self.line.set(80)
        print("bulk done", file=sys.stderr)


def main():
    options = argparse.ArgumentParser()
    for name in ("gateway", "output", "commit", "line"):
        options.add_argument("--" + name, required=True)
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--samples", type=int, default=5)
    options.add_argument("--seconds", type=float, default=5)
    options.add_argument("--transactions", type=int, default=10)
    options.add_argument("--only", default="")
    options.add_argument("--work", default="first reply,60 in a row,greeting,pool of 10,pgbench -C,bulk")
    options.add_argument("--round-trips", default="5,20,80")
    options.add_argument("--log")
    asked = options.parse_args()
    # The namespaces and what runs in them end with it, however it is ended
    for ending in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(ending, lambda number, _: sys.exit(128 + number))
    asked.round_trips = [int(each) for each in asked.round_trips.split(",")]
    with tempfile.TemporaryDirectory() as folder:
        line = Line(asked.line, asked.log)
        try:
            line.set(1)
            line.enter_near()
            place = Place(line, folder, os.path.abspath(asked.gateway))
            place.targets({service for work, service in NEEDS.items() if work in asked.work})
            run = Run(asked, line, list(place.ways(lambda name: any(part in name for part in asked.only.split(":")))))
            for turn in range(asked.rounds):
                run.round(turn)
                save(asked, run, place, turn + 1)
        finally:
            line.end()


def save(asked, run, place, rounds):
    """After each round, so that a run that is broken off has those that it finished."""
    os.makedirs(asked.output, exist_ok=True)
    results = {"when": time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime()), "commit": asked.commit, "rounds": rounds, "samples": asked.samples, "seconds": asked.seconds, "transactions": asked.transactions, "congestion": report.congestion(),
               "machine": report.machine(), "ways": [{"name": way.name, "ours": way.ours, "warm": way.warm} for way in run.ways],
               "left_out": place.left_out, "failures": run.failures, "figures": {what: each for what, each in run.samples.items() if what != "unmeasured"}}
    with open(os.path.join(asked.output, "results.json"), "w") as file:
        json.dump(results, file, indent=None, separators=(",", ":"))
    report.write(asked.output, results)


if shutil.which("ip") is None:
    raise SystemExit("ip is missing (Debian: iproute2)")
main()
