"""What a request and an answer have to fulfil: pure, so that all of it can be tried without a ledger or a host."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from chatops import bahasa
from chatops.bahasa import moment_in
from chatops.cases import Request
from chatops.catalogue import Operation
from chatops.errors import ForbiddenError, InputError, NoLpseError, RefusedError
from chatops.ledger.course import Course, Stage
from chatops.permissions import EVERYWHERE, Identity, Person, Rules
from chatops.secrets import mask
from chatops.sla import moments
from chatops.sla.calendar import Calendar, Provider
from chatops.sla.deadline import reckon
from chatops.sla.services import Term
from chatops.words import Said

OWN = ("change", "reason")
"""Inputs that the desk fills in itself."""
HANDS = ("operator", "approver")
"""Who may break the glass."""
LATE = timedelta(minutes=5)
FARTHEST = 400
"""Days ahead in which a day is looked for of which the public can still be told."""
WIB = moments.zone("WIB")


def refused(what: str, indonesian: str, english: str) -> RefusedError:
    """A refusal in both languages."""
    return RefusedError(what=what, detail=Said(indonesian, english))


def refuse_inputs(operation: Operation, request: Request) -> None:
    """What was given has to be what the catalogue asks for, and nothing that only counts at the keyboard."""
    local = {each.name for each in operation.inputs if each.local}
    for name in sorted(request.inputs.keys() & (local | {"change"})):
        raise InputError(name=name, detail="tidak dapat diisi dari sini")
    operation.variables(request.inputs)


def offices(
    person: Person, operation: Operation, request: Request, known: Mapping[str, Sequence[str]]
) -> tuple[str, ...]:
    """The offices that are meant. To forget a name must not mean the whole country, where something changes."""
    if operation.changes_hosts and bool(request.lpses) == request.everywhere:
        raise NoLpseError(operation=operation.name)
    if request.lpses:
        return tuple(dict.fromkeys(request.lpses))
    own = person.offices(operation.ask)
    # An admin who looks at all of them means all of his.
    return () if request.everywhere or EVERYWHERE in own else tuple(each for each in known if each in own) or ("-",)


def refuse_time(
    rules: Rules, operation: Operation, request: Request, lpses: Iterable[str], now: datetime, calendar: Calendar
) -> None:
    """Blackouts and the notice that the public is owed. An emergency waits for neither."""
    start, what = request.at or now, f"`{operation.name}`"
    if start < now - LATE:
        raise refused(what, "waktu mulainya sudah lewat.", "its time has passed.")
    if request.emergency:
        if not (operation.emergency and operation.changes_hosts):
            raise refused(
                what, "tidak dapat diminta sebagai keadaan darurat.", "it cannot be asked for as an emergency."
            )
        return
    refuse_blackout(rules, operation, lpses, start)
    if operation.notice and not request.plan_only:
        refuse_untold(what, request.at, operation.notice, now, calendar)


def refuse_blackout(rules: Rules, operation: Operation, lpses: Iterable[str], at: datetime) -> None:
    """Refuse what would begin in a blackout."""
    found = rules.blackout(lpses, at) if operation.blackout else None
    if found:
        until = moment_in("id", found.until, "WIB"), moment_in("en", found.until, "WIB")
        raise refused(
            f"`{operation.name}`",
            f"masa larangan sampai {until[0]} ({found.reason}). Minta dengan waktu mulai sesudahnya.",
            f"there is a blackout until {until[1]} ({found.reason}). Ask for a time after it.",
        )


def announced_by(operation: Operation, start: datetime, calendar: Calendar) -> datetime:
    """By when the public has to be told of what begins then."""
    return told_by(start, operation.notice, calendar)


def told_by(start: datetime, days: int, calendar: Calendar) -> datetime:
    """By when the public has to be told, so many working days before."""
    return reckon(start, Term(days, ahead=True), Provider("lkpp"), calendar).at


def refuse_untold(what: str, start: datetime | None, days: int, now: datetime, calendar: Calendar) -> None:
    """Refuse what the public can no longer be told of in time, and say from which day on it can."""
    if start is not None and told_by(start, days, calendar) >= now:
        return
    ahead = (now + timedelta(days=number) for number in range(FARTHEST))
    day = next(each for each in ahead if told_by(each, days, calendar) >= now).astimezone(WIB).date()
    raise refused(
        what,
        f"perlu diumumkan {days} hari kerja sebelumnya: sebutkan waktu mulai yang cukup jauh (--at), paling cepat "
        f"{bahasa.day(day)}.",
        f"it has to be announced {days} working days before: give a time that is far enough (--at), {day} at the "
        "earliest.",
    )


def request_told(
    person: Person,
    identity: Identity,
    operation: Operation,
    request: Request,
    lpses: Sequence[str],
    hosts: Sequence[str],
) -> dict[str, Any]:
    """What the ledger keeps of a request. Who has to say yes is frozen with it."""
    if request.emergency and not person.has(HANDS, lpses):
        raise ForbiddenError(
            person=person.name,
            what=Said("menyatakan keadaan darurat", "declare an emergency"),
            lpses=", ".join(lpses),
            needed=Said("operator atau pemberi persetujuan LKPP", "an LKPP operator or approver"),
        )
    return {
        "by": person.slug,
        "name": person.name,
        "via": identity.edge,
        "inputs": {name: mask(value.strip()) for name, value in request.inputs.items()},
        "reason": mask(request.reason),
        "lpses": list(lpses),
        "hosts": list(hosts),
        "changes_hosts": operation.changes_hosts,
        "class": operation.infrastructure,
        "approvals": operation.quorum,
        "hours": operation.approval_hours,
        "notice": operation.notice,
        "at": request.at.astimezone(UTC).isoformat(timespec="seconds") if request.at else None,
        "emergency": mask(request.emergency),
        "plan_only": request.plan_only,
        "planner": "caller" if request.waits else "worker",
    }


def variables(operation: Operation, course: Course) -> dict[str, Any]:
    """What the playbook of a change is told."""
    given = dict(course.request["inputs"])
    own = {"change": course.change, "reason": course.request["reason"] or course.request["emergency"]}
    asked = {each.name for each in operation.inputs}
    filled = {name: value for name, value in own.items() if name in asked and value and not given.get(name)}
    told: dict[str, Any] = dict(operation.variables(given | filled))
    if operation.waves:
        told["spse_waves"] = list(operation.waves)
    return told


def answerers(course: Course) -> tuple[str, ...]:
    """Whose yes counts: what is major is LKPP's; what is minor the LPSE's own, or LKPP's where it has but one admin."""
    return ("approver",) if course.request["class"] == "major" else ("approver", "admin")


def refuse_own(course: Course, person: Person) -> None:
    """Refuse whoever has asked for it himself."""
    if course.requester == person.slug:
        raise refused(
            course.change,
            "yang meminta tidak dapat menyetujui permintaannya sendiri.",
            "whoever has asked cannot answer himself.",
        )


def refuse_answer(course: Course, plan: str, person: Person) -> None:
    """Refuse an answer to what does not wait for one, or to another plan than the one that was shown."""
    refuse_own(course, person)
    if course.stage is not Stage.WAITING:
        raise refused(course.change, "tidak sedang menunggu persetujuan.", "it does not wait for an answer.")
    if not plan or course.hash != plan:
        raise refused(
            course.change,
            "rencananya sudah berganti sejak ditampilkan; baca yang baru, lalu jawab lagi.",
            "its plan is no longer the one that was shown; read the new one, and answer again.",
        )
