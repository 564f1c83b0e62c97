"""The one door: whatever is asked for from afar comes through here. Who may, is it valid, record it.

Every edge (Slack, web, command line) gives an identity that it has verified, and gets back a case. What is refused is
refused by an error of chatops/errors.py that a person can read. Whatever has a key happens once, however often it is
called.
"""

import difflib
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Self

from chatops import cases, catalogue, conditions, inventory, maintenance, permissions, plan, planner
from chatops.cases import Case, Progress, Request
from chatops.catalogue import Operation
from chatops.changes import Asked, Changes, Reminder, opened, record
from chatops.errors import PlanError, SpseOpsError, UnknownOperationError
from chatops.ledger import spool
from chatops.ledger.chain import Entry, Event
from chatops.ledger.course import ENDED, REPLANNED, WAYS, Course, Stage
from chatops.ledger.store import Ledger, Writer
from chatops.permissions import Identity, Person, Rules
from chatops.secrets import mask
from chatops.settings import Records, Settings
from chatops.sla import services
from chatops.words import Said

__all__ = ["Case", "Desk", "Progress", "Request"]

MEMORY = 60
"""Seconds for which the inventory is remembered while somebody types."""


class Desk:
    """The desk of one ledger and one inventory. May be used by several threads."""

    def __init__(self, settings: Settings, records: Records, ledger: Ledger) -> None:
        self.settings = settings
        self.records = records
        self.ledger = ledger
        self.inventory = inventory.Inventory(settings)
        self._entries: tuple[object, dict[str, Operation]] = ((), {})
        self._hosts: tuple[float, Mapping[str, Mapping[str, Any]]] = (-MEMORY, {})

    @classmethod
    def open(cls, settings: Settings, records: Records) -> Self:
        """Open the ledger."""
        return cls(settings, records, Ledger.open(records.url))

    def close(self) -> None:
        """Let go of it."""
        self.ledger.close()

    # Who

    @property
    def rules(self) -> Rules:
        """Who may do what, as the file says now."""
        return permissions.load(self.settings.rules)

    @property
    def catalogue(self) -> dict[str, Operation]:
        """What may be asked for, as its folder says now."""
        files = sorted(self.settings.catalogue.glob("*.yml"))
        seen = tuple((path.name, path.stat().st_mtime_ns) for path in files)
        # To parse them anew for each change of a list would take longer than all else.
        if self._entries[0] != seen:
            self._entries = (seen, catalogue.load(self.settings.catalogue))
        return self._entries[1]

    def person(self, identity: Identity) -> Person:
        """Who that is; somebody unknown is refused, and so is everybody while the file is wrong."""
        return self.rules.person(identity)

    def operations(self, identity: Identity) -> list[Operation]:
        """What he may ask for, for one office at least: help and choices are made of it."""
        person = self.person(identity)
        return [operation for operation in self.catalogue.values() if person.offices(operation.ask)]

    def lpses(self, identity: Identity, operation: str, typed: str = "", limit: int = 100) -> list[str]:
        """The offices for which he may ask it, those first that begin with what was typed; from memory."""
        own = self.person(identity).offices(self._operation(operation).ask)
        known = [each for each in self.offices() if permissions.EVERYWHERE in own or each in own]
        begins = [each for each in known if each.startswith(typed)]
        return [*begins, *(each for each in known if typed in each and each not in begins)][:limit]

    def offices(self) -> list[str]:
        """All offices; from memory, which this fills, if it has grown old."""
        return sorted(inventory.offices(self._remembered()))

    def addresses(self, lpse: str) -> list[tuple[str, str]]:
        """Where the hosts of an office are, with their ports, if they are named; from memory."""
        return inventory.addresses(self._remembered(), lpse)

    def remember(self) -> None:
        """Read the offices now, so that nobody who types has to wait for it."""
        self._hosts = (time.monotonic(), self.inventory.variables())

    # Ask and answer

    def request(self, identity: Identity, request: Request) -> Case:
        """Open a change: takes the time of `ansible-inventory`, about a second. Its plan is made afterwards."""
        rules = self.rules
        person = rules.person(identity)
        operation = self._operation(request.operation)
        key = f"request:{identity.edge}:{request.key}" if request.key else None
        if key and (known := self._known(key)):
            return known
        conditions.refuse_inputs(operation, request)
        variables = self.inventory.variables()
        by_office = inventory.offices(variables)
        asked = replace(request, lpses=conditions.offices(person, operation, request, by_office))
        hosts = inventory.select(by_office, asked.lpses, self.settings.inventory)
        lpses = sorted({variables[host]["spse_lpse"] for host in hosts})
        what = Said(f"meminta `{operation.name}`", f"ask for `{operation.name}`")
        permissions.check(person, operation.ask, lpses, what)
        now = datetime.now(UTC)
        zones = {str(variables[host]["spse_zone"]) for host in hosts if "spse_zone" in variables[host]}
        zone = zones.pop() if len(zones) == 1 else "WIB"
        service, mode = services.usual(operation.service)
        wanted = Asked(operation.name, tuple(lpses), service, mode, lpse_zone=zone, reason=request.reason)
        told = conditions.request_told(person, identity, operation, asked, lpses, hosts)
        with self.ledger.writing(now) as writer:
            if key and (subject := writer.subject_of(key)):
                return self._case(writer, subject)
            conditions.refuse_time(rules, operation, asked, lpses, now, writer.calendar())
            body = opened(wanted, now) | {"service": operation.service, "request": told}
            number = writer.next_number()
            writer.append(Entry("change.opened", number, person.slug, body, key))
            return self._case(writer, number)

    def plan(self, number: str) -> Case:
        """Make the plan, unless there is one: takes the time of a check on every host.

        A worker does it, if nobody waits. Ends as WAITING with a plan, or QUEUED if nobody need say yes, or UNPLANNED
        with the reason, or CANCELLED if only the plan was wanted.
        """
        case, course = self._course(number)
        if course.stage is not Stage.ASKED:
            return case
        try:
            told, reason = self.made(course, case.operation), ""
        except SpseOpsError as error:
            told, reason = {}, mask(str(error))
        with self.ledger.writing() as writer:
            case, now = self._in(writer, number)
            # Somebody else was quicker, or it was cancelled meanwhile.
            if now.stage is not Stage.ASKED or now.attempt != course.attempt:
                return case
            key = f"plan:{number}:{course.attempt}"
            if reason:
                writer.append(Entry("plan.failed", number, "spse-ops", {"reason": reason}, key))
            else:
                body = {"plan": told, "hash": plan.digest(told), "attempt": course.attempt}
                writer.append(Entry("plan.made", number, "spse-ops", body, key))
                self._onward(writer, number)
            return self._case(writer, number)

    def made(self, course: Course, operation: Operation | None) -> dict[str, Any]:
        """The plan of a change as it would be now."""
        if operation is None:
            raise PlanError(change=course.change, detail="operasinya tidak ada lagi dalam katalog")
        variables = conditions.variables(operation, course)
        made = planner.gather(self.inventory, operation, course.request["lpses"], course.hosts, variables)
        return made.told()

    def approve(self, identity: Identity, number: str, plan: str) -> Case:
        """Say yes to the plan with this hash. The last yes that is needed puts it in the queue."""
        with self._answering(identity, number, Said("menyetujui", "approve")) as (writer, course, person):
            standing = course.standing(writer.now)
            if course.hash == plan and any(each.by == person.slug for each in course.approvals if each in standing):
                return self._case(writer, number)
            conditions.refuse_answer(course, plan, person)
            expired = sum(each.by == person.slug for each in course.approvals)
            key = f"approval:{number}:{course.attempt}:{person.slug}:{expired}"
            writer.append(Entry("approval.given", number, person.slug, {"by": person.slug, "hash": plan}, key))
            self._onward(writer, number)
            return self._case(writer, number)

    def reject(self, identity: Identity, number: str, plan: str, reason: str) -> Case:
        """Say no: the change is closed. By whoever could have said yes."""
        with self._answering(identity, number, Said("menolak", "reject")) as (writer, course, person):
            if course.stage is Stage.CANCELLED:
                return self._case(writer, number)
            conditions.refuse_answer(course, plan, person)
            self._close(writer, number, person.slug, "cancelled", f"ditolak: {reason}")
            return self._case(writer, number)

    def cancel(self, identity: Identity, number: str, reason: str) -> Case:
        """Withdraw it, or stop it while it runs. By its requester, or whoever could have approved it."""
        what = Said("membatalkan", "cancel")
        with self._answering(identity, number, what, requester=True) as (writer, course, person):
            if course.stage is Stage.RUNNING:
                body = {"by": person.slug, "run": course.run, "reason": mask(reason)}
                writer.append(Entry("run.stopping", number, person.slug, body, f"run.stopping:{course.run}"))
            elif course.stage not in ENDED:
                self._close(writer, number, person.slug, "cancelled", reason)
            return self._case(writer, number)

    def replan(self, identity: Identity, number: str, *, waits: bool = False) -> Case:
        """Have it planned anew, with the same hosts and inputs; another plan needs another yes, makes another run."""
        what = Said("merencanakan ulang", "plan again")
        with self._answering(identity, number, what, requester=True) as (writer, course, person):
            if course.stage not in REPLANNED or course.held:
                detail = "sedang berjalan, sudah selesai, atau servernya belum dilepas (`spse-ops release`)."
                raise conditions.refused(number, detail, "it runs, has ended, or its hosts are still held.")
            body = {"attempt": course.attempt + 1, "planner": "caller" if waits else "worker"}
            key = f"plan.wanted:{number}:{course.attempt + 1}"
            writer.append(Entry("plan.wanted", number, person.slug, body, key))
            return self._case(writer, number)

    def announce(
        self, identity: Identity, number: str, at: datetime | None = None, ways: Sequence[str] = WAYS, to: str = ""
    ) -> Case:
        """Record that the public was told of the maintenance: when, by which ways, and who."""
        person = self.person(identity)
        with self.ledger.writing() as writer:
            change = writer.change(number)
            who = conditions.answerers(change.course) if change.course else maintenance.TELLERS
            if not (change.course and change.course.requester == person.slug):
                permissions.check(person, who, change.lpses, Said("mencatat pemberitahuan", "record the notice"))
            maintenance.tell(writer, change, person.slug, at, ways, to)
            return self._case(writer, number)

    def review(self, identity: Identity, number: str, note: str) -> Case:
        """Close the review of what went on without anybody's yes. Not by its requester."""
        with self._answering(identity, number, Said("meninjau", "review")) as (writer, course, person):
            if course.review:
                conditions.refuse_own(course, person)
                key = f"review:{number}:{course.attempt}"
                writer.append(Entry("approval.reviewed", number, person.slug, {"note": mask(note)}, key))
            return self._case(writer, number)

    def release(self, identity: Identity, number: str, note: str) -> Case:
        """Say that somebody has looked at the hosts of an interrupted change: others may change them again."""
        what = Said("melepas server", "release the hosts")
        with self._answering(identity, number, what, requester=True) as (writer, course, person):
            if course.held and course.stage is not Stage.INTERRUPTED:
                raise conditions.refused(number, "sedang berjalan; batalkan dahulu.", "it runs; cancel it first.")
            if course.held:
                body = {"run": course.run, "note": mask(note)}
                writer.append(Entry("run.released", number, person.slug, body, f"run.released:{course.run}"))
            return self._case(writer, number)

    # Look

    def case(self, identity: Identity, number: str) -> Case:
        """One change, if he may see it."""
        person = self.person(identity)
        case = self.told(number)
        permissions.check(person, permissions.ROLES, case.change.lpses, Said("melihat", "see"))
        return case

    def may_answer(self, identity: Identity, case: Case) -> bool:
        """Whether his yes would count now: it waits, he has the right, and did not ask for it himself."""
        person, course = self.person(identity), case.course
        if course is None or course.stage is not Stage.WAITING or course.requester == person.slug:
            return False
        return person.has(conditions.answerers(course), course.request["lpses"])

    def waiting(self, identity: Identity) -> list[Case]:
        """The open changes that he can answer, and those that he asked for, the oldest first: his App Home."""
        slug = self.person(identity).slug
        found = [(case, case.course) for case in self.queue(identity)]
        return [case for case, own in found if self.may_answer(identity, case) or (own and own.requester == slug)]

    def queue(self, identity: Identity, *stages: Stage) -> list[Case]:
        """The changes at these stages (if none is named, those not ended) that he may see, as they are queued."""
        person = self.person(identity)
        wanted = stages or tuple(stage for stage in Stage if stage not in ENDED)
        with self.ledger.reading() as reader:
            found = [self._case(reader, number) for number in cases.numbers(reader.connection, wanted)]
        return [case for case in found if person.has(permissions.ROLES, case.change.lpses)]

    def progress(self, run: str) -> Progress | None:
        """How far a run has come."""
        with self.ledger.reading() as reader:
            return cases.progress(reader.connection, run)

    def log(self, run: str) -> str | None:
        """What the playbook printed, masked, once the run has ended."""
        with self.ledger.reading() as reader:
            return cases.log(reader.connection, run)

    # For edges that tell people of it: no identity, because nobody asks

    def events(self, after: int, limit: int = 500) -> list[Event]:
        """What was recorded behind an event, in order. Of all kinds; a `subject` CHG-… is a change."""
        with self.ledger.reading() as reader:
            return cases.events(reader.connection, after, limit)

    def told(self, number: str) -> Case:
        """One change, for whoever tells people of it."""
        with self.ledger.reading() as reader:
            return self._case(reader, number)

    def thread(self, number: str, edge: str, place: Mapping[str, Any]) -> Case:
        """Record where an edge tells people of a change (channel and ts, say): once for each edge. `course.threads`."""
        with self.ledger.writing() as writer:
            writer.change(number)
            body = {"edge": edge, "place": dict(place)}
            writer.append(Entry("thread.opened", number, "spse-ops", body, f"thread:{edge}:{number}"))
            return self._case(writer, number)

    def cursor(self, reader: str) -> int:
        """Up to which event a reader has told people of everything; 0 for one who has just begun."""
        with self.ledger.reading() as read:
            return cases.cursor(read.connection, reader)

    def advance(self, reader: str, seq: int) -> None:
        """Say how far a reader has come."""
        with self.ledger.aside() as connection:
            cases.advance(connection, reader, seq)

    def remind(self, now: datetime | None = None) -> list[Reminder]:
        """Who is to be told of a deadline now; each once, whoever asks."""
        return Changes(self.ledger, "spse-ops").remind(now)

    def deliver(self) -> None:
        """Take in what Ansible's callback has written down of runs."""
        spool.deliver(self.ledger, self.records.spool)

    # Within

    def _operation(self, name: str) -> Operation:
        known = self.catalogue
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            suggestion = f"Maksud Anda `{near[0]}`?" if near else f"Yang ada: {', '.join(known)}."
            raise UnknownOperationError(operation=name, suggestion=suggestion)
        return known[name]

    def _remembered(self) -> Mapping[str, Mapping[str, Any]]:
        if time.monotonic() - self._hosts[0] > MEMORY:
            self.remember()
        return self._hosts[1]

    def _known(self, key: str) -> Case | None:
        with self.ledger.reading() as reader:
            subject = reader.subject_of(key)
            return self._case(reader, subject) if subject else None

    def _case(self, reader: Any, number: str) -> Case:  # noqa: ANN401 - a Reader or a Writer
        return cases.case(reader, number, self.catalogue)

    def _course(self, number: str) -> tuple[Case, Course]:
        with self.ledger.reading() as reader:
            return self._in(reader, number)

    def _in(self, reader: Any, number: str) -> tuple[Case, Course]:  # noqa: ANN401 - a Reader or a Writer
        case = self._case(reader, number)
        if case.course is None:
            detail = "tidak diminta lewat meja ini; urus dengan `spse-ops change`."
            raise conditions.refused(number, detail, "it was not asked for at this desk; use `spse-ops change`.")
        return case, case.course

    @contextmanager
    def _answering(
        self, identity: Identity, number: str, what: Said, *, requester: bool = False
    ) -> Iterator[tuple[Writer, Course, Person]]:
        """Somebody does something to a change: authorised now, not when the button was shown."""
        person = self.person(identity)
        with self.ledger.writing() as writer:
            _, course = self._in(writer, number)
            if not (requester and course.requester == person.slug):
                permissions.check(person, conditions.answerers(course), course.request["lpses"], what)
            yield writer, course, person

    def _onward(self, writer: Writer, number: str) -> None:
        """Put a change with a plan into the queue, if nobody has to say yes any more."""
        _, course = self._in(writer, number)
        request = course.request
        if request["plan_only"]:
            self._close(writer, number, "spse-ops", "cancelled", "hanya direncanakan (--plan-only)")
            return
        if request["emergency"] and course.needed:
            body = {"by": course.requester, "reason": request["emergency"]}
            key = f"approval.waived:{number}:{course.attempt}"
            writer.append(Entry("approval.waived", number, course.requester, body, key))
        elif len(course.standing(writer.now)) < course.needed:
            return
        run = f"{number}-{course.attempt}"
        body = {"run": run, "hash": course.hash, "hosts": course.hosts, "at": request["at"]}
        writer.append(Entry("run.queued", number, "spse-ops", body, f"run.queued:{run}"))

    def _close(self, writer: Writer, number: str, actor: str, outcome: str, note: str) -> None:
        change = writer.change(number)
        if change.state != "closed":
            at = max(writer.now, change.events[-1].at).isoformat()
            record(writer, change, "change.closed", {"at": at, "outcome": outcome, "note": note}, actor)
