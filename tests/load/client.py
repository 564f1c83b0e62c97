"""HTTP/1.1 over connections that are kept, as browsers do it. On asyncio, because a stalled server holds thousands."""

from __future__ import annotations

import asyncio
import re
import select
import time
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from tests.load.errors import BrokenError

if TYPE_CHECKING:
    import ssl

NO_BODY = frozenset({204, 304})
MARGIN = 1.0
"""Seconds before the server's own end of a kept connection at which we leave it."""


@dataclass(frozen=True)
class Job:
    """What is asked."""

    number: int
    method: str
    path: str
    body: str = ""


@dataclass(frozen=True)
class Answer:
    """What came back, whole."""

    status: int
    reason: str
    headers: dict[str, str]
    body: bytes

    @property
    def is_last(self) -> bool:
        """Whether the server closes the connection after it."""
        framed = self.status in NO_BODY or {"content-length", "transfer-encoding"} & self.headers.keys()
        return not framed or self.headers.get("connection", "").lower() == "close"

    @property
    def patience(self) -> float:
        """Seconds that the server keeps the connection for, as far as it says so."""
        said = re.search(r"timeout=(\d+)", self.headers.get("keep-alive", ""))
        return float(said[1]) if said else float("inf")


@dataclass(frozen=True)
class Origin:
    """Where to ask."""

    url: str
    tls: ssl.SSLContext | None

    async def connect(self) -> Connection:
        """A new connection."""
        parts = urlsplit(self.url)
        port = parts.port or (443 if self.tls else 80)
        try:
            reader, writer = await asyncio.open_connection(parts.hostname, port, ssl=self.tls)
        except OSError as error:
            raise BrokenError(f"no connection: {described(error)}") from error
        return Connection(reader, writer)

    def request(self, job: Job) -> bytes:
        """The bytes that ask for it."""
        parts = urlsplit(self.url)
        lines = [
            f"{job.method} {parts.path}{job.path} HTTP/1.1",
            f"Host: {parts.netloc}",
            "User-Agent: spse-ops-load",
            # As browsers say it; Apache tells how long it keeps a connection to those alone who do.
            "Connection: keep-alive",
            f"Accept: {'application/json' if job.method == 'POST' else 'text/html'}",
        ]
        if job.method == "POST":
            lines += ["Content-Type: application/x-www-form-urlencoded", f"Content-Length: {len(job.body.encode())}"]
        return "\r\n".join([*lines, "", job.body]).encode()


class Connection:
    """One connection, for one request at a time."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._kept_until = float("inf")

    @property
    def is_ending(self) -> bool:
        """Whether the server is about to close it, as it has said: a request would cross that on its way."""
        return time.monotonic() > self._kept_until

    @property
    def is_closed(self) -> bool:
        """Whether the server closed it, or said something that nobody asked for."""
        if self._reader.at_eof() or self._reader.exception() is not None or self._writer.is_closing():
            return True
        # As browsers do, we look again: the end may have come just now, and asyncio has not read it yet.
        poll = select.poll()
        poll.register(self._writer.get_extra_info("socket"), select.POLLIN)
        return bool(poll.poll(0))

    def close(self) -> None:
        """End it at once; there is nothing to wait for."""
        self._writer.transport.abort()

    async def ask(self, request: bytes) -> Answer:
        """Ask, and read the whole answer."""
        try:
            self._writer.write(request)
            await self._writer.drain()
            first = await self._reader.read(1)
        except OSError as error:
            raise BrokenError(f"broken before an answer: {described(error)}", is_silent=True) from error
        if not first:
            raise BrokenError("closed before an answer", is_silent=True)
        try:
            return await self._read(first)
        except asyncio.IncompleteReadError as error:
            raise BrokenError("closed within the answer") from error
        except OSError as error:
            raise BrokenError(f"broken within the answer: {described(error)}") from error
        except (ValueError, asyncio.LimitOverrunError) as error:
            raise BrokenError(f"no HTTP: {described(error)}") from error

    async def _read(self, first: bytes) -> Answer:
        head = first + await self._reader.readuntil(b"\r\n\r\n")
        line, *fields = head.decode("latin-1").removesuffix("\r\n\r\n").split("\r\n")
        version, status, reason = f"{line} ".split(" ", 2)
        if not version.startswith("HTTP/1."):
            raise ValueError(line)
        headers = {name.lower(): value.strip() for name, _, value in (field.partition(":") for field in fields)}
        body = b"" if int(status) in NO_BODY else await self._body(headers)
        answer = Answer(int(status), reason.strip(), headers, body)
        self._kept_until = time.monotonic() + answer.patience - MARGIN
        return answer

    async def _body(self, headers: dict[str, str]) -> bytes:
        if headers.get("transfer-encoding", "").lower() == "chunked":
            body = b""
            while size := int((await self._reader.readuntil(b"\r\n")).partition(b";")[0], 16):
                body += (await self._reader.readexactly(size + 2))[:-2]
            while await self._reader.readuntil(b"\r\n") != b"\r\n":
                pass
            return body
        if "content-length" in headers:
            return await self._reader.readexactly(int(headers["content-length"]))
        return await self._reader.read()


class Pool:
    """The connections of all visitors. The one that was idle longest is asked next, so that all of them are in use."""

    def __init__(self, origin: Origin, size: int) -> None:
        self._origin = origin
        self._size = size
        self._idle: deque[Connection] = deque()
        self.closed_by_server = 0
        self.retried: set[int] = set()

    async def ask(self, job: Job, *, fresh: bool) -> Answer:
        """Ask over a connection that is there, or over a new one."""
        kept = None if fresh else self._take()
        if kept is not None:
            try:
                return await self._over(kept, job)
            except BrokenError as error:
                # The server may have closed it just then, as Apache does with all that are idle when it is reloaded.
                # Browsers ask again, and not only for what changes nothing; test_browser.py lets one do it. Whoever
                # looks at a load counts the messages, so that one that was taken twice is seen.
                if not error.is_silent:
                    raise
                self.retried.add(job.number)
        return await self._over(await self._origin.connect(), job)

    def close(self) -> None:
        """Leave."""
        while self._idle:
            self._idle.popleft().close()

    def _take(self) -> Connection | None:
        while self._idle:
            connection = self._idle.popleft()
            if connection.is_closed:
                # Seen before anything was sent over it: not a retry.
                self.closed_by_server += 1
            elif not connection.is_ending:
                return connection
            connection.close()
        return None

    async def _over(self, connection: Connection, job: Job) -> Answer:
        keep = False
        try:
            answer = await connection.ask(self._origin.request(job))
            keep = not answer.is_last and len(self._idle) < self._size
            return answer
        finally:
            if keep:
                self._idle.append(connection)
            else:
                connection.close()


def described(error: Exception) -> str:
    """An error in one line."""
    return f"{type(error).__name__}: {error}".strip(": ")
