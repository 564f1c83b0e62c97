"""The desk as commands use it: who sits at the keyboard, and how a case looks there."""

import os
import pwd
from collections.abc import Iterator
from contextlib import contextmanager

import click

from chatops import answers
from chatops.cases import Case, Progress
from chatops.commands.book import STATES as STATES_OF_CLOCKS
from chatops.commands.book import due_words
from chatops.commands.command import show_json
from chatops.desk import Desk
from chatops.ledger.course import WAYS, Course, Stage
from chatops.maintenance import NAMES
from chatops.permissions import Identity
from chatops.settings import Records, Settings
from chatops.words import Said

INVENTORY = click.option(
    "--inventory", metavar="BERKAS", help="Berkas inventaris Ansible (bawaan: SPSE_OPS_INVENTORY)."
)
STAGES = {
    Stage.ASKED: Said("menunggu rencana", "waits for its plan"),
    Stage.UNPLANNED: Said("tidak dapat direncanakan", "cannot be planned"),
    Stage.WAITING: Said("menunggu persetujuan", "waits for approval"),
    Stage.QUEUED: Said("dalam antrean", "queued"),
    Stage.RUNNING: Said("sedang dikerjakan", "running"),
    Stage.OUTDATED: Said("rencana tidak berlaku lagi", "the plan no longer holds"),
    Stage.INTERRUPTED: Said("TERPUTUS: hasilnya tidak diketahui", "INTERRUPTED: nobody knows how it ended"),
    Stage.FAILED: Said("GAGAL", "FAILED"),
    Stage.DONE: Said("selesai", "done"),
    Stage.CANCELLED: Said("dibatalkan", "cancelled"),
}


@contextmanager
def door(inventory: str | None) -> Iterator[Desk]:
    """Open the desk."""
    desk = Desk.open(Settings.from_environment(inventory=inventory), Records.from_environment())
    try:
        desk.deliver()
        yield desk
    finally:
        desk.close()


def me() -> Identity:
    """Whoever sits at the keyboard, as the system knows him; who has become root is still himself."""
    name = os.environ.get("SUDO_USER") if os.getuid() == 0 else None
    try:
        return Identity("cli", name or pwd.getpwuid(os.getuid()).pw_name)
    except KeyError:
        # A container may run as a number that no account has: somebody whom nobody knows.
        return Identity("cli", f"uid-{os.getuid()}")


def show(case: Case, *, as_json: bool, language: str, progress: Progress | None = None) -> None:
    """A case, for programs or to be read."""
    course = case.course
    if as_json:
        show_json(facts(case, progress))
        return
    due = due_words(case.due, case.change.provider.zone, language)
    label = Said("tenggat", "due").to(language)
    if course is None:
        click.echo(f"{case.number}: {STATES_OF_CLOCKS[case.change.state].to(language)}, {label} {due}")
        return
    click.echo(f"{case.number}: {course.request.get('name')} — {STAGES[course.stage].to(language)}, {label} {due}")
    for line in lines(course, language):
        click.echo(f"  {line}")
    if progress:
        for line in far(case, progress, language):
            click.echo(f"  {line}")


def facts(case: Case, progress: Progress | None = None) -> dict[str, object]:
    """A case for programs."""
    known: dict[str, object] = {"id": case.number, "due": case.due.at.isoformat() if case.due else None}
    if progress:
        known |= {"answers": dict(progress.answers), "failures": dict(progress.failures)}
    return known | facts_of(case.course) if case.course else known


def facts_of(course: Course) -> dict[str, object]:
    """How far a change has come, for programs."""
    return {
        "stage": course.stage.value,
        "request": dict(course.request),
        "plan": dict(course.plan) if course.plan else None,
        "hash": course.hash,
        "approvals": [{"by": each.by, "at": each.at.isoformat()} for each in course.approvals],
        "needed": course.needed,
        "run": course.run,
        "held": course.held,
        "reason": course.reason,
        "differences": list(course.differences),
        "review": course.review,
        "notices": [{"seq": each.seq, "by": each.actor, **each.told} for each in course.notices],
        "steps": [dict(each) for each in course.steps],
    }


def lines(course: Course, language: str) -> Iterator[str]:
    """What a person has to know who is to say yes, or waits."""

    def say(indonesian: str, english: str, value: object) -> str:
        return _line(Said(indonesian, english), value, language)

    none = Said("tidak ada", "none").to(language)
    yield say("operasi", "operation", f"{course.request['lpses']} {dict(course.request['inputs'])}")
    yield say("server", "hosts", ", ".join(course.hosts))
    if plan := course.plan:
        dirty = Said(" (dan perubahan yang belum di-commit)", " (and changes in no commit)").to(language)
        yield say("build", "build", plan["build"] or none)
        yield say("commit git", "git commit", f"{plan['commit'] or none}{dirty if plan['dirty'] else ''}")
        yield say("waktu henti", "downtime", plan["downtime"] or none)
        yield say("yang dapat dikembalikan", "what can be undone", plan["undo"] or none)
        if plan["predictable"] is not None:
            yield say("dapat diperkirakan", "predictable", f"{plan['predictable']} %")
        for group in plan["changes"]:
            yield say("akan berubah", "will change", ", ".join(group["hosts"]))
            said = [*group.get("says", ()), *group["changes"]]
            yield from (f"    {line}" for each in said for line in each.splitlines())
            if group["left_out"]:
                yield f"    … {group['left_out']}"
        yield say("persetujuan", "approvals", f"{len(course.approvals)}/{course.needed}")
        yield say("hash rencana", "plan hash", course.hash)
    yield from _announced(course, language)
    if course.reason:
        yield say("keterangan", "reason", course.reason)
    yield from (f"    {difference}" for difference in course.differences)
    if course.held and course.stage is Stage.INTERRUPTED:
        yield say("server ditahan", "hosts held", "spse-ops release")
    if course.review:
        yield say("perlu ditinjau", "to be reviewed", course.review)


def _announced(course: Course, language: str) -> Iterator[str]:
    """Who was told beforehand, and what is still owed."""
    for event in course.notices:
        ways = ", ".join(NAMES[way].to(language) for way in event.told.get("ways", WAYS))
        told = f"{event.told['at']} {ways} {event.told.get('to', '')}".rstrip()
        yield _line(Said("diumumkan", "announced"), f"{told} (#{event.seq}, {event.actor})", language)
    if course.request["notice"] and course.notice is None:
        owed = Said("belum lengkap; spse-ops maintenance list", "not complete; spse-ops maintenance list")
        yield _line(Said("pemberitahuan", "notice"), owed.to(language), language)


def _line(label: Said, value: object, language: str) -> str:
    return f"{label.to(language):22} {value}"


def far(case: Case, progress: Progress, language: str) -> Iterator[str]:
    """How far a run is, and what the hosts have answered."""
    del language
    yield f"{progress.phase}: {progress.task or '-'} ({progress.tasks})"
    name = case.change.opened["operation"]
    for host, answer in progress.answers.items():
        yield answers.describe(name, host, answer)
    for host, reason in progress.failures.items():
        yield f"{host}: GAGAL — {reason}"
