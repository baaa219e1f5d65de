"""Two network namespaces with a delay line between them, and what is started in each."""

import contextlib
import ctypes
import os
import socket
import subprocess
import time

NEAR, FAR = "10.77.0.1", "10.77.0.2"


class Line:
    """The near namespace has the client, the far one the target and what stands beside it. Both end with it."""

    def __init__(self, program, log):
        self.names = [f"s5e-near-{os.getpid()}", f"s5e-far-{os.getpid()}"]
        self.started = []
        for name in self.names:
            subprocess.run(["ip", "netns", "add", name], check=True)
        near, far = (f"/run/netns/{name}" for name in self.names)
        self.program = subprocess.Popen([program, near, far, *([log] if log else [])], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.expect("ready")
        for name, own, other in ((self.names[0], NEAR, FAR), (self.names[1], FAR, NEAR)):
            for words in (f"address add {own} peer {other} dev line", "link set line mtu 1500 txqueuelen 20000 up", "link set lo up"):
                subprocess.run(["ip", "-n", name, *words.split()], check=True)
        self.near, self.far = near, far

    def expect(self, word):
        said = self.program.stdout.readline().strip()
        if said != word:
            raise SystemExit(f"the delay line said {said!r} instead of {word!r}")

    def set(self, round_trip_ms, lost_of_a_million=0):
        self.program.stdin.write(f"{int(round_trip_ms * 500)} {lost_of_a_million}\n")
        self.program.stdin.flush()
        self.expect("set")
        # What is still under way with the old delay
        time.sleep(0.2)

    def enter_near(self):
        """This process and everything that it starts from here on."""
        libc = ctypes.CDLL(None, use_errno=True)
        with open(self.near) as namespace:
            if libc.setns(namespace.fileno(), 0x40000000) != 0:
                raise OSError(ctypes.get_errno(), "setns")

    def start(self, where, command, **options):
        options.setdefault("stdout", subprocess.DEVNULL)
        options.setdefault("stderr", None if os.environ.get("DISTANCE_TALK") else subprocess.DEVNULL)
        process = subprocess.Popen(["nsenter", f"--net={getattr(self, where)}", *command], **options)
        self.started.append(process)
        return process

    def wait_for(self, where, port):
        """Until something listens there, without a connection that the other side would notice."""
        for _ in range(200):
            said = subprocess.run(["nsenter", f"--net={getattr(self, where)}", "ss", "-Hltn", f"sport = :{port}"], capture_output=True, text=True, check=True)
            if said.stdout.strip():
                return
            time.sleep(0.05)
        raise SystemExit(f"nothing listens on {port} in the {where} namespace")

    def end(self):
        for process in reversed(self.started):
            process.terminate()
        for process in self.started:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(3)
            if process.poll() is None:
                process.kill()
                process.wait()
        self.program.stdin.close()
        self.program.wait()
        for name in self.names:
            subprocess.run(["ip", "netns", "delete", name], check=False)


def receive_exactly(connection, count):
    got = b""
    while len(got) < count:
        more = connection.recv(count - len(got))
        if not more:
            raise OSError(f"ended after {len(got)} of {count} bytes")
        got += more
    return got


def connect(address):
    connection = socket.create_connection(address, timeout=30)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection
