"""What a supervisor is told: ready, alive, stopping. In the words of systemd, which `spse-ops serve` understands, too.

Whoever says nothing for longer than was agreed is taken for dead, and started again.
"""

import os
import socket
import time
from collections.abc import Mapping, MutableMapping
from contextlib import suppress
from typing import Self

SOCKET, LIMIT, PROCESS = "NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"
READY, ALIVE, STOPPING = "READY=1", "WATCHDOG=1", "STOPPING=1"
SHARE = 4
"""So many times within the agreed time it is said: one word may come late."""


class Watchdog:
    """The line to whoever supervises this process; it leads nowhere if nobody does."""

    def __init__(self, address: str = "", limit: float = 0) -> None:
        self.limit = limit
        """Seconds of silence that were agreed; 0 where nobody watches."""
        self._address = f"\0{address[1:]}" if address.startswith("@") else address
        self._said = 0.0

    @classmethod
    def taken(cls, environment: MutableMapping[str, str] = os.environ) -> Self:
        """By the environment of this process, out of which it is taken: none of its children speaks for it."""
        given = {name: environment.pop(name, "") for name in (SOCKET, LIMIT, PROCESS)}
        return cls(given[SOCKET], _limit(given))

    @property
    def watched(self) -> bool:
        """Whether somebody supervises it."""
        return bool(self._address)

    def ready(self) -> None:
        """Say that it has come up."""
        self._tell(READY, ALIVE)

    def alive(self) -> None:
        """Say that it lives, if it is time to."""
        now = time.monotonic()
        if self.limit and now - self._said >= self.limit / SHARE:
            self._said = now
            self._tell(ALIVE)

    def stopping(self) -> None:
        """Say that it is going to end, because it was told to."""
        self._tell(STOPPING)

    def _tell(self, *words: str) -> None:
        if not self._address:
            return
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
            # A supervisor that does not read must not hold up what it supervises: the next word is soon to come.
            line.settimeout(0)
            with suppress(OSError):
                line.sendto("\n".join(words).encode(), self._address)


def _limit(given: Mapping[str, str]) -> float:
    """What was agreed with this process; with another one, it is not for this one."""
    meant = given[PROCESS] in ("", str(os.getpid()))
    return int(given[LIMIT]) / 1_000_000 if meant and given[LIMIT].isdecimal() else 0.0
