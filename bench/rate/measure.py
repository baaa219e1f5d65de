#!/usr/bin/env python3
"""What a rate costs the gateway: CPU a GiB with --session-rate beside the same without, over a cable between two network namespaces.

    bench/rate/measure.py GATEWAY [--rounds N] [--transport epoll,sockets] [--results FOLDER]

Two gateways of one program stand in one namespace, clients and targets in the other. Each sample moves the same bytes through both, one after the other;
which goes first alternates. CPU is what the gateway's threads ran (schedstat), without the kernel's work for the cable outside of them. Needs root.
"""
import argparse
import json
import os
import re
import socket
import statistics
import struct
import subprocess
import sys
import tempfile
import threading
import time

GATEWAY, TARGET = "192.0.2.1", "192.0.2.2"
# Name, sessions, bytes of each, rate of each in bits a second
LOADS = {
    "50 down": (50, 20 << 20, 20_000_000, b"d"),
    "50 up": (50, 20 << 20, 20_000_000, b"u"),
    "1 down": (1, 256 << 20, 200_000_000, b"d"),
}
BLOCK = bytes(1 << 20)


def namespace():
    holder = subprocess.Popen(["unshare", "--net", "sh", "-c", "ip link set lo up; echo ready; exec sleep 7200"], stdout=subprocess.PIPE, text=True)
    assert holder.stdout.readline() == "ready\n", "a network namespace cannot be made: this needs root"
    return holder


def inside(holder, *words):
    return ["nsenter", f"--net=/proc/{holder.pid}/ns/net", *words]


def serve(listener):
    """A target: the first 9 bytes say which way, and how many bytes."""
    def one(peer):
        with peer:
            word = peer.recv(9, socket.MSG_WAITALL)
            many = struct.unpack(">Q", word[1:])[0]
            if word[:1] == b"d":
                while many:
                    many -= peer.send(memoryview(BLOCK)[:min(many, len(BLOCK))])
            else:
                room = bytearray(1 << 20)
                while many:
                    many -= peer.recv_into(room)
                peer.send(b"k")
            peer.recv(1)

    while True:
        threading.Thread(target=one, args=(listener.accept()[0],), daemon=True).start()


def move(gateway, port, many, way):
    """One session's bytes."""
    with socket.create_connection(gateway) as client:
        client.sendall(b"\5\1\0\5\1\0\1" + socket.inet_aton(TARGET) + struct.pack(">H", port) + way + struct.pack(">Q", many))
        assert client.recv(12, socket.MSG_WAITALL)[3] == 0, "the gateway refuses"
        if way == b"d":
            room = bytearray(1 << 20)
            while many:
                many -= client.recv_into(room)
        else:
            while many:
                many -= client.send(memoryview(BLOCK)[:min(many, len(BLOCK))])
            client.recv(1)


def worker():
    """Runs in the clients' namespace: a line "PORT SESSIONS BYTES WAY" moves that, and the answer is how long it took."""
    listener = socket.create_server((TARGET, 0), backlog=1024)
    threading.Thread(target=serve, args=(listener,), daemon=True).start()
    for line in sys.stdin:
        port, sessions, many, way = line.split()
        began = time.monotonic()
        threads = [threading.Thread(target=move, args=((GATEWAY, int(port)), listener.getsockname()[1], int(many), way.encode())) for _ in range(int(sessions))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        print(time.monotonic() - began, flush=True)


class Gateway:
    def __init__(self, program, holder, transport, rate):
        self.log = tempfile.NamedTemporaryFile("r")
        options = ["--session-rate", str(rate)] if rate else []
        self.process = subprocess.Popen(inside(holder, program, "run", "--listen", f"{GATEWAY}:0", "--no-auth", "--admin", "off", "--allow", TARGET,
                                               "--transport", transport, *options), stdout=subprocess.DEVNULL, stderr=open(self.log.name, "w"))
        for _ in range(200):
            found = re.search(re.escape(GATEWAY) + r":(\d+)", open(self.log.name).read())
            if found:
                self.port = int(found.group(1))
                return
            time.sleep(0.1)
        raise RuntimeError("the gateway does not listen:\n" + open(self.log.name).read())

    def cpu(self):
        total = 0
        for task in os.listdir(f"/proc/{self.process.pid}/task"):
            try:
                total += int(open(f"/proc/{self.process.pid}/task/{task}/schedstat").read().split()[0])
            except OSError:
                pass
        return total / 1e9

    def end(self):
        self.process.terminate()
        self.process.wait()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("gateway")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--transport", default="epoll,sockets")
    parser.add_argument("--results")
    wanted = parser.parse_args()
    here, there = namespace(), namespace()
    subprocess.run(["ip", "link", "add", "cable", "netns", str(here.pid), "type", "veth", "peer", "name", "cable", "netns", str(there.pid)], check=True)
    for holder, address in ((here, GATEWAY), (there, TARGET)):
        subprocess.run(inside(holder, "ip", "address", "add", address + "/24", "dev", "cable"), check=True)
        subprocess.run(inside(holder, "ip", "link", "set", "cable", "up"), check=True)
    clients = subprocess.Popen(inside(there, sys.executable, os.path.abspath(__file__), "--worker"), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    samples = []
    try:
        for transport in wanted.transport.split(","):
            for load, (sessions, many, rate, way) in LOADS.items():
                pair = {"without": Gateway(wanted.gateway, here, transport, 0), "with": Gateway(wanted.gateway, here, transport, rate)}
                for number in range(-1, wanted.rounds):
                    for name in list(pair) if number % 2 else reversed(pair):
                        gateway = pair[name]
                        # The first of each warms up, with less
                        size = many if number >= 0 else many // 8
                        before = gateway.cpu()
                        print(gateway.port, sessions, size, way.decode(), file=clients.stdin, flush=True)
                        seconds = float(clients.stdout.readline())
                        used = (gateway.cpu() - before) / (sessions * size / 2 ** 30)
                        if number >= 0:
                            samples.append({"transport": transport, "load": load, "rate": name, "round": number, "cpu_s_per_gib": used, "seconds": seconds})
                            print(f"{transport} {load} {name}: {used:.3f} s of CPU a GiB in {seconds:.1f} s", flush=True)
                for gateway in pair.values():
                    gateway.end()
    finally:
        clients.kill()
        for holder in (here, there):
            holder.kill()
    report(samples, wanted)


def report(samples, wanted):
    lines = ["| transport | sessions | rate of each | CPU a GiB without | with | ratio (median of pairs) |", "|---|---|---|---|---|---|"]
    for transport in wanted.transport.split(","):
        for load, (_, _, rate, _) in LOADS.items():
            of = {name: [s["cpu_s_per_gib"] for s in samples if (s["transport"], s["load"], s["rate"]) == (transport, load, name)] for name in ("without", "with")}
            ratio = statistics.median(w / o for o, w in zip(of["without"], of["with"]))
            lines.append(f"| {transport} | {load} | {rate // 1_000_000} Mbit/s | {statistics.median(of['without']):.3f} s | {statistics.median(of['with']):.3f} s | {ratio:.2f} |")
    print("\n".join(lines))
    if wanted.results:
        os.makedirs(wanted.results, exist_ok=True)
        with open(os.path.join(wanted.results, "results.json"), "w") as file:
            json.dump(samples, file, indent=1)
        with open(os.path.join(wanted.results, "table.md"), "w") as file:
            file.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    if sys.argv[1:] == ["--worker"]:
        worker()
    else:
        main()
