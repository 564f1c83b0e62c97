"""People who go on asking while everything is killed around them."""

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

from chatops.errors import LedgerError
from tests.slack.room import SITI, Room
from tests.slack.service import CHANGES

PAUSE = 3
"""Seconds between two of them: others have to notice what was asked for."""
PATIENCE = 300
"""Seconds in which somebody who was heard has to be answered."""


@dataclass
class Speaker:
    """One who asks in Slack, one thing after the other, and waits for each answer as people do."""

    slack: Room
    recorded: Callable[[], set[str]]
    """The reasons that are in the ledger."""
    lines: Callable[[], str]
    """What he asks for next."""
    room: Callable[[], bool]
    """Whether there is not enough going on already."""
    heard: list[str] = field(default_factory=list)
    """What was acknowledged, by the reasons that he gave."""
    unheard: int = 0
    """What Slack itself told him that nobody has heard."""
    refused: int = 0
    silent: list[str] = field(default_factory=list)
    """What was acknowledged, is in no ledger, and nobody has said so."""
    _stopping: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def begin(self) -> None:
        """Ask from now on."""
        self._thread = threading.Thread(target=self._speak)
        self._thread.start()

    def stop(self) -> None:
        """Ask no more; what was asked last still gets its answer."""
        self._stopping.set()

    @property
    def waits(self) -> bool:
        """Whether he still waits for one."""
        return bool(self._thread and self._thread.is_alive())

    def _speak(self) -> None:
        number = 0
        while not self._stopping.wait(PAUSE):
            if not self.room():
                continue
            number += 1
            reason = f"permintaan-{number}"
            before = self._last_answer()
            note = self.slack.say(f"{self.lines()} --alasan {reason}", channel=CHANGES).get("note")
            if note:
                self.unheard += 1
                continue
            self.heard.append(reason)
            self._listen(reason, before)

    def _listen(self, reason: str, before: float) -> None:
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            with suppress(LedgerError):
                if reason in self.recorded():
                    return
            if self._last_answer() > before:
                self.refused += 1
                return
            time.sleep(0.2)
        self.silent.append(reason)

    def _last_answer(self) -> float:
        """When only he was told something last, but for the numbers of changes: those are in the ledger."""
        seen = self.slack.view(SITI, CHANGES)["messages"]
        return max((float(each["ts"]) for each in seen if each["only_me"] and "CHG-" not in each["text"]), default=0)
