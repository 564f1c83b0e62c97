"""What looks have shown becomes what is known: events of outages, charges to budgets, values over time."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from sqlalchemy import select

from chatops.changes import charged
from chatops.ledger import outages
from chatops.ledger.chain import Entry
from chatops.ledger.outages import EVERYWHERE
from chatops.ledger.schema import CHANGES, OUTAGES
from chatops.ledger.store import Ledger, Writer
from chatops.sla import services
from chatops.watch import presence, standing
from chatops.watch.digests import Digests
from chatops.watch.look import Look
from chatops.watch.presence import Began, Ended
from chatops.watch.series import Series
from chatops.watch.standing import HostStanding
from chatops.watch.sums import Sums

INSTALLED, UPGRADED, PORTAL = "S0-4", "S0-5", "S0-11"
OFFICIAL = "prod"
"""The instance that tenders are held on; practising is no service."""


@dataclass(frozen=True)
class Happened:
    """An outage that has begun, or is over."""

    host: str
    lpse: str
    instance: str
    what: Began | Ended
    why: str = ""
    planned: bool = False
    zone: str = "WIB"


@dataclass
class Kept:
    """What came of some looks."""

    standings: list[HostStanding] = field(default_factory=list)
    happened: list[tuple[str, Happened]] = field(default_factory=list)
    """With the numbers of the outages."""


class Keeper:
    """Keeps what is seen in one ledger. It knows nothing that the ledger does not: another may go on."""

    def __init__(self, ledger: Ledger, actor: str) -> None:
        self.ledger = ledger
        self.actor = actor
        self.series = Series(ledger)
        self.sums = Sums(ledger)
        self.digests = Digests(ledger)

    def keep(self, looks: Sequence[Look], at: int | None = None, *, whole: bool = False) -> Kept:
        """Keep some looks; `whole` ones are of the fleet, and tell of what LKPP provides to all."""
        known = self.series.standings()
        judged: list[tuple[Look, HostStanding]] = []
        happened: list[Happened] = []
        for look in looks:
            now, more = _after(known, look)
            judged.append((look, now))
            happened += more
        everywhere = None
        if whole and looks:
            everywhere, more = _nationally(known, looks, at or max(int(look.at) for look in looks))
            happened += more
        kept = Kept([each for _, each in judged])
        if happened:
            # Before how hosts stand: whoever is cut off between the two does it again, and it is known by its key.
            with self.ledger.writing() as writer:
                told = [(self._record(writer, each), each) for each in happened]
            kept.happened = [(number, each) for number, each in told if number]
        self.series.add(judged, [everywhere] if everywhere else [])
        self.digests.add(looks)
        return kept

    def _record(self, writer: Writer, one: Happened) -> str:
        if isinstance(one.what, Began):
            return self._begin(writer, one, one.what)
        return self._end(writer, one, one.what)

    def _begin(self, writer: Writer, one: Happened, began: Began) -> str:
        number = outages.next_number(writer.connection, writer.now)
        body = {
            "at": _iso(began.at),
            "host": one.host,
            "lpse": one.lpse,
            "instance": one.instance,
            "last_there": _iso(began.last_there) if began.last_there else None,
            "why": one.why,
            "planned": one.planned,
            "zone": one.zone,
        }
        key = f"outage:{one.host}:{one.instance}:{began.at}"
        if writer.append(Entry("outage.began", number, self.actor, body, key)) is None:
            return writer.subject_of(key) or number
        return number

    def _end(self, writer: Writer, one: Happened, ended: Ended) -> str:
        mine = (OUTAGES.c.host == one.host, OUTAGES.c.instance == one.instance, OUTAGES.c.ended.is_(None))
        found = next(outages.find(writer.connection, *mine), None)
        if found is None:
            # Told before, by somebody who was cut off.
            return ""
        body = {"at": _iso(ended.at), "last_away": _iso(ended.last_away)} | {
            name: getattr(ended, name) for name in ("returns", "there_seconds", "unwatched_seconds")
        }
        writer.append(Entry("outage.ended", found.id, self.actor, body, f"outage-ended:{found.id}"))
        self._charge(writer, found.id, one, found.began, ended)
        return found.id

    def _charge(self, writer: Writer, number: str, one: Happened, began: datetime, ended: Ended) -> None:
        """Take it from a yearly budget: what was closed on purpose, or is for practice only, from none."""
        over = datetime.fromtimestamp(ended.at, UTC)
        planned = bool((found := outages.of(writer.connection, number)) and found.begun["planned"])
        if planned or over <= began or (one.host != EVERYWHERE and one.instance != OFFICIAL):
            return
        service = services.find(PORTAL if one.host == EVERYWHERE else _service(writer, one.lpse))
        for entry in charged(service, one.lpse, began, over, number, self.actor, ended.there_seconds):
            writer.append(entry)


def _service(writer: Writer, lpse: str) -> str:
    """Whose error window it falls into: that of the last upgrade, or of the installation."""
    done = (CHANGES.c.lpse == lpse, CHANGES.c.outcome == "done", CHANGES.c.service.in_([INSTALLED, UPGRADED]))
    last = select(CHANGES.c.service).where(*done).order_by(CHANGES.c.closed.desc(), CHANGES.c.id.desc()).limit(1)
    return writer.connection.execute(last).scalar() or INSTALLED


def _after(known: dict[str, HostStanding], look: Look) -> tuple[HostStanding, list[Happened]]:
    now = standing.after(known, look)
    presences, decided = presence.steps(now.presences, look)
    target = look.target
    happened = [
        Happened(target.host, target.lpse, instance, what, why, planned, target.zone)
        for instance, what, why, planned in decided
    ]
    return replace(now, presences=presences), happened


def _nationally(known: dict[str, HostStanding], looks: Sequence[Look], at: int) -> tuple[HostStanding, list[Happened]]:
    """The fleet as one host, whose instances are what LKPP provides to all."""
    before = known.get(EVERYWHERE, HostStanding(EVERYWHERE, EVERYWHERE))
    presences, happened = dict(before.presences), []
    for name, seen in presence.national(looks):
        presences[name], what = presence.step(presences.get(name, presence.Presence()), seen, at)
        if what:
            happened.append(Happened(EVERYWHERE, EVERYWHERE, name, what))
    return replace(before, at=at, presences=presences), happened


def _iso(at: int) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds")
