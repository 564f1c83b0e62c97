"""The one door: whatever is asked for from afar comes through here. Who may, is it valid, record it.

Every edge (Slack, web, command line) gives an identity that it has verified, and gets back a case. What is refused is
refused by an error of chatops/errors.py that a person can read. Whatever has a key happens once, however often it is called.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Self

from chatops.catalogue import Operation
from chatops.changes import Reminder
from chatops.ledger.chain import Event
from chatops.ledger.change import Change
from chatops.ledger.course import Course, Stage
from chatops.permissions import Identity, Person
from chatops.settings import Records, Settings
from chatops.sla.deadline import Due


@dataclass(frozen=True)
class Request:
    """What a person asks for."""

    operation: str
    lpses: Sequence[str] = ()
    everywhere: bool = False
    """All LPSEs were meant, and said so."""
    inputs: Mapping[str, str] = field(default_factory=dict)
    """What was given, by the names of the catalogue's inputs."""
    reason: str = ""
    at: datetime | None = None
    """Not to begin before."""
    plan_only: bool = False
    """To see what would happen, and no more."""
    emergency: str = ""
    """Why it cannot wait for anybody's yes; it is reviewed afterwards."""
    key: str = ""
    """What makes it the same when it is delivered twice, such as the id of a submitted view."""
    waits: bool = False
    """Whoever asks calls `plan` himself and waits for it; else a worker makes the plan."""


@dataclass(frozen=True)
class Case:
    """A change as the desk sees it: everything that an edge shows."""

    change: Change
    course: Course | None
    """None of a change that did not come through the desk."""
    due: Due | None
    """In the provider's zone; the LPSE's is in `change.opened["lpse_zone"]`."""
    operation: Operation | None
    """None if the catalogue has it no more."""

    @property
    def number(self) -> str:
        """`CHG-2026-000123`."""
        return self.change.id


@dataclass(frozen=True)
class Progress:
    """How far a run is, or has come; at most a second old while it runs. Not of the ledger, and gone one day."""

    run: str
    phase: str
    """comparing, running, verifying, reverting, ended."""
    task: str = ""
    """What is being done now, masked."""
    hosts: Mapping[str, str] = field(default_factory=dict)
    """Each host and how it stands: ok, changed, failed, unreachable; as far as something is known."""
    answers: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """What the playbook said of each host, once it has ended; `chatops.answers.describe` puts it in words."""
    failures: Mapping[str, str] = field(default_factory=dict)
    tasks: int = 0
    """How many have begun."""
    at: str = ""


class Desk:
    """The desk of one ledger and one inventory. May be used by several threads."""

    @classmethod
    def open(cls, settings: Settings, records: Records) -> Self:
        """Open the ledger."""
        raise NotImplementedError

    def close(self) -> None:
        """Let go of it."""
        raise NotImplementedError

    # Who

    def person(self, identity: Identity) -> Person:
        """Who that is; somebody unknown is refused (UnknownPersonError), and so is everybody while the file is wrong."""
        raise NotImplementedError

    def operations(self, identity: Identity) -> list[Operation]:
        """What he may ask for, for one office at least: help and choices are made of it."""
        raise NotImplementedError

    def lpses(self, identity: Identity, operation: str, typed: str = "", limit: int = 100) -> list[str]:
        """The offices for which he may ask it, those first that begin with what was typed. From memory, up to a minute old."""
        raise NotImplementedError

    # Ask and answer

    def request(self, identity: Identity, request: Request) -> Case:
        """Open a change: takes the time of `ansible-inventory`, about a second. What needs no yes is queued by its plan."""
        raise NotImplementedError

    def plan(self, number: str) -> Case:
        """Make the plan, unless there is one: takes the time of a check on every host. A worker does it, if nobody waits.

        Ends as WAITING with a plan, or QUEUED if nobody need say yes, or UNPLANNED with the reason, or CANCELLED if only
        the plan was wanted.
        """
        raise NotImplementedError

    def approve(self, identity: Identity, number: str, plan: str) -> Case:
        """Say yes to the plan with this hash. The last yes that is needed puts it in the queue. Twice is once."""
        raise NotImplementedError

    def reject(self, identity: Identity, number: str, plan: str, reason: str) -> Case:
        """Say no: the change is closed. By whoever could have said yes."""
        raise NotImplementedError

    def cancel(self, identity: Identity, number: str, reason: str) -> Case:
        """Withdraw it, or stop it while it runs. By its requester, or whoever could have approved it."""
        raise NotImplementedError

    def replan(self, identity: Identity, number: str, *, waits: bool = False) -> Case:
        """Have it planned anew, with the same hosts and inputs; another plan needs another yes, and makes another run."""
        raise NotImplementedError

    def announce(self, identity: Identity, number: str, at: datetime | None = None) -> Case:
        """Record that the public was told of the maintenance, for operations that ask for notice."""
        raise NotImplementedError

    def review(self, identity: Identity, number: str, note: str) -> Case:
        """Close the review of what went on without anybody's yes. Not by its requester."""
        raise NotImplementedError

    def release(self, identity: Identity, number: str, note: str) -> Case:
        """Say that somebody has looked at the hosts of an interrupted change: others may change them again."""
        raise NotImplementedError

    # Look

    def case(self, identity: Identity, number: str) -> Case:
        """One change, if he may see it."""
        raise NotImplementedError

    def may_answer(self, identity: Identity, case: Case) -> bool:
        """Whether his yes would count now: it waits, he has the right, and did not ask for it himself."""
        raise NotImplementedError

    def waiting(self, identity: Identity) -> list[Case]:
        """The open changes that he can answer, and those that he asked for, the oldest first: his App Home."""
        raise NotImplementedError

    def queue(self, identity: Identity, *stages: Stage) -> list[Case]:
        """The changes at these stages (those not ended, if none is named) that he may see, in the order of the queue."""
        raise NotImplementedError

    def progress(self, run: str) -> Progress | None:
        """How far a run has come."""
        raise NotImplementedError

    def log(self, run: str) -> str | None:
        """What the playbook printed, masked, once the run has ended."""
        raise NotImplementedError

    # For edges that tell people of it: no identity, because nobody asks

    def events(self, after: int, limit: int = 500) -> list[Event]:
        """What was recorded behind an event, in order. Of all kinds; a `subject` CHG-… is a change."""
        raise NotImplementedError

    def told(self, number: str) -> Case:
        """One change, for whoever tells people of it."""
        raise NotImplementedError

    def thread(self, number: str, edge: str, place: Mapping[str, Any]) -> Case:
        """Record where an edge tells people of a change (channel and ts, say): once for each edge. `course.threads`."""
        raise NotImplementedError

    def cursor(self, reader: str) -> int:
        """Up to which event a reader has told people of everything; 0 for one who has just begun."""
        raise NotImplementedError

    def advance(self, reader: str, seq: int) -> None:
        """Say how far a reader has come."""
        raise NotImplementedError

    def remind(self, now: datetime | None = None) -> list[Reminder]:
        """Who is to be told of a deadline now; each once, whoever asks."""
        raise NotImplementedError


        """Events as they come, for so many seconds."""
        raise NotImplementedError


def rules_file(settings: Settings, environment: Mapping[str, str]) -> Path:
    """Where the file of permissions is: `SPSE_OPS_RULES`, or `rules.yml` beside the inventory."""
    raise NotImplementedError
