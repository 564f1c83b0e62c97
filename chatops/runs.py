"""What a worker does with one run, step by step. Each may be done again: what was done once is found done.

Compare with what was approved, start the playbook once and wait for it, verify, go back if that is called for, and say
how it ended.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from chatops import cases, conditions, once, plan
from chatops.cases import Progress
from chatops.catalogue import Operation
from chatops.changes import record
from chatops.desk import Desk
from chatops.errors import LedgerError, SpseOpsError
from chatops.launcher import Ending, Outcome, Task
from chatops.ledger.chain import Entry
from chatops.ledger.course import Course, Stage
from chatops.once import Standing
from chatops.secrets import mask

PULSE = 0.1
STARTS = 20
"""How often a launcher may fail to come up before it is taken that none can."""
TRIES = 3
"""How often a look is begun anew that was cut: it changes nothing."""
VERIFY, ROLLBACK = "verify", "rollback"
PHASES = {"": "running", VERIFY: "verifying", ROLLBACK: "reverting"}


@dataclass(frozen=True)
class Part:
    """How one playbook of a run has ended."""

    ending: str
    """One of `launcher.Ending`, or `interrupted`."""
    failures: Mapping[str, str]
    detail: str = ""

    @property
    def well(self) -> bool:
        """Whether it came to its end and no host failed."""
        return self.ending == Ending.WHOLE and not self.failures

    @property
    def unbegun(self) -> bool:
        """Whether nothing was done at all."""
        return self.ending in {Ending.REFUSED, Standing.NEW}

    @property
    def unknown(self) -> bool:
        """Whether nobody knows how the hosts stand."""
        return self.ending in {Ending.CUT, Standing.INTERRUPTED}

    @property
    def reason(self) -> str:
        """Why it did not end well, in one line."""
        if self.failures:
            return "; ".join(f"{host}: {reason}" for host, reason in sorted(self.failures.items()))
        return self.detail


class Runs:
    """The runs of one machine."""

    def __init__(self, desk: Desk, machine: str) -> None:
        self.desk = desk
        self.machine = machine
        self.folder = desk.records.state / "runs"

    def compare(self, number: str) -> bool:
        """Whether it may begin: everything is as it was approved. What is not is recorded."""
        course, operation = self._course(number)
        if once.look(self.folder / course.run) is not Standing.NEW:
            return True
        self._show(course, "comparing")
        reason, found = "", list[str]()
        try:
            self._refuse_time(course, operation)
            now = self.desk.made(course, operation)
            if plan.digest(now) != course.hash:
                found = plan.differences(course.plan or {}, now) or ["rencana"]
                reason = "berbeda dari rencana yang disetujui"
        except LedgerError:
            # It is away, which says nothing of the plan: this is done again.
            raise
        except SpseOpsError as error:
            reason = mask(str(error))
        if not reason:
            return True
        body = {"run": course.run, "reason": reason, "differences": found}
        self._append(course, "plan.outdated", body)
        self._show(course, "ended")
        return False

    def launch(self, number: str, part: str = "", attempt: int = 1) -> dict[str, Any]:
        """Start a playbook of the run once, and wait until it has ended."""
        course, operation = self._course(number)
        name = "-".join(filter(None, [course.run, part, str(attempt) if attempt > 1 else ""]))
        folder = self.folder / name
        task = self._task(course, operation, part)
        once.prepare(folder, name, number, course.requester, task)
        standing = self._wait(course, folder, part)
        self.desk.deliver()
        if standing is not Standing.ENDED:
            detail = "proses pelaksanaan hilang sebelum selesai"
            told = {"ending": standing.value, "failures": {}, "detail": detail}
        else:
            result = once.result(folder)
            told = {"ending": result.ending.value, "failures": dict(result.outcome.failures), "detail": result.detail}
            if not part:
                self._show(course, PHASES[part], once.progress(folder), result.outcome, once.log(folder))
        return told

    def verified(self, number: str, part: Part | None) -> bool:
        """Record what the look afterwards has found; whether all is well. None where nobody was to look."""
        course, operation = self._course(number)
        if part is None:
            return True
        name = operation.verify if operation else ""
        body = {"run": course.run, "by": name, "ok": part.well, "reason": mask(part.reason) if not part.well else ""}
        self._append(course, "run.verified", body)
        return part.well

    def reverted(self, number: str, part: Part | None) -> None:
        """Record that the operation was undone, or could not be; by nobody, where its playbook does that itself."""
        course, operation = self._course(number)
        name = operation.rollback if operation and part else ""
        told = {"ok": part.well, "reason": mask(part.reason) if not part.well else ""} if part else {"ok": None}
        self._append(course, "run.reverted", {"run": course.run, "by": name, "reason": "", **told})

    def interrupted(self, number: str, reason: str) -> None:
        """Say that nobody knows how it stands. Its hosts stay held until somebody has looked."""
        course, _ = self._course(number)
        body = {"run": course.run, "machine": self.machine, "reason": mask(reason)}
        self._append(course, "run.interrupted", body)
        self._show(course, "ended")

    def end(self, number: str, stage: Stage, reason: str) -> None:
        """Say how it ended, let go of its hosts, and close the change, if what was asked for is done or given up."""
        course, _ = self._course(number)
        body = {"run": course.run, "stage": stage.value, "reason": mask(reason)}
        with self.desk.ledger.writing() as writer:
            if not writer.append(Entry("run.ended", number, "spse-ops", body, f"run.ended:{course.run}")):
                return
            change = writer.change(number)
            outcome = {Stage.DONE: "done", Stage.CANCELLED: "cancelled"}.get(stage)
            if outcome and change.state != "closed":
                at = max(writer.now, change.events[-1].at).isoformat()
                told = {"at": at, "outcome": outcome, "note": reason}
                record(writer, change, "change.closed", told, "spse-ops")
        self._show(course, "ended")

    def looks(self, number: str) -> bool:
        """Whether somebody is to look afterwards."""
        _, operation = self._course(number)
        return bool(operation and operation.changes_hosts and operation.verify)

    def undoes(self, number: str) -> str:
        """Who undoes it when it has failed: `itself`, `rollback`, or nobody."""
        _, operation = self._course(number)
        if operation is None or not operation.changes_hosts:
            return ""
        return "itself" if operation.undoes_itself else ROLLBACK if operation.rollback else ""

    def can_be_undone(self, number: str) -> bool:
        """Whether there is an operation that undoes it."""
        _, operation = self._course(number)
        return bool(operation and operation.rollback)

    # Within

    def _wait(self, course: Course, folder: Path, part: str) -> Standing:
        begun = None
        starts, shown = 0, 0.0
        while True:
            standing = once.look(folder)
            if standing is Standing.ENDED:
                return standing
            if standing is Standing.INTERRUPTED:
                # Whoever led it is gone; what it had begun must not go on behind our back.
                once.sweep(folder.resolve())
                once.clean(folder)
                return standing
            if standing is Standing.NEW and not (begun and begun.is_alive()):
                if starts == STARTS:
                    return Standing.NEW
                begun = once.start(folder, self.desk.settings, self.desk.records.state)
                starts += 1
            if time.monotonic() - shown > 1:
                shown = time.monotonic()
                # That it has begun is told by Ansible itself.
                self.desk.deliver()
                self._show(course, PHASES[part], once.progress(folder))
                # Who asks that it be stopped does not mean the way back.
                if not part and self._course(course.change)[0].stopping:
                    once.stop(folder)
            time.sleep(PULSE)

    def _task(self, course: Course, operation: Operation | None, part: str) -> Task:
        if operation is None or course.plan is None:
            raise conditions.refused(course.change, "operasinya tidak ada lagi.", "its operation is gone.")
        if not part:
            hosts = [*course.plan["hosts"], *operation.groups]
            return Task(operation.playbook, hosts, conditions.variables(operation, course))
        other = self.desk.catalogue[operation.verify if part == VERIFY else operation.rollback]
        given = operation.shared(other, course.request["inputs"])
        if part == ROLLBACK:
            names = {each.name for each in other.inputs}
            own = {"change": course.change, "reason": f"{operation.name} gagal"}
            given |= {key: value for key, value in own.items() if key in names}
        return Task(other.playbook, [*course.hosts, *other.groups], other.variables(given))

    def _refuse_time(self, course: Course, operation: Operation | None) -> None:
        now, what = datetime.now(UTC), course.change
        if operation is None or course.request["emergency"]:
            return
        conditions.refuse_blackout(self.desk.rules, operation, course.request["lpses"], now)
        since = max(filter(None, [course.not_before, course.queued and datetime.fromisoformat(course.queued.at)]))
        if course.needed and now - since > course.patience:
            raise conditions.refused(what, "persetujuannya sudah kedaluwarsa.", "its approval has expired.")
        if course.request["notice"]:
            with self.desk.ledger.reading() as reader:
                by = conditions.announced_by(operation, now, reader.calendar())
            if course.notice is None or course.notice > by + timedelta(seconds=1):
                days = course.request["notice"]
                raise conditions.refused(
                    what,
                    f"pemberitahuan {days} hari kerja sebelumnya belum tercatat.",
                    f"no notice {days} working days before is on record.",
                )

    def _course(self, number: str) -> tuple[Course, Operation | None]:
        case = self.desk.told(number)
        if case.course is None:
            raise conditions.refused(number, "tidak diminta lewat meja ini.", "it was not asked for at this desk.")
        return case.course, case.operation

    def _append(self, course: Course, kind: str, body: Mapping[str, Any]) -> None:
        with self.desk.ledger.writing() as writer:
            writer.append(Entry(kind, course.change, "spse-ops", body, f"{kind}:{course.run}"))

    def _show(
        self,
        course: Course,
        phase: str,
        far: Mapping[str, Any] | None = None,
        outcome: Outcome | None = None,
        log: str | None = None,
    ) -> None:
        with self.desk.ledger.aside() as connection:
            before = cases.progress(connection, course.run)
            task = far["task"] if far else ""
            if far is None or phase not in {"comparing", PHASES[""]}:
                # What is looked at or undone afterwards does not count among what was to be done.
                far = {"hosts": before.hosts if before else {}, "tasks": before.tasks if before else 0}
            made = Progress(
                run=course.run,
                phase=phase,
                task=task,
                hosts=far["hosts"],
                answers=outcome.answers if outcome else before.answers if before else {},
                failures=outcome.failures if outcome else before.failures if before else {},
                tasks=far["tasks"],
                at=datetime.now(UTC).isoformat(timespec="seconds"),
            )
            cases.keep(connection, made, log)
