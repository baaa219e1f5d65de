"""Starts an origin and the proxies, gives each its turn in every round, and writes medians. See run."""

import argparse
import json
import os
import platform
import pwd
import socket
import statistics
import subprocess
import tempfile
import threading
import time

TICK = os.sysconf("SC_CLK_TCK")
BULK = 256 << 20
PIECE = bytes(1 << 20)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def family(pid):
    """The process and everything below it: squid's worker is its child."""
    pids, found = [pid], []
    while pids:
        one = pids.pop()
        found.append(one)
        try:
            with open(f"/proc/{one}/task/{one}/children") as children:
                pids += [int(word) for word in children.read().split()]
        except OSError:
            pass
    return found


def cpu(pid):
    total = 0
    for one in family(pid):
        try:
            with open(f"/proc/{one}/stat") as stat:
                fields = stat.read().rsplit(")", 1)[1].split()
            total += int(fields[11]) + int(fields[12])
        except OSError:
            pass
    return total / TICK


def resident(pid):
    total = 0
    for one in family(pid):
        try:
            with open(f"/proc/{one}/statm") as statm:
                total += int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
        except OSError:
            pass
    return total / (1 << 20)


def wait_for(port):
    for _ in range(200):
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            return
        except OSError:
            time.sleep(0.05)
    raise SystemExit(f"nothing listens on {port}")


class Proxy:
    def __init__(self, name, command, port, **options):
        self.name, self.port = name, port
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **options)
        wait_for(port)

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def proxies(folder, gateway):
    def write(name, text):
        path = os.path.join(folder, name)
        with open(path, "w") as file:
            file.write(text)
        return path

    for transport in ("epoll", "sockets"):
        port = free_port()
        yield Proxy(f"ours, {transport}", [gateway, "run", "--listen", f"127.0.0.1:{port}", "--admin", "off", "--log-level", "warning",
                                           "--transport", transport, "--allow", "127.0.0.0/8"], port)
    port = free_port()
    owner = pwd.getpwnam("proxy")
    os.chmod(folder, 0o755)
    state = os.path.join(folder, "squid")
    os.mkdir(state)
    os.chown(state, owner.pw_uid, owner.pw_gid)
    yield Proxy("squid", ["squid", "-N", "-n", f"bench{os.getpid()}", "-f", write("squid.conf", f"""
http_port 127.0.0.1:{port}
http_access allow all
cache deny all
cache_mem 0
access_log none
cache_log /dev/null
cache_store_log none
pid_filename none
coredump_dir {state}
shutdown_lifetime 0 seconds
memory_pools on
server_persistent_connections on
client_persistent_connections on
pinger_enable off
""")], port)
    port = free_port()
    yield Proxy("tinyproxy", ["tinyproxy", "-d", "-c", write("tinyproxy.conf", f"Port {port}\nListen 127.0.0.1\nMaxClients 200\nLogLevel Critical\n")], port)


def origin(folder):
    port = free_port()
    with open(os.path.join(folder, "kib"), "wb") as file:
        file.write(b"x" * 1024)
    path = os.path.join(folder, "nginx.conf")
    with open(path, "w") as file:
        file.write(f"""
daemon off; master_process off; worker_processes 1; pid {folder}/nginx.pid; error_log /dev/null;
events {{ worker_connections 1024; }}
http {{ access_log off; keepalive_requests 100000000; client_body_temp_path {folder}; proxy_temp_path {folder}; fastcgi_temp_path {folder};
        uwsgi_temp_path {folder}; scgi_temp_path {folder}; sendfile on; tcp_nopush off; open_file_cache max=10;
        server {{ listen 127.0.0.1:{port}; root {folder}; }} }}
""")
    os.chmod(folder, 0o755)
    return Proxy("nginx", ["nginx", "-c", path, "-p", folder], port)


def requests(proxy, script, seconds):
    before = cpu(proxy.process.pid)
    said = subprocess.run(["wrk", "-t1", "-c16", f"-d{seconds}s", "-s", script, f"http://127.0.0.1:{proxy.port}"], capture_output=True, text=True, check=True).stdout
    used = cpu(proxy.process.pid) - before
    count = int(next(line for line in said.splitlines() if " requests in " in line).split()[0])
    rate = float(next(line for line in said.splitlines() if line.startswith("Requests/sec")).split()[1])
    wrong = "Non-2xx" in said
    return (0 if wrong else rate), used / max(count, 1) * 1e6


def bulk(proxy, way):
    """256 MiB through an absolute-form request or a tunnel, up or down: MiB a second, CPU seconds a GiB."""
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    client = socket.create_connection(("127.0.0.1", proxy.port))
    tunnel, up = way.startswith("CONNECT"), way.endswith("up")
    if tunnel:
        client.sendall(b"CONNECT 127.0.0.1:%d HTTP/1.1\r\nHost: x\r\n\r\n" % port)
    else:
        client.sendall(b"%s http://127.0.0.1:%d/ HTTP/1.1\r\nHost: x\r\n%s\r\n" % (b"POST" if up else b"GET", port, b"Content-Length: %d\r\n" % BULK if up else b""))
    server, _ = listener.accept()
    head(client if tunnel else server)
    if not tunnel and not up:
        server.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % BULK)
        head(client)
    source, sink = (client, server) if up else (server, client)
    before, began = cpu(proxy.process.pid), time.monotonic()
    sender = threading.Thread(target=lambda: [source.sendall(PIECE) for _ in range(BULK >> 20)])
    sender.start()
    room, got = bytearray(1 << 20), 0
    while got < BULK:
        got += sink.recv_into(room)
    taken = time.monotonic() - began
    used = cpu(proxy.process.pid) - before
    sender.join()
    for each in (client, server, listener):
        each.close()
    return (BULK >> 20) / taken, used * 1024 / (BULK >> 20)


def head(connection):
    text = b""
    while not text.endswith(b"\r\n\r\n"):
        text += connection.recv(1)


def main():
    options = argparse.ArgumentParser()
    for name in ("gateway", "output", "commit"):
        options.add_argument("--" + name, required=True)
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--seconds", type=int, default=3)
    asked = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        served = origin(folder)
        everyone = list(proxies(folder, asked.gateway))
        script = os.path.join(folder, "ask.lua")
        with open(script, "w") as file:
            file.write(f"""
local text = "GET http://127.0.0.1:{served.port}/kib HTTP/1.1\\r\\nHost: 127.0.0.1:{served.port}\\r\\n\\r\\n"
request = function() return text end
""")
        rest = {proxy.name: resident(proxy.process.pid) for proxy in everyone}
        small = {proxy.name: [] for proxy in everyone}
        large = {}
        try:
            for _ in range(asked.rounds):
                for proxy in everyone:
                    small[proxy.name].append(requests(proxy, script, asked.seconds))
                for proxy in everyone[:2]:
                    for way in ("CONNECT down", "HTTP down", "CONNECT up", "HTTP up"):
                        large.setdefault((proxy.name, way), []).append(bulk(proxy, way))
        finally:
            for proxy in [*everyone, served]:
                proxy.stop()
    report(asked, rest, small, large)


def report(asked, rest, small, large):
    def median(samples, column):
        return statistics.median(sample[column] for sample in samples)

    squid = (median(small["squid"], 0), median(small["squid"], 1))
    lines = [
        "# HTTP forwarding beside squid and tinyproxy", "",
        f"One interleaved run of {asked.rounds} rounds, {asked.seconds} s a sample, medians. Commit {asked.commit}, {os.cpu_count()} cores, {platform.release()}. "
        "Client (wrk, 16 keep-alive connections), origin (nginx) and proxy share the cores. In brackets: the ratio to squid's.", "",
        "| 1 KiB answers | requests/s | CPU µs a request | RSS at rest, MiB |", "|---|---:|---:|---:|",
    ]
    for name, samples in small.items():
        rate, used = median(samples, 0), median(samples, 1)
        lines.append(f"| {name} | {rate:,.0f} ({rate / squid[0]:.2f}) | {used:.1f} ({used / squid[1]:.2f}) | {rest[name]:.1f} |")
    lines += ["", "One connection, 256 MiB. In brackets: the ratio to CONNECT.", "", "| bulk | MiB/s | CPU s/GiB |", "|---|---:|---:|"]
    for (name, way), samples in large.items():
        tunnel = large[(name, way.replace("HTTP", "CONNECT"))]
        lines.append(f"| {name}, {way} | {median(samples, 0):,.0f} ({median(samples, 0) / median(tunnel, 0):.2f}) | {median(samples, 1):.2f} |")
    with open(asked.output, "w") as file:
        file.write("\n".join(lines) + "\n")
    print(json.dumps({"small": small, "bulk": {f"{name} {way}": samples for (name, way), samples in large.items()}}))


main()
