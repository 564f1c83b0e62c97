#!/usr/bin/env python3
"""Lets curl speak to what answers behind ssh: each connection to a socket becomes one of that.

relay.py SOCKET COMMAND…
"""

import socket
import subprocess
import sys
import threading

CHUNK = 65536


def serve(connection: socket.socket, command: list[str]) -> None:
    """Hand bytes on in both directions until either side ends."""
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        there, back = process.stdin, process.stdout

        def answer() -> None:
            while data := back.read(CHUNK):
                connection.sendall(data)
            connection.close()

        threading.Thread(target=answer, daemon=True).start()
        while data := connection.recv(CHUNK):
            there.write(data)
        there.close()


def main() -> None:
    """Listen for as long as the process lives."""
    path, *command = sys.argv[1:]
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(path)
        listener.listen()
        while True:
            connection, _ = listener.accept()
            threading.Thread(target=serve, args=(connection, command), daemon=True).start()


if __name__ == "__main__":
    main()
