"""How far a change has come that was asked for at the desk: a pure fold of its events, as everything else about it."""

import enum
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from chatops.ledger.chain import Event


class Stage(enum.StrEnum):
    """What a change waits for."""

    ASKED = "asked"
    """Its plan is still to be made."""
    UNPLANNED = "unplanned"
    """No plan could be made, and the change says why: to be planned again, or cancelled."""
    WAITING = "waiting"
    """There is a plan; people have still to say yes."""
    QUEUED = "queued"
    """Everybody has said yes; it runs when its time has come and its hosts are free."""
    RUNNING = "running"
    """A worker has it: compares, runs the playbook, verifies, goes back."""
    OUTDATED = "outdated"
    """Nothing was run: what the yes was for is no longer so. To be planned again, or cancelled."""
    INTERRUPTED = "interrupted"
    """It was begun and nobody knows how it ended; it is never run again. Its hosts may be held until a person looks."""
    FAILED = "failed"
    """It ran, and did not end well. To be planned again, or cancelled."""
    DONE = "done"
    CANCELLED = "cancelled"
    """Withdrawn, rejected, only planned, or stopped while it ran."""


WAYS = ("website", "email")
"""By which the public is told of a maintenance (S0-13)."""
ENDED = frozenset({Stage.DONE, Stage.CANCELLED})
REPLANNED = frozenset({Stage.ASKED, Stage.UNPLANNED, Stage.WAITING, Stage.OUTDATED, Stage.INTERRUPTED, Stage.FAILED})


@dataclass(frozen=True)
class Approval:
    """One person's yes to one plan."""

    by: str
    """The slug of a person."""
    at: datetime
    hash: str


@dataclass(frozen=True)
class Course:
    """How far it has come."""

    change: str
    stage: Stage
    request: Mapping[str, Any]
    """As chatops/conditions.py `request_told` has it: by, inputs, lpses, hosts, at, approvals and so on."""
    attempt: int = 1
    """How many times it was planned; a run has the number of its plan."""
    plan: Mapping[str, Any] | None = None
    """As chatops/plan.py made it, secrets masked."""
    hash: str = ""
    approvals: tuple[Approval, ...] = ()
    """To the plan of now."""
    reason: str = ""
    """Why it could not be planned, is outdated, was interrupted, failed or was cancelled."""
    differences: tuple[str, ...] = ()
    """What had changed between plan and execution."""
    notice: datetime | None = None
    """When the public was told, by the last of the ways."""
    notices: tuple[Event, ...] = ()
    """What was recorded of that."""
    run: str = ""
    """The id of its run, once it is queued: the change's number and that of the plan, `CHG-2026-000123-1`."""
    queued: Event | None = None
    claim: Mapping[str, Any] | None = None
    """Which worker on which machine has it."""
    held: bool = False
    """Nobody else may change its hosts: from the claim to the end; if it was interrupted, until it is released."""
    stopping: str = ""
    """Who has asked that it be stopped while it runs."""
    steps: tuple[Mapping[str, Any], ...] = ()
    """What the worker has found out since: verified, rolled back."""
    review: str = ""
    """Why it went on without anybody's yes, while that has still to be reviewed."""
    threads: Mapping[str, Mapping[str, Any]] | None = None
    """Where an edge tells people of it: by edge, whatever that edge needs to find the place again."""

    @property
    def requester(self) -> str:
        """The slug of who has asked."""
        return str(self.request["by"])

    @property
    def needed(self) -> int:
        """How many people have to say yes."""
        return int(self.request["approvals"])

    @property
    def hosts(self) -> list[str]:
        """The hosts that it is for, frozen when it was asked for."""
        return list(self.request["hosts"])

    @property
    def not_before(self) -> datetime | None:
        """When it may begin at the earliest."""
        at = self.request.get("at")
        return datetime.fromisoformat(at) if at else None

    @property
    def patience(self) -> timedelta:
        """How long a yes is one."""
        return timedelta(hours=float(self.request["hours"]))

    def standing(self, now: datetime) -> tuple[Approval, ...]:
        """The approvals that have not expired, one a person."""
        return tuple({each.by: each for each in self.approvals if now - each.at <= self.patience}.values())


def fold(events: Iterable[Event]) -> Course | None:
    """The course of the change that these events make; none, if it was not asked for at the desk."""
    course: Course | None = None
    for event in events:
        told = event.told
        if event.kind == "change.opened":
            request = told.get("request")
            course = Course(event.subject, Stage.ASKED, request) if request else None
        elif course is not None:
            course = _next(course, event, told)
    return course


def _next(course: Course, event: Event, told: Mapping[str, Any]) -> Course:
    move = MOVES.get(event.kind)
    return move(course, event, told) if move else course


def _planned(course: Course, _event: Event, told: Mapping[str, Any]) -> Course:
    made = replace(course, stage=Stage.WAITING, plan=told["plan"], hash=told["hash"], approvals=())
    return replace(made, reason="", differences=())


def _wanted(course: Course, _event: Event, told: Mapping[str, Any]) -> Course:
    request = {**course.request, "planner": told["planner"]}
    again = Course(course.change, Stage.ASKED, request, told["attempt"])
    told = {"notice": course.notice, "notices": course.notices}
    return replace(again, review=course.review, threads=course.threads, **told)


def _outdated(course: Course, _event: Event, told: Mapping[str, Any]) -> Course:
    found = tuple(told["differences"])
    return replace(course, stage=Stage.OUTDATED, differences=found, reason=told["reason"], held=False)


def _approved(course: Course, event: Event, told: Mapping[str, Any]) -> Course:
    given = Approval(told["by"], datetime.fromisoformat(event.at), told["hash"])
    return replace(course, approvals=(*course.approvals, given))


def _claimed(course: Course, _event: Event, told: Mapping[str, Any]) -> Course:
    return replace(course, stage=Stage.RUNNING, claim=told, held=bool(course.request["changes_hosts"]))


def _found(course: Course, event: Event, told: Mapping[str, Any]) -> Course:
    return replace(course, steps=(*course.steps, {"kind": event.kind, **told}))


def _ended(course: Course, _event: Event, told: Mapping[str, Any]) -> Course:
    # Whoever has closed it by hand meanwhile had his reasons; its hosts are free only now.
    stage = course.stage if course.stage in ENDED else Stage(told["stage"])
    return replace(course, stage=stage, reason=told["reason"], held=False)


def _closed(course: Course, _event: Event, told: Mapping[str, Any]) -> Course:
    stage = Stage.DONE if told["outcome"] == "done" else Stage.CANCELLED
    return replace(course, stage=stage, reason=told["note"] or course.reason)


def _noticed(course: Course, event: Event, _told: Mapping[str, Any]) -> Course:
    given = (*course.notices, event)
    return replace(course, notices=given, notice=noticed(given))


def noticed(events: Iterable[Event]) -> datetime | None:
    """When the public had been told by every way, if it was; an event that names none speaks of all."""
    first: dict[str, datetime] = {}
    for event in events:
        if event.kind == "notice.given":
            told = event.told
            for way in told.get("ways", WAYS):
                first.setdefault(way, datetime.fromisoformat(told["at"]))
    return max(first.values()) if len(first) == len(WAYS) else None


def _threaded(course: Course, _event: Event, told: Mapping[str, Any]) -> Course:
    return replace(course, threads={**(course.threads or {}), told["edge"]: told["place"]})


type Move = Callable[[Course, Event, Mapping[str, Any]], Course]
MOVES: Mapping[str, Move] = {
    "plan.made": _planned,
    "plan.failed": lambda course, _, told: replace(course, stage=Stage.UNPLANNED, reason=told["reason"]),
    "plan.wanted": _wanted,
    "plan.outdated": _outdated,
    "approval.given": _approved,
    "approval.waived": lambda course, _, told: replace(course, review=told["reason"]),
    "approval.reviewed": lambda course, _event, _told: replace(course, review=""),
    "notice.given": _noticed,
    "run.queued": lambda course, event, told: replace(course, stage=Stage.QUEUED, run=told["run"], queued=event),
    "run.claimed": _claimed,
    "run.stopping": lambda course, _, told: replace(course, stopping=told["by"]),
    "run.verified": _found,
    "run.reverted": _found,
    "run.interrupted": lambda course, _, told: replace(course, stage=Stage.INTERRUPTED, reason=told["reason"]),
    "run.released": lambda course, _event, _told: replace(course, held=False),
    "run.ended": _ended,
    "thread.opened": _threaded,
    "change.closed": _closed,
    "change.reopened": lambda course, _, told: replace(course, stage=Stage.FAILED, reason=told["reason"]),
}
