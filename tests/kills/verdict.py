"""What is found when everything has come to its end: in the ledger, on the hosts, in Slack, among the processes."""

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from slack_sdk import WebClient

from chatops.ledger.chain import Event
from chatops.ledger.course import Stage
from chatops.slack.cards import STAGES
from chatops.slack.entries import SAYS
from tests.desk.office import Office
from tests.slack.service import ALARMS, CHANGES

SETTLED = {Stage.DONE, Stage.FAILED, Stage.CANCELLED, Stage.INTERRUPTED, Stage.OUTDATED, Stage.UNPLANNED}
ALARMING = {"run.interrupted"}

type Json = dict[str, Any]


@dataclass(frozen=True)
class Verdict:
    """What was found afterwards."""

    stages: Counter[str]
    lost: list[str]
    twice: list[str]
    at_once: list[str]
    untrue: list[str]
    """Changes that say something else than their hosts."""
    left: list[int]
    """Processes that nobody needs any more."""


def judge(place: Office, asked: Sequence[str], hosts: Sequence[str], states: Collection[str]) -> Verdict:
    """Hold what the ledger says against what the hosts have noted."""
    begun: Counter[tuple[str, str]] = Counter()
    ended: Counter[tuple[str, str]] = Counter()
    at_once = []
    for host in hosts:
        for line in place.journal(host):
            what, *about = line.split()
            if what == "TWO":
                at_once.append(host)
            else:
                (begun if what == "begin" else ended)[about[0], host] += 1
    courses = [place.course(number) for number in asked]
    untrue = []
    for course in courses:
        done = [begun[course.change, host] == ended[course.change, host] == 1 for host in course.hosts]
        some = [begun[course.change, host] for host in course.hosts]
        if course.stage is Stage.DONE and not all(done):
            untrue.append(f"{course.change} is done, and its hosts do not know of it")
        if course.stage in {Stage.OUTDATED, Stage.UNPLANNED} and any(some):
            untrue.append(f"{course.change} did not begin, and its hosts know of it")
        if any(some) and not all(done) and course.stage is not Stage.INTERRUPTED:
            untrue.append(f"{course.change} was interrupted, and says {course.stage}: {course.reason}")
    return Verdict(
        stages=Counter(course.stage.value for course in courses),
        lost=[course.change for course in courses if course.stage not in SETTLED],
        twice=[f"{number} {host}" for (number, host), count in begun.items() if count > 1],
        at_once=at_once,
        untrue=untrue,
        left=[process for state in states for process, words in processes(state) if "--check" not in words.split("\0")],
    )


def processes(state: str) -> list[tuple[int, str]]:
    """The processes that belong to this office, with their command lines: what its bot and workers have begun."""
    mark = f"SPSE_OPS_STATE={state}".encode()
    found = []
    for path in Path("/proc").iterdir():
        with suppress(FileNotFoundError, PermissionError, ProcessLookupError, NotADirectoryError):
            environment = (path / "environ").read_bytes()
            if mark in environment.split(b"\0"):
                words = (path / "cmdline").read_bytes().decode(errors="replace")
                if not {"worker", "bot"} & set(words.split("\0")):
                    found.append((int(path.name), words))
    return found


def told(client: WebClient, events: Sequence[Event]) -> list[str]:
    """Where Slack says something else than the ledger: a thing that is missing, or there twice, or out of date."""
    wrong = []
    opened = {event.subject for event in events if event.kind == "change.opened"}
    parents: dict[str, list[Json]] = {number: [] for number in opened}
    for message in _pages(client, "conversations_history", channel=CHANGES):
        if number := _payload(message).get("change"):
            parents[number].append(message)
    alarms = Counter(_payload(each).get("seq") for each in _pages(client, "conversations_history", channel=ALARMS))
    for number, messages in sorted(parents.items()):
        if len(messages) != 1:
            wrong.append(f"{number} has {len(messages)} messages")
            continue
        own = [event for event in events if event.subject == number]
        wrong += [f"{number}: {each}" for each in _thread(client, messages[0], own)]
        wrong += [
            f"{number}: {event.kind} is in the room of alarms {alarms[event.seq]} times"
            for event in own
            if event.kind in ALARMING and alarms[event.seq] != 1
        ]
    return wrong


def shows(message: Json, stage: Stage) -> bool:
    """Whether a message shows how its change stands now."""
    return STAGES[stage] in str(message["blocks"])


def messages(client: WebClient) -> dict[str, Json]:
    """The message of each change."""
    return {
        number: message
        for message in _pages(client, "conversations_history", channel=CHANGES)
        if (number := _payload(message).get("change"))
    }


def _thread(client: WebClient, message: Json, own: Sequence[Event]) -> Iterator[str]:
    replies = [
        each
        for each in _pages(client, "conversations_replies", channel=CHANGES, ts=message["ts"])
        if each["ts"] != message["ts"]
    ]
    said = Counter(_payload(each).get("seq") for each in replies if "seq" in _payload(each))
    for event in own:
        if event.kind in SAYS and said[event.seq] != 1:
            yield f"{event.kind} (#{event.seq}) is told {said[event.seq]} times"
    for seq in said.keys() - {event.seq for event in own}:
        yield f"#{seq} is none of its own"
    for name, count in Counter(file["name"] for each in replies for file in each.get("files", [])).items():
        if count != 1:
            yield f"{name} is there {count} times"
    words = {_payload(each).get("seq"): each["text"] for each in replies}
    for event in own:
        if event.kind == "run.interrupted" and "TERPUTUS" not in words.get(event.seq, ""):
            yield f"#{event.seq} does not say that it was interrupted"


def _payload(message: Json) -> Json:
    payload: Json = (message.get("metadata") or {}).get("event_payload") or {}
    return payload


def _pages(client: WebClient, method: str, **about: str) -> Iterator[Json]:
    cursor = ""
    while True:
        answer = getattr(client, method)(**about, limit=200, cursor=cursor, include_all_metadata=True)
        yield from answer["messages"]
        cursor = (answer.get("response_metadata") or {}).get("next_cursor") or ""
        if not cursor:
            return
