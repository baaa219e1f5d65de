"""The far end: echoes on one port, streams and swallows on another. See line.py for where it runs."""

import socket
import sys
import threading

PIECE = bytes(1 << 18)


def echo(connection):
    while piece := connection.recv(65536):
        connection.sendall(piece)


def bulk(connection):
    """D: streams until the client has enough. U: takes everything and says every MiB how much it was."""
    if connection.recv(1) == b"D":
        while True:
            connection.sendall(PIECE)
    room, got, said = bytearray(1 << 18), 0, 0
    while count := connection.recv_into(room):
        got += count
        if got - said >= 1 << 16:
            said = got
            connection.sendall(got.to_bytes(8, "big"))


def serve(connection, work):
    with connection:
        try:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            work(connection)
        except OSError:
            pass


def listen(address, port, work):
    listener = socket.create_server((address, port), backlog=512)
    while True:
        connection, _ = listener.accept()
        threading.Thread(target=serve, args=(connection, work), daemon=True).start()


address, echo_port, bulk_port = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
threading.Thread(target=listen, args=(address, bulk_port, bulk), daemon=True).start()
listen(address, echo_port, echo)
