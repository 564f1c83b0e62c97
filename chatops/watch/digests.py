"""What hosts have said of their days, over time: in the ledger's database, beside what was seen of them."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import batched

from sqlalchemy import delete, select, update

from chatops.ledger.schema import DIGESTS
from chatops.ledger.store import Ledger
from chatops.watch import digest
from chatops.watch.digest import Digest
from chatops.watch.look import Look
from chatops.watch.series import TOGETHER, put

WHOLE = 92
"""Days for which the texts are kept."""
FIGURES = 5 * 366
"""Days for which there is anything."""
LATE = 40
"""Days after which a host speaks of something else than its yesterday, if it is not its clock."""


class Fresh:
    """Takes out of looks what was said before: a host says it all day long, and rounds may have to wait in memory."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[str, float]] = {}

    def only(self, looks: Iterable[Look]) -> list[Look]:
        """The looks, with what is new of digests."""
        return [self._one(look) for look in looks]

    def lost(self, looks: Iterable[Look]) -> None:
        """These could not be kept: what they had is new again."""
        for look in looks:
            self._known.pop(look.target.host, None)

    def _one(self, look: Look) -> Look:
        if not look.answer or not look.answer.digest:
            return look
        told = (look.answer.digest.day, look.answer.digest.made)
        if self._known.get(look.target.host) == told:
            return replace(look, answer=replace(look.answer, digest=None))
        self._known[look.target.host] = told
        return look


class Digests:
    """Those of one ledger's fleet."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger

    def add(self, looks: Iterable[Look]) -> int:
        """Keep what some looks have brought along; how many there were of days that can be."""
        found = [(look, look.answer.digest) for look in looks if look.answer and look.answer.digest]
        new = [(look, told) for look, told in found if _can_be(told.day, look.at)]
        for some in batched(new, TOGETHER):
            rows = [
                {
                    "host": look.target.host,
                    "day": told.day,
                    "lpse": look.target.lpse,
                    "whole": True,
                    "body": json.dumps(told.told(), separators=(",", ":")),
                }
                for look, told in some
            ]
            with self.ledger.aside() as connection:
                put(connection, DIGESTS, rows)
        return len(new)

    def of_day(self, day: str, lpses: Sequence[str] = ()) -> dict[str, Digest]:
        """By hosts, what was said of one day."""
        which = [DIGESTS.c.day == day]
        if lpses:
            which.append(DIGESTS.c.lpse.in_(lpses))
        query = select(DIGESTS.c.host, DIGESTS.c.body).where(*which).order_by(DIGESTS.c.host)
        with self.ledger.reading() as reader:
            rows = reader.connection.execute(query).all()
        return {host: digest.parse(json.loads(body)) for host, body in rows}

    def of_host(self, host: str, days: int, until: str) -> dict[str, Digest]:
        """By days, what one host has said of the last so many until one, the oldest first."""
        since = (datetime.fromisoformat(until) - timedelta(days=days)).date().isoformat()
        which = (DIGESTS.c.host == host, DIGESTS.c.day > since, DIGESTS.c.day <= until)
        query = select(DIGESTS.c.day, DIGESTS.c.body).where(*which).order_by(DIGESTS.c.day)
        with self.ledger.reading() as reader:
            rows = reader.connection.execute(query).all()
        return {day: digest.parse(json.loads(body)) for day, body in rows}

    def newest(self, lpses: Sequence[str] = ()) -> Mapping[str, str]:
        """The last day of which each host has said something."""
        query = select(DIGESTS.c.host, DIGESTS.c.day).order_by(DIGESTS.c.day)
        if lpses:
            query = query.where(DIGESTS.c.lpse.in_(lpses))
        with self.ledger.reading() as reader:
            return {row.host: row.day for row in reader.connection.execute(query)}

    def thin(self, now: int) -> int:
        """Leave the figures of what is old, and forget what is very old; how many rows were changed."""
        whole, any_ = (
            (datetime.fromtimestamp(now, UTC) - timedelta(days=days)).date().isoformat() for days in (WHOLE, FIGURES)
        )
        with self.ledger.aside() as connection:
            gone = connection.execute(delete(DIGESTS).where(DIGESTS.c.day < any_)).rowcount
        return gone + sum(self._shorten(day) for day in self._days(whole))

    def _days(self, before: str) -> list[str]:
        query = select(DIGESTS.c.day).where(DIGESTS.c.whole, DIGESTS.c.day < before).distinct()
        with self.ledger.reading() as reader:
            return sorted(reader.connection.execute(query).scalars())

    def _shorten(self, day: str) -> int:
        mine = (DIGESTS.c.day == day, DIGESTS.c.whole)
        with self.ledger.aside() as connection:
            rows = connection.execute(select(DIGESTS.c.host, DIGESTS.c.body).where(*mine)).all()
            for host, body in rows:
                told = digest.parse(json.loads(body)).without_texts().told()
                shorter = {"whole": False, "body": json.dumps(told, separators=(",", ":"))}
                own = (DIGESTS.c.host == host, DIGESTS.c.day == day)
                connection.execute(update(DIGESTS).where(*own).values(shorter))
        return len(rows)


def _can_be(day: str, at: float) -> bool:
    """Whether a host can speak of that day now: its clock may be wrong, and ours decides."""
    today = datetime.fromtimestamp(at, UTC).date()
    return today - timedelta(days=LATE) <= date.fromisoformat(day) <= today + timedelta(days=1)
