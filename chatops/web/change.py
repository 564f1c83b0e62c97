"""The page of one change: its plan, who said yes, what it took, what was promised; and the events that prove it."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from chatops.cases import progress
from chatops.ledger.chain import Event
from chatops.ledger.change import Change
from chatops.ledger.course import Course, Stage
from chatops.ledger.store import Reader
from chatops.permissions import Rules
from chatops.sla.clock import Clock
from chatops.web.show import OUTCOMES, STAGES
from chatops.web.site import Site

KINDS = {
    "change.opened": "diterima",
    "change.paused": "jam SLA dijeda",
    "change.resumed": "jam SLA dilanjutkan",
    "change.reprioritised": "prioritas dinilai ulang",
    "change.transferred": "dialihkan",
    "change.closed": "ditutup",
    "change.reopened": "dibuka kembali",
    "reminder.sent": "pengingat dikirim",
    "plan.made": "rencana dibuat",
    "plan.failed": "rencana gagal dibuat",
    "plan.wanted": "rencana ulang diminta",
    "plan.outdated": "rencana tidak berlaku lagi",
    "approval.given": "disetujui",
    "approval.waived": "berjalan tanpa persetujuan (darurat)",
    "approval.reviewed": "ditinjau",
    "notice.given": "pemberitahuan disampaikan",
    "run.queued": "masuk antrean",
    "run.claimed": "diambil pekerja",
    "run.started": "playbook mulai",
    "run.finished": "playbook berakhir",
    "run.stopping": "diminta berhenti",
    "run.verified": "diperiksa sesudahnya",
    "run.reverted": "dikembalikan",
    "run.interrupted": "terputus",
    "run.released": "server dilepas",
    "run.ended": "pelaksanaan berakhir",
    "thread.opened": "disampaikan di Slack",
}
CLASSES = {"none": "hanya melihat", "minor": "minor", "major": "mayor"}


def facts(site: Site, reader: Reader, change: Change) -> dict[str, Any]:
    """What stands on it."""
    now, rules = site.clock(), site.rules
    calendar = reader.calendar(change)
    course = change.course
    operation = site.operations.get(change.opened["operation"])
    due = change.due(calendar, now)
    far = progress(reader.connection, course.run) if course and course.run and course.stage is Stage.RUNNING else None
    return {
        "change": change,
        "title": operation.title if operation else change.opened["operation"],
        "course": course,
        "due": due,
        "late": bool(due and not change.closed and change.state == "open" and due.at < now),
        "zone": change.opened["lpse_zone"],
        "clock": change.clock,
        "paused": _paused(change.clock, now),
        "taken": ((change.clock.resolved or now) - change.clock.received).total_seconds(),
        "history": [_row(event, rules) for event in change.history],
        "people": _people(course, rules),
        "plan": course.plan if course else None,
        "classes": CLASSES,
        "progress": far,
    }


def _row(event: Event, rules: Rules) -> dict[str, Any]:
    told = event.told
    return {
        "seq": event.seq,
        "at": event.at,
        "what": KINDS.get(event.kind, event.kind),
        "kind": event.kind,
        "actor": _name(event.actor, rules),
        "says": "; ".join(_says(told)),
        "hash": event.hash,
        "previous": event.previous,
    }


def _says(told: Mapping[str, Any]) -> Iterator[str]:
    """What an event says beside its kind."""
    if told.get("hash"):
        yield f"rencana {str(told['hash'])[:12]}"
    if told.get("share"):
        yield f"{told['share']} % waktunya terpakai"
    if isinstance(told.get("ok"), bool):
        yield "baik" if told["ok"] else "TIDAK baik"
    if told.get("stage") in set(Stage):
        yield STAGES[Stage(told["stage"])][1]
    if told.get("outcome"):
        yield OUTCOMES.get(told["outcome"], str(told["outcome"]))
    for name in ("reason", "note"):
        if told.get(name):
            yield str(told[name])


def _name(slug: str, rules: Rules) -> str:
    known = rules.people.get(slug)
    return known.name if known else slug


def _people(course: Course | None, rules: Rules) -> dict[str, str]:
    """Who stands in it, by name."""
    slugs = {course.requester, *(each.by for each in course.approvals)} if course else set[str]()
    return {slug: _name(slug, rules) for slug in slugs}


def _paused(clock: Clock, now: datetime) -> float:
    """Seconds by any clock in which its own stood still."""
    return sum(((each.until or now) - each.since).total_seconds() for each in clock.pauses)
