"""Tells people in Slack what the ledger says: one message a change or an access, its thread below, each event once.

It reads the ledger from where it stopped last. Slack may be away for a night, or this process killed between any two
steps: what was said before is found again by the number of its event, and the rest is said.
"""

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from http.client import HTTPException
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web import SlackResponse

from chatops.access.desk import AccessDesk
from chatops.access.passphrases import unattended
from chatops.access.place import Place as AccessPlace
from chatops.access.records import UNKNOWN
from chatops.cases import Case
from chatops.desk import Desk
from chatops.errors import SpseOpsError
from chatops.ledger.chain import Event
from chatops.ledger.course import ENDED, Stage
from chatops.slack import cards, grants
from chatops.slack.entries import Entry, Told, entry
from chatops.slack.parents import Looks, Parent, Place
from chatops.slack.settings import SlackSettings
from chatops.slack.text import Block
from chatops.watched import OUTAGE, PROPOSAL, Watched, concerns

LOG = logging.getLogger(__name__)
READER = "slack"
SHOWN = "slack-shown"
"""The reader that has come so far as messages show what events say."""
LOOKED_BACK = 500
"""Events at most whose messages are edited anew where nobody has kept how far they were."""
EDGE = "slack"
TOLD = ("CHG-", "AKS-", OUTAGE, PROPOSAL)
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


@dataclass
class Shown:
    """A message, as it was last edited."""

    at: float = -PACE
    looks: object = None
    dirty: bool = True
    turns: datetime | None = None
    """When it looks different without anything having happened."""

    def is_late(self) -> bool:
        """Whether that moment has come."""
        return self.turns is not None and datetime.now(UTC) > self.turns


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
        self._access = AccessDesk(self.desk, AccessPlace.at(self.desk.records.state, ask=unattended))
        self._watched = Watched(self.desk, EDGE, self.settings.watch or self.settings.alarms)
        self._looked = False
        self._shown_to = 0
        self._behind = Gauge("spse_notifier_cursor", "Last event that was told of", registry=self.registry)
        self._behind.set(self._cursor)
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
            self._look_back()
            self._read()
            self._edit()
            self._remember()
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

    def _look_back(self) -> None:
        """Once, for what has ended while nobody was there to say so, what runs, and what was told and not yet shown."""
        if not self._looked:
            self._shown_to = max(self.desk.cursor(SHOWN), self._cursor - LOOKED_BACK)
            found = [each.number for each in self._access.lately(datetime.now(UTC)) if EDGE in each.threads]
            found += [each for each in self.desk.touched(self._shown_to, self._cursor) if each.startswith(TOLD)]
            self._shown |= {number: Shown() for number in found}
            self._looked = True

    def _remember(self) -> None:
        """Keep that every message shows what was told, once it does."""
        if self._shown_to < self._cursor and not any(shown.dirty for shown in self._shown.values()):
            self.desk.advance(SHOWN, self._cursor)
            self._shown_to = self._cursor

    def _read(self) -> None:
        for event in self.desk.events(self._cursor):
            self.turned = time.monotonic()
            LOG.info("%s of %s", event.kind, event.subject, extra=_facts(event))
            if event.subject.startswith("CHG-"):
                self._tell(event)
            elif event.subject.startswith("AKS-"):
                self._tell_access(event)
            elif event.subject == UNKNOWN and not self._young:
                self._alarm(event, grants.stranger(event, self.desk.rules))
            elif concerns(event) and not self._tell_watched(event):
                return
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
        place = self._place(self._change(case)) if course else None
        progress = self.desk.progress(course.run) if course and course.run else None
        log = self.desk.log(event.told["run"]) if event.kind == "run.ended" else None
        said = entry(Told(event, case, self.desk.rules, progress, log))
        self._tell_of(case.number, place, event, said)

    def _tell_access(self, event: Event) -> None:
        grant = self._access.told(event.subject)
        parent = self._grant(event.subject)
        if self._young and parent.place is None and parent.over:
            return
        logins = self._access.logins(grant) if event.kind == "access.granted" else ()
        said = grants.entry(grants.Told(event, grant, self.desk.rules, logins))
        self._tell_of(event.subject, self._place(parent), event, said)

    def _tell_watched(self, event: Event) -> bool:
        """Whether it was told of, or need not be; another one may be about to."""
        if self._watched.waits(event):
            return False
        parent = self._watched.parent(event.subject)
        if parent is None or (self._young and parent.place is None and parent.over):
            return True
        # Another one may have told of this day, and have ended before it could say so.
        self._doubt = self._doubt or parent.kind == "summary"
        place = self._place(parent)
        self._watched.join(event.subject, parent.number)
        self._tell_of(parent.number, place, event, Entry())
        return True

    def _parent(self, number: str) -> Parent | None:
        """What has this number."""
        if number.startswith("AKS-"):
            return self._grant(number)
        return self._change(self.desk.told(number)) if number.startswith("CHG-") else self._watched.parent(number)

    def _tell_of(self, number: str, place: Place | None, event: Event, said: Entry) -> None:
        if place:
            self._say(place, event, said)
            self._shown.setdefault(number, Shown()).dirty = True
        if said.alarm:
            self._alarm(event, said)

    def _change(self, case: Case) -> Parent:
        course = case.course
        running = course is not None and course.stage is Stage.RUNNING

        def looks() -> Looks:
            progress = self.desk.progress(course.run) if course and running else None
            return cards.message(case, self.desk.rules.people, progress)

        place = course and (course.threads or {}).get(EDGE)
        over = course is not None and course.stage in ENDED
        keep = partial(self.desk.thread, case.number, EDGE)
        return Parent(case.number, "change", place or None, looks, keep, over, running)

    def _grant(self, number: str) -> Parent:
        grant, now, limits = self._access.told(number), datetime.now(UTC), self._access.place.limits

        def looks() -> Looks:
            return grants.message(grant, self.desk.rules.people, now, limits)

        keep, over = partial(self._access.thread, number, EDGE), not grant.is_open(now, limits)
        turns = None if over else grant.turns(limits)
        return Parent(number, "access", grant.threads.get(EDGE), looks, keep, over, turns=turns)

    def _place(self, parent: Parent) -> Place:
        """Where its message is; it is posted, if there is none."""
        if parent.place:
            return parent.place
        channel = self._room(parent.room or self.settings.channel)
        kind, payload = f"spse_{parent.kind}", {parent.kind: parent.number}
        ts = self._found(self._history(channel), kind, payload) if self._doubt else ""
        if not ts:
            text, blocks = parent.looks()
            metadata = {"event_type": kind, "event_payload": payload}
            call = partial(self.client.chat_postMessage, channel=channel, text=text, metadata=metadata)
            ts = str(_taken(call, blocks)["ts"])
        place = {"channel": channel, "ts": ts}
        parent.keep(place)
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
            if shown.dirty or number in self._running or shown.is_late():
                self._show(number, shown)

    def _show(self, number: str, shown: Shown) -> None:
        parent = self._parent(number)
        place = parent.place if parent else None
        if not parent or not place:
            del self._shown[number]
            return
        (self._running.add if parent.running else self._running.discard)(number)
        text, blocks = parent.looks()
        if shown.looks != (text, blocks):
            _taken(partial(self.client.chat_update, channel=place["channel"], ts=place["ts"], text=text), blocks)
            self._edits.append(time.monotonic())
            shown.looks = (text, blocks)
        shown.at, shown.dirty, shown.turns = time.monotonic(), False, parent.turns
        if parent.over:
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
