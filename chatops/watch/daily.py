"""What is done once a day, in the morning: the day before is summed up for people, and changes are proposed."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Self

from sqlalchemy import select

from chatops.errors import SettingsError
from chatops.ledger.chain import Entry
from chatops.ledger.schema import EVENTS
from chatops.ledger.store import Ledger
from chatops.sla import moments
from chatops.watch import summary_words
from chatops.watch.proposals import Proposer
from chatops.watch.summary import Days, FleetDay
from chatops.words import Said

SUBJECT = "RNG-"
LINES = 60
LETTERS = 300


@dataclass(frozen=True)
class Morning:
    """When a day is summed up, in Jakarta; by then every host has written down its own."""

    minute: int | None = 7 * 60
    """Of the day; none, where nobody wants it."""

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Self:
        """By `SPSE_OPS_SUMMARY`, such as 07:00; `off` for none."""
        given = environment.get("SPSE_OPS_SUMMARY", "").strip()
        if not given:
            return cls()
        if given == "off":
            return cls(None)
        hour, colon, minute = given.partition(":")
        if not (colon and hour.isdecimal() and minute.isdecimal() and int(hour) < 24 and int(minute) < 60):  # noqa: PLR2004
            advice = "Isi SPSE_OPS_SUMMARY seperti 07:00 (WIB), atau off."
            raise SettingsError(what="Jam ringkasan", value=given, advice=advice)
        return cls(60 * int(hour) + int(minute))

    def due(self, now: float) -> str:
        """The day that is to be summed up by now; none, if it is too early."""
        there = datetime.fromtimestamp(now, moments.zone("WIB"))
        if self.minute is None or 60 * there.hour + there.minute < self.minute:
            return ""
        return (there - timedelta(days=1)).date().isoformat()


class Daily:
    """Sums up the days of one ledger's fleet."""

    def __init__(self, ledger: Ledger, actor: str, morning: Morning) -> None:
        self.ledger = ledger
        self.actor = actor
        self.morning = morning
        self._done = ""

    def look(self, now: float) -> str:
        """Do what is due; the day that was summed up, if one was."""
        day = self.morning.due(now)
        if not day or day == self._done or self._was(day):
            self._done = day or self._done
            return ""
        found = Days(self.ledger).of(day)
        if found.hosts:
            Proposer(self.ledger, self.actor).propose(found, int(now))
            self._record(found)
        self._done = day
        return day if found.hosts else ""

    def give_up(self, now: float) -> None:
        """Leave today's alone: it was tried."""
        self._done = self.morning.due(now)

    def _was(self, day: str) -> bool:
        with self.ledger.reading() as reader:
            query = select(EVENTS.c.seq).where(EVENTS.c.key == _key(day))
            return reader.connection.execute(query).first() is not None

    def _record(self, found: FleetDay) -> None:
        """Once for each day, whoever does it."""
        lines = list(summary_words.fleet(found))
        shown = [line[:LETTERS] for line in lines[:LINES]]
        if len(lines) > LINES:
            shown.append(str(Said(f"… {len(lines) - LINES} baris lagi", f"… {len(lines) - LINES} more lines")))
        body = {"at": datetime.now(UTC).isoformat(timespec="seconds"), "lines": shown, **found.told()}
        with self.ledger.writing() as writer:
            writer.append(Entry("summary.made", f"{SUBJECT}{found.day}", self.actor, body, _key(found.day)))


def _key(day: str) -> str:
    return f"summary:{day}"
