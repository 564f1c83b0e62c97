"""Time as the workspace has it: a test pushes it on instead of waiting half an hour."""

import asyncio
import time
from typing import Any


class Clock:
    """The machine's clock, and how far it was pushed on."""

    def __init__(self) -> None:
        self._ahead = 0.0
        self._pushed = asyncio.Event()

    def now(self) -> float:
        """Seconds since 1970."""
        return time.time() + self._ahead

    def push(self, seconds: float) -> None:
        """Let so much time pass at once; whoever sleeps, wakes."""
        self._ahead += seconds
        self._pushed.set()
        self._pushed = asyncio.Event()

    async def sleep(self, seconds: float) -> None:
        """Wait until so much time has passed here."""
        until = self.now() + seconds
        while (left := until - self.now()) > 0:
            try:
                async with asyncio.timeout(left):
                    await self._pushed.wait()
            except TimeoutError:
                continue

    async def within[Answer](self, seconds: float, answer: asyncio.Future[Answer]) -> Answer:
        """Await an answer for so long; raises TimeoutError after that."""
        asleep = asyncio.create_task(self.sleep(seconds))
        both: set[asyncio.Future[Any]] = {answer, asleep}
        try:
            await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
            if not answer.done():
                raise TimeoutError
            return answer.result()
        finally:
            asleep.cancel()
