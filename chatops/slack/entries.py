"""What is said in the thread of a change when something happens to it. Pure."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from chatops import answers
from chatops.cases import Case, Progress
from chatops.ledger.chain import Event
from chatops.ledger.course import WAYS, Stage
from chatops.maintenance import NAMES
from chatops.permissions import Rules
from chatops.slack import text
from chatops.slack.cards import STAGES, difference, due, heading, person
from chatops.slack.text import code, escape, fence

FUNCTIONAL, STRUCTURAL = ("operator",), ("approver",)
"""Whose user groups are called: the technical team, then those who decide."""
LATE = 90
"""The share of its time from which on a change is told of to those who decide, too."""
OVER = 100


@dataclass(frozen=True)
class Entry:
    """One thing to say: words, and a file if they are not enough."""

    words: str = ""
    file: str = ""
    name: str = ""
    alarm: bool = False
    """To be said where deadlines are watched, too."""


@dataclass(frozen=True)
class Told:
    """An event, and what belongs to it."""

    event: Event
    case: Case
    rules: Rules
    progress: Progress | None = None
    log: str | None = None

    def __getitem__(self, key: str) -> Any:  # noqa: ANN401 - whatever the event says
        return self.event.told[key]

    @property
    def actor(self) -> str:
        """Who did it."""
        return person(self.event.actor, self.rules.people)

    @property
    def by(self) -> str:
        """Who is said to have done it."""
        return person(self["by"], self.rules.people)

    def words(self, key: str) -> str:
        """What somebody or something has said, made harmless."""
        return code(text.cut(str(self.event.told.get(key) or ""), 800))


def entry(told: Told) -> Entry:
    """What is said of an event; nothing, where the message above says it all."""
    says = SAYS.get(told.event.kind)
    # Of a change that the desk does not know only its deadline is told.
    return says(told) if says and (told.case.course or says is _reminder) else Entry()


def _planned(told: Told) -> Entry:
    whole = difference(told["plan"]["changes"])
    name = f"{told.case.number}-rencana-{told['attempt']}.diff"
    # A message shows less than a file holds.
    file = whole if len(escape(whole)) > text.FENCE else ""
    needed = told.case.course.needed if told.case.course else 0
    if not needed:
        return Entry("Rencana siap; tidak memerlukan persetujuan.", file, name)
    return Entry(f"Rencana siap. {call(told.rules, STRUCTURAL)} diperlukan {needed} persetujuan.", file, name)


def _closed(told: Told) -> Entry:
    outcome = {"done": "Selesai", "cancelled": "Dibatalkan", "failed": "Gagal"}.get(told["outcome"], told["outcome"])
    note = f" {told.words('note')}" if told.event.told.get("note") else ""
    met = told.event.told.get("met")
    sla = ":white_check_mark: Tenggat SLA terpenuhi" if met else ":x: Tenggat SLA TERLEWAT"
    return Entry(f"*Ditutup: {outcome}.*{note}" + ("" if met is None else f"\n{sla} ({due(told.case)})."))


def _interrupted(told: Told) -> Entry:
    words = f":rotating_light: TERPUTUS: {told.words('reason')} Tidak dijalankan lagi."
    return Entry(f"{words} {call(told.rules, FUNCTIONAL)} periksa servernya.", alarm=True)


def _verified(told: Told) -> Entry:
    if told["ok"]:
        return Entry(f"Pemeriksaan {told.words('by')}: baik.")
    return Entry(f":x: Pemeriksaan {told.words('by')} gagal: {told.words('reason')}")


def _reverted(told: Told) -> Entry:
    if told["ok"] is None:
        return Entry("Playbook itu mengembalikan sendiri.")
    if told["ok"]:
        return Entry(":leftwards_arrow_with_hook: Dikembalikan.")
    return Entry(f":rotating_light: TIDAK dapat dikembalikan: {told.words('reason')}", alarm=True)


def _ended(told: Told) -> Entry:
    words = f"*{STAGES[Stage(told['stage'])]}*"
    if told["reason"]:
        words += f"\n{told.words('reason')}"
    progress = told.progress
    if progress and progress.answers:
        name = str(told.case.change.opened["operation"])
        said = [answers.describe(name, host, answer) for host, answer in progress.answers.items()]
        words += "\n" + fence("\n".join(said), 2000)
    return Entry(words, told.log or "", f"{told['run']}.log")


def _reminder(told: Told) -> Entry:
    share, case = int(told["share"]), told.case
    who = call(told.rules, (*FUNCTIONAL, *STRUCTURAL) if share >= LATE else FUNCTIONAL)
    state = "TERLEWAT" if share >= OVER else f"{share} % waktunya sudah terpakai"
    sign = ":rotating_light:" if share >= LATE else ":bell:"
    words = f"{sign} {who} Tenggat {code(case.number)} ({escape(heading(case))}): {state}; {due(case)}."
    return Entry(words, alarm=share >= LATE or case.course is None)


def _ways(told: Told) -> str:
    """By which ways, where it was not all of them."""
    ways = told.event.told.get("ways", WAYS)
    return "" if len(ways) == len(WAYS) else f" lewat {' dan '.join(NAMES[way].indonesian for way in ways)}"


SAYS: Mapping[str, Callable[[Told], Entry]] = {
    "plan.made": _planned,
    "plan.failed": lambda told: Entry(f"Rencana tidak dapat dibuat: {told.words('reason')}"),
    "plan.wanted": lambda told: Entry(f"Direncanakan ulang atas permintaan {told.actor}."),
    "plan.outdated": lambda told: Entry(f":warning: Tidak dijalankan: {told.words('reason')}"),
    "approval.given": lambda told: Entry(f"{told.by} menyetujui rencana {code(told['hash'][:12])}."),
    "approval.waived": lambda told: Entry(
        f":rotating_light: DARURAT, tanpa persetujuan. {call(told.rules, STRUCTURAL)} harap tinjau.", alarm=True
    ),
    "approval.reviewed": lambda told: Entry(f"{told.actor} meninjau: {told.words('note')}"),
    "notice.given": lambda told: Entry(f"{told.actor} mencatat bahwa pemeliharaan ini sudah diumumkan{_ways(told)}."),
    "run.claimed": lambda told: Entry(f"Dimulai oleh {code(told.event.actor)}."),
    "run.stopping": lambda told: Entry(f"{told.by} meminta agar dihentikan."),
    "run.released": lambda told: Entry(f"{told.actor} melepas servernya: {told.words('note')}"),
    "run.interrupted": _interrupted,
    "run.verified": _verified,
    "run.reverted": _reverted,
    "run.ended": _ended,
    "change.closed": _closed,
    "reminder.sent": _reminder,
}


def call(rules: Rules, roles: Iterable[str]) -> str:
    """The user groups of these roles, as Slack calls them."""
    wanted = set(roles)
    groups = [group for group, grants in rules.groups.items() if any(grant.role in wanted for grant in grants)]
    return " ".join(f"<!subteam^{group}>" for group in groups)
