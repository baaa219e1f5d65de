"""A pool that keeps idle sessions through a SOCKS5 gateway, and dials again whenever one has ended.

Arguments: gateway HOST:PORT, target HOST:PORT, how many. Says "ready" when all are there and each has had an answer to a byte; then a line for each
session that was dialed again: seconds since "ready". Ends with standard input.
"""
import os
import select
import socket
import struct
import sys
import time

gateway, target = (tuple(argument.rsplit(":", 1)) for argument in sys.argv[1:3])
gateway, target = (gateway[0], int(gateway[1])), (target[0], int(target[1]))
many = int(sys.argv[3])
words = b"\5\1\0\5\1\0\1" + socket.inet_aton(target[0]) + struct.pack(">H", target[1]) + b"x"
poll, clients = select.epoll(), {}


def dial():
    client = socket.create_connection(gateway, timeout=30)
    client.sendall(words)
    got = b""
    while len(got) < 13:  # the method, the reply, and what the target echoes
        part = client.recv(13 - len(got))
        if not part or got[3:4] not in (b"", b"\0"):
            raise ConnectionError(f"{len(clients)} are there; the next one had {got + part!r}")
        got += part
    client.setblocking(False)
    clients[client.fileno()] = client
    poll.register(client, select.EPOLLIN)


for _ in range(many):
    dial()
print("ready", flush=True)
began = time.monotonic()
poll.register(0, select.EPOLLIN)
while True:
    for number, _ in poll.poll():
        if number == 0:
            if not os.read(0, 4096):
                sys.exit()
            continue
        client = clients.pop(number)
        poll.unregister(client)
        client.close()
        dial()
        print(f"{time.monotonic() - began:.3f}", flush=True)
