"""The load: requests at a constant rate, whether or not the earlier ones were answered."""

from __future__ import annotations

import asyncio
import itertools
import resource
import secrets
import ssl
import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Self
from urllib.parse import urlsplit

from tests.load.client import Origin, Pool
from tests.load.errors import BrokenError
from tests.load.mix import Mix
from tests.load.result import Kind, Mark, Request, Result, judge

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

FILES = 16384


class Load:
    """Visitors from `with` until its end, and those of them who still wait then. `result` is there afterwards."""

    def __init__(
        self, base_url: str, rate: float = 50, mix: Mix | None = None, *, certificate: Path | None = None
    ) -> None:
        """Without a certificate, the server's is taken as it is: test hosts sign their own."""
        self.url = base_url.rstrip("/")
        self.rate = rate
        self.mix = mix or Mix()
        self.label = f"beban-{secrets.token_hex(4)}"
        self._pool = Pool(Origin(self.url, tls_for(self.url, certificate)), self.mix.idle)
        self._requests: list[Request] = []
        self._marks: list[Mark] = []
        self._begins = threading.Event()
        self._ends = threading.Event()
        self._executor = ThreadPoolExecutor(1, "load")
        self._done: Future[None] | None = None
        self._began = 0.0
        self._began_at = datetime.now(UTC)

    def __enter__(self) -> Self:
        raise_file_limit()
        self._done = self._executor.submit(lambda: asyncio.run(self._run()))
        self._begins.wait()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._ends.set()
        self._executor.shutdown()
        if self._done is not None and error is None:
            self._done.result()

    @property
    def now(self) -> float:
        """Seconds since it began."""
        return time.monotonic() - self._began

    def mark(self, name: str) -> None:
        """Note that something is being done now."""
        self._marks.append(Mark(name, self.now))

    @property
    def result(self) -> Result:
        """What became of it all; complete after the end."""
        return Result(
            url=self.url,
            began=self._began_at,
            label=self.label,
            rate=self.rate,
            requests=tuple(sorted(self._requests, key=lambda request: request.number)),
            marks=tuple(self._marks),
            closed_by_server=self._pool.closed_by_server,
        )

    async def _run(self) -> None:
        self._began, self._began_at = time.monotonic(), datetime.now(UTC)
        self._begins.set()
        try:
            async with asyncio.TaskGroup() as visitors:
                for number in itertools.count():
                    intended = number / self.rate
                    await asyncio.sleep(max(intended - self.now, 0))
                    if self._ends.is_set():
                        break
                    visitors.create_task(self._visit(number, intended))
        finally:
            self._pool.close()

    async def _visit(self, number: int, intended: float) -> None:
        start = self.now
        job = self.mix.job(number, self.label)
        status = 0
        kind: Kind = "failed"
        try:
            async with asyncio.timeout(self.mix.timeout):
                answer = await self._pool.ask(job, fresh=self.mix.is_fresh(number))
            status = answer.status
            kind, cause = judge(answer)
        except TimeoutError:
            cause = f"no answer within {self.mix.timeout:g} s"
        except BrokenError as error:
            cause = str(error)
        retried = number in self._pool.retried
        self._requests.append(
            Request(number, job.method, job.path, intended, start, self.now, status, kind, cause, retried)
        )


def tls_for(url: str, certificate: Path | None) -> ssl.SSLContext | None:
    """How to speak TLS, where the address asks for it."""
    if urlsplit(url).scheme != "https":
        return None
    context = ssl.create_default_context(cafile=certificate)
    if certificate is None:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def raise_file_limit() -> None:
    """Every visitor who waits holds a connection, and a stall makes thousands of them wait."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = FILES if hard == resource.RLIM_INFINITY else min(FILES, hard)
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
