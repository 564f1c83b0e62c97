"""Hosts that answer by SSH on loopback addresses: a real server of the protocol, and no account behind it."""

import asyncio
import json
import socket
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, override

import asyncssh

from chatops.watch.look import Target

if TYPE_CHECKING:
    from concurrent.futures import Future

type Process = asyncssh.SSHServerProcess[bytes]
type Serve = Callable[[Process], Awaitable[None]]


def document(**values: float) -> bytes:
    """What a host says that is well, and has these values besides."""
    measures = {"memory": 0.6, "load": 0.2, "disk:/": 0.5, "apache2": 1, "login:prod": 1} | {
        name.replace("__", ":"): value for name, value in values.items()
    }
    told = {"version": 1, "at": time.time(), "measures": measures, "facts": {"build:prod": "4.5.1"}, "problems": {}}
    return json.dumps(told).encode()


class Door(asyncssh.SSHServer):
    """Remembers who came in, so that they can be sent away."""

    def __init__(self, came: list[asyncssh.SSHServerConnection]) -> None:
        self._came = came

    @override
    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        self._came.append(conn)


class Neighbourhood:
    """Some hosts, each on an address of its own."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder = folder
        self.port = port
        self.known_hosts = folder / "known_hosts"
        self.known_hosts.touch()
        self._loop = asyncio.new_event_loop()
        self._servers: dict[str, asyncssh.SSHAcceptor] = {}
        self._came: list[asyncssh.SSHServerConnection] = []
        self._sockets: list[socket.socket] = []
        own = asyncssh.generate_private_key("ssh-ed25519")
        self.key = folder / "probe"
        own.write_private_key(str(self.key))
        self._authorized = asyncssh.import_authorized_keys(own.export_public_key().decode())
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    def target(self, number: int, **more: Any) -> Target:  # noqa: ANN401 - whatever a target has
        """The host of this number, as the inventory would have it."""
        one = Target(f"host-{number}", f"lpse-{number}", self.address(number), self.port, key=self.key)
        return replace(one, **({"known_hosts": (self.known_hosts,), "instances": ("prod",)} | more))

    def address(self, number: int) -> str:
        """Its address."""
        return f"127.77.{number // 250}.{number % 250 + 1}"

    def serve(self, number: int, answer: Serve, *, known: bool = True) -> asyncssh.SSHKey:
        """Have a host answer; and know its key, or another one."""
        key = asyncssh.generate_private_key("ssh-ed25519")
        if known:
            self.know(number, key)

        async def start() -> asyncssh.SSHAcceptor:
            return await asyncssh.listen(
                self.address(number),
                self.port,
                server_host_keys=[key],
                authorized_client_keys=self._authorized,
                server_factory=lambda: Door(self._came),
                process_factory=answer,
                encoding=None,
            )

        self._servers[self.address(number)] = self._soon(start()).result(60)
        return key

    def know(self, number: int, key: asyncssh.SSHKey) -> None:
        """Write down a host's key."""
        with self.known_hosts.open("a") as file:
            file.write(f"[{self.address(number)}]:{self.port} {key.export_public_key().decode()}")

    def say(self, number: int, what: bytes | Callable[[], bytes]) -> None:
        """A host that says this, and closes."""

        async def answer(process: Process) -> None:
            process.stdout.write(what if isinstance(what, bytes) else what())
            await process.stdout.drain()
            process.exit(0)

        self.serve(number, answer)

    def stop(self, number: int) -> None:
        """Take a host away."""
        server = self._servers.pop(self.address(number))

        async def close() -> None:
            server.close()
            await server.wait_closed()

        self._soon(close()).result(60)

    def listen(self, number: int, says: bytes = b"", every: float = 0) -> None:
        """A host whose port is open and who says something else than SSH, once or again and again; or nothing."""
        self.know(number, asyncssh.generate_private_key("ssh-ed25519"))
        listening = socket.create_server((self.address(number), self.port))
        self._sockets.append(listening)

        def serve() -> None:
            try:
                connected, _ = listening.accept()
                self._sockets.append(connected)
                while says:
                    connected.sendall(says)
                    if not every:
                        return
                    time.sleep(every)
            except OSError:
                # The test is over.
                return

        threading.Thread(target=serve, daemon=True).start()

    def close(self) -> None:
        """Everybody goes."""
        for one in self._sockets:
            one.close()
        self._soon(self._leave()).result(60)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(60)
        self._loop.close()

    async def _leave(self) -> None:
        for server in self._servers.values():
            server.close()
        for one in self._came:
            one.abort()
        rest = asyncio.all_tasks() - {asyncio.current_task()}
        for task in rest:
            task.cancel()
        await asyncio.gather(*rest, return_exceptions=True)

    def _soon[T](self, coroutine: Any) -> "Future[T]":  # noqa: ANN401 - asyncssh's own
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop)


@contextmanager
def neighbourhood(folder: Path) -> Iterator[Neighbourhood]:
    """An empty one, on a port that nobody has."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    made = Neighbourhood(folder, port)
    try:
        yield made
    finally:
        made.close()
