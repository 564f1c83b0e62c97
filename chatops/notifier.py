"""Tells people in Slack what the ledger says: one message a change, its thread below it, each event once.

It reads the ledger from where it stopped last. Slack may be away for a night, or this process killed between any two
steps: what was said before is found again by the number of its event, and the rest is said.
"""

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from http.client import HTTPException
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web import SlackResponse

from chatops.cases import Case
from chatops.desk import Desk
from chatops.errors import SpseOpsError
from chatops.ledger.chain import Event
from chatops.ledger.course import ENDED, Stage
from chatops.slack import cards
from chatops.slack.entries import Entry, Told, entry
from chatops.slack.settings import SlackSettings
from chatops.slack.text import Block

LOG = logging.getLogger(__name__)
READER = "slack"
EDGE = "slack"
PACE = 2.0
"""Seconds between two edits of one message."""
EDITS = 45
"""Edits a minute of all messages together: Slack promises fifty."""
MINUTE = 60.0
PULSE = 0.2
REMIND = 20.0
LONGEST = 30.0
SEARCHED = 200
TOO_MANY = 429
UNTAKEN = ("invalid_blocks", "msg_blocks_too_long")
AWAY = (SlackClientError, OSError, HTTPException)

type Place = Mapping[str, Any]


@dataclass
class Shown:
    """The message of a change, as it was last edited."""

    at: float = -PACE
    looks: object = None
    dirty: bool = True


@dataclass
class Notifier:
    """Tells of the changes of one desk."""

    desk: Desk
    client: WebClient
    settings: SlackSettings
    registry: CollectorRegistry
    stopping: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.turned = time.monotonic()
        """When it was last seen to go on."""
        self._cursor = self.desk.cursor(READER)
        self._young = self._cursor == 0
        self._head = 0
        # The one event behind the cursor may have been told of before this process began, or before it lost its breath.
        self._doubt = True
        self._shown: dict[str, Shown] = {}
        self._running: set[str] = set()
        self._edits: deque[float] = deque()
        self._reminded = -REMIND
        self._quiet_until = 0.0
        self._pause = 1.0
        self._rooms: dict[str, str] = {}
        self._behind = Gauge("spse_notifier_cursor", "Last event that was told of", registry=self.registry)
        self._failures = Counter(
            "spse_notifier_failures", "Calls of Slack that failed", ["why"], registry=self.registry
        )

    def run(self) -> None:
        """Tell until told to stop."""
        while not self.stopping.wait(PULSE):
            self.turned = time.monotonic()
            if time.monotonic() < self._quiet_until:
                continue
            self.step()

    def step(self) -> None:
        """Tell what there is to tell; wait, where Slack or the ledger is away."""
        try:
            self._look_at_clocks()
            self._read()
            self._edit()
            self._pause = 1.0
        except SlackApiError as error:
            self._refused(error)
        except AWAY as error:
            self._away(type(error).__name__)
        except SpseOpsError as error:
            LOG.warning("%s", error.told("en"))
            self._away("ledger")

    def _refused(self, error: SlackApiError) -> None:
        if error.response.status_code == TOO_MANY:
            wait = float(error.response.headers.get("Retry-After", 1))
            self._failures.labels("ratelimited").inc()
            self._quiet_until = time.monotonic() + wait
            # It was not done; but of an event with a file the file may have been.
            self._doubt = True
            return
        self._away(str(error.response.get("error") or error.response.status_code))

    def _away(self, why: str) -> None:
        LOG.warning("Slack or the ledger cannot be reached: %s", why)
        self._failures.labels(why).inc()
        # Whether the last call was carried out, nobody knows.
        self._doubt = True
        self._quiet_until = time.monotonic() + self._pause
        self._pause = min(self._pause * 2, LONGEST)

    def _look_at_clocks(self) -> None:
        if time.monotonic() - self._reminded > REMIND:
            self.desk.remind()
            self._reminded = time.monotonic()

    def _read(self) -> None:
        for event in self.desk.events(self._cursor):
            self.turned = time.monotonic()
            LOG.info("%s of %s", event.kind, event.subject, extra=_facts(event))
            if event.subject.startswith("CHG-"):
                self._tell(event)
            self._doubt = False
            self.desk.advance(READER, event.seq)
            self._cursor = event.seq
            self._behind.set(event.seq)
            if self.stopping.is_set():
                return
        self._young = False

    def _tell(self, event: Event) -> None:
        case = self.desk.told(event.subject)
        course = case.course
        told_before = bool(course and (course.threads or {}).get(EDGE))
        # Who begins with a ledger of years does not tell of what was over long ago.
        if self._young and not told_before and (course is None or course.stage in ENDED):
            return
        place = self._place(case) if course else None
        progress = self.desk.progress(course.run) if course and course.run else None
        log = self.desk.log(event.told["run"]) if event.kind == "run.ended" else None
        said = entry(Told(event, case, self.desk.rules, progress, log))
        if place:
            self._say(place, event, said)
            self._shown.setdefault(case.number, Shown()).dirty = True
        if said.alarm:
            self._alarm(event, said)

    def _place(self, case: Case) -> Place:
        """Where the message of a change is; it is posted, if there is none."""
        known = case.course and (case.course.threads or {}).get(EDGE)
        if known:
            return known
        channel = self._room(self.settings.channel)
        payload = {"change": case.number}
        ts = self._found(self._history(channel), "spse_change", payload) if self._doubt else ""
        if not ts:
            text, blocks = cards.message(case, self.desk.rules.people)
            metadata = {"event_type": "spse_change", "event_payload": payload}
            call = partial(self.client.chat_postMessage, channel=channel, text=text, metadata=metadata)
            ts = str(_taken(call, blocks)["ts"])
        place = {"channel": channel, "ts": ts}
        self.desk.thread(case.number, EDGE, place)
        return place

    def _say(self, place: Place, event: Event, said: Entry) -> None:
        before = self._replies(place) if self._doubt and (said.words or said.file) else []
        if said.file and not any(said.name == file["name"] for each in before for file in each.get("files", [])):
            self.client.files_upload_v2(
                channel=place["channel"], thread_ts=place["ts"], filename=said.name, title=said.name, content=said.file
            )
        if said.words:
            self._once(place["channel"], event, said.words, before, place["ts"])

    def _alarm(self, event: Event, said: Entry) -> None:
        channel = self._room(self.settings.alarms)
        before = self._history(channel) if self._doubt else []
        self._once(channel, event, said.words, before)

    def _once(
        self, channel: str, event: Event, words: str, before: list[Mapping[str, Any]], thread: str | None = None
    ) -> None:
        payload = {"seq": event.seq}
        if self._found(before, "spse_event", payload):
            return
        metadata = {"event_type": "spse_event", "event_payload": payload}
        self.client.chat_postMessage(channel=channel, thread_ts=thread, text=words, metadata=metadata)

    def _found(self, messages: list[Mapping[str, Any]], kind: str, payload: Mapping[str, Any]) -> str:
        for each in messages:
            metadata = each.get("metadata") or {}
            if metadata.get("event_type") == kind and metadata.get("event_payload") == payload:
                return str(each["ts"])
        return ""

    def _history(self, channel: str) -> list[Mapping[str, Any]]:
        answer = self.client.conversations_history(channel=channel, limit=SEARCHED, include_all_metadata=True)
        return list(answer["messages"])

    def _replies(self, place: Place) -> list[Mapping[str, Any]]:
        found: list[Mapping[str, Any]] = []
        cursor = ""
        while True:
            answer = self.client.conversations_replies(
                channel=place["channel"], ts=place["ts"], limit=SEARCHED, cursor=cursor, include_all_metadata=True
            )
            found += answer["messages"]
            cursor = (answer.get("response_metadata") or {}).get("next_cursor") or ""
            if not cursor:
                return found

    def _room(self, name: str) -> str:
        """The id of a channel: history can be asked for by no other name."""
        if name not in self._rooms:
            self._rooms |= dict(self._channels())
        return self._rooms.get(name, name)

    def _channels(self) -> Iterator[tuple[str, str]]:
        cursor = ""
        while True:
            answer = self.client.conversations_list(limit=SEARCHED, cursor=cursor, exclude_archived=True)
            for each in answer["channels"]:
                yield each["name"], each["id"]
            cursor = (answer.get("response_metadata") or {}).get("next_cursor") or ""
            if not cursor:
                return

    def _edit(self) -> None:
        """Bring messages up to date: those of which something was told first, then those that run."""
        now = time.monotonic()
        while self._edits and now - self._edits[0] > MINUTE:
            self._edits.popleft()
        due = [(not shown.dirty, shown.at, number) for number, shown in self._shown.items() if now - shown.at >= PACE]
        for _, _, number in sorted(due):
            if len(self._edits) >= EDITS:
                return
            shown = self._shown[number]
            if shown.dirty or number in self._running:
                self._show(number, shown)

    def _show(self, number: str, shown: Shown) -> None:
        case = self.desk.told(number)
        course = case.course
        place = course and (course.threads or {}).get(EDGE)
        if course is None or not place:
            return
        running = course.stage is Stage.RUNNING
        (self._running.add if running else self._running.discard)(number)
        progress = self.desk.progress(course.run) if running else None
        text, blocks = cards.message(case, self.desk.rules.people, progress)
        if shown.looks != (text, blocks):
            _taken(partial(self.client.chat_update, channel=place["channel"], ts=place["ts"], text=text), blocks)
            self._edits.append(time.monotonic())
            shown.looks = (text, blocks)
        shown.at, shown.dirty = time.monotonic(), False
        if course.stage in ENDED:
            del self._shown[number]


def _facts(event: Event) -> dict[str, object]:
    """What the log has of an event: what it is about, and nothing that anybody has written."""
    about = {"change": event.subject} if event.subject.startswith("CHG-") else {}
    run = {"run": event.told["run"]} if "run" in event.told else {}
    return {"event": event.kind, "seq": event.seq, "by": event.actor} | about | run


def _taken(call: Callable[..., SlackResponse], blocks: list[Block]) -> SlackResponse:
    """Say something; in bare words, where Slack does not take its blocks: one change must not hold all others up."""
    try:
        return call(blocks=blocks)
    except SlackApiError as error:
        if error.response.get("error") not in UNTAKEN:
            raise
        LOG.exception("Slack does not take these blocks")
        return call(blocks=[])
