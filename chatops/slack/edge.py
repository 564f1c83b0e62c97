"""What every listener needs: who it is, whether it came before, work that takes time, and a way to answer."""

import json
import logging
import math
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Histogram
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from chatops.access.desk import AccessDesk
from chatops.access.passphrases import unattended
from chatops.access.place import Place as AccessPlace
from chatops.desk import Desk
from chatops.errors import SpseOpsError, UnknownLpseError
from chatops.permissions import Identity
from chatops.slack.directory import Directory
from chatops.slack.inbox import Inbox, Kept
from chatops.slack.settings import SlackSettings
from chatops.slack.text import Block, escape

LOG = logging.getLogger(__name__)
REMEMBERED = 50_000
ANSWERS = 3.0
"""Seconds that it may be since a group was asked for when somebody says yes: Slack allows twenty calls a minute."""
PATIENCE = 3.0
"""Seconds for which work waits for acknowledgements."""
FORGOTTEN = 10.0
WORKERS = 8
QUICK = 4
ELSEWHERE = ("channel_not_found", "not_in_channel", "user_not_in_channel")
"""The bot cannot speak there: it does in its own room."""
SORRY = "Terjadi kesalahan di bot ini; sudah dicatat. Tidak ada yang hilang: ulangi, atau gunakan `spse-ops`."

TOO_LATE = (
    "Bot ini sempat mati saat menerima permintaan Anda, dan permintaan itu TIDAK tercatat. Ulangi bila masih perlu."
)

DOUBLE_CLICK = 5.0
"""Seconds; later it is meant: after a refusal somebody may have got the right. The desk does it once, anyway."""

type Body = Mapping[str, Any]
type Resume = Callable[[Body], None]
"""Does once more what a delivery of some kind asks for; what was done already it finds done."""
type Place = Mapping[str, str]
"""Where somebody is to be answered: `user`, and `channel` if there is one."""


class Seen:
    """What was delivered before. The desk has keys of its own, in the ledger; this spares people a second answer."""

    def __init__(self, most: int = REMEMBERED) -> None:
        self._keys: OrderedDict[str, float] = OrderedDict()
        self._most = most
        self._lock = threading.Lock()

    def first(self, key: str, within: float = math.inf) -> bool:
        """Whether this is the first time, or the first for so many seconds."""
        now = time.monotonic()
        with self._lock:
            if now - self._keys.get(key, -math.inf) < within:
                return False
            self._keys[key] = now
            self._keys.move_to_end(key)
            if len(self._keys) > self._most:
                self._keys.popitem(last=False)
            return True


class Metrics:
    """What is counted."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.received = Counter("spse_slack_received", "Deliveries of Slack", ["kind"], registry=self.registry)
        self.repeated = Counter("spse_slack_repeated", "Deliveries that came before", ["kind"], registry=self.registry)
        self.failed = Counter("spse_slack_failed", "Listeners that failed", ["kind"], registry=self.registry)
        self.refused = Counter("spse_slack_refused", "What people were refused", ["why"], registry=self.registry)
        self.acks = Histogram(
            "spse_slack_ack_seconds",
            "From receipt to acknowledgement",
            buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 3),
            registry=self.registry,
        )


class Waiting:
    """What was delivered and is not acknowledged yet. Work waits for it: three seconds are what Slack gives for that.

    Both want the same processor, and of two thousand commands at once those that came last would wait for the answers
    to those that came first.
    """

    def __init__(self) -> None:
        self._count = 0
        self._last = 0.0
        self._none = threading.Event()
        self._none.set()
        self._lock = threading.Lock()

    def came(self) -> None:
        """One more."""
        now = time.monotonic()
        with self._lock:
            # What nobody has acknowledged for so long never will be.
            self._count = 1 if now - self._last > FORGOTTEN else self._count + 1
            self._last = now
            self._none.clear()

    def acknowledged(self) -> None:
        """One less."""
        with self._lock:
            # One that was taken for forgotten may come after all.
            self._count = max(0, self._count - 1)
            if self._count == 0:
                self._none.set()

    def settle(self) -> None:
        """Until there is none; but not for ever, where they never stop."""
        self._none.wait(PATIENCE)


@dataclass
class Edge:
    """The desk, and Slack."""

    desk: Desk
    client: WebClient
    settings: SlackSettings
    metrics: Metrics = field(default_factory=Metrics)
    seen: Seen = field(default_factory=Seen)
    waiting: Waiting = field(default_factory=Waiting)

    def __post_init__(self) -> None:
        self.directory = Directory(self.client)
        # Nobody sits here to type a passphrase: what has no file of its own is signed elsewhere.
        self.access = AccessDesk(self.desk, AccessPlace.at(self.desk.records.state, ask=unattended))
        # Modals have to be open within three seconds: they do not wait behind what asks the inventory.
        self.inbox = Inbox(self.desk.records.state / "slack-inbox")
        self.resumes: dict[str, tuple[Callable[[Body], Place], Resume]] = {}
        """By kind: who is to be answered, and how it is done."""
        self._here = threading.local()
        self._quick = ThreadPoolExecutor(QUICK, thread_name_prefix="slack-quick")
        self._slow = ThreadPoolExecutor(WORKERS, thread_name_prefix="slack-work")

    def identity(self, account: str, *, answers: bool = False) -> Identity:
        """Somebody, with the groups that rights are given to; looked up anew for whoever answers."""
        age = ANSWERS if answers else None
        return Identity("slack", account, self.directory.groups(account, self.desk.rules.groups, age))

    def receive(self, kind: str, key: str, within: float = math.inf) -> bool:
        """Count a delivery; whether it is to be worked on."""
        self.metrics.received.labels(kind).inc()
        if self.seen.first(f"{kind}:{key}", within):
            return True
        self.metrics.repeated.labels(kind).inc()
        return False

    def quickly(self, place: Place, kind: str, work: Callable[[], None], kept: Kept | None = None) -> None:
        """Do something that a person waits for with a modal."""
        self._quick.submit(self._guarded, place, kind, work, self._held(kept))

    def later(self, place: Place, kind: str, work: Callable[[], None], kept: Kept | None = None) -> None:
        """Do something that may take a while."""
        self._slow.submit(self._guarded, place, kind, work, self._held(kept))

    def go_on(self) -> None:
        """Do what a bot before this one had acknowledged, and was killed before it was done."""
        for kept in self.inbox.left(self.resumes):
            place_of, resume = self.resumes[kept.kind]
            place = place_of(kept.body)
            LOG.warning("%s of %.0f s ago is done now", kept.kind, kept.age)
            work = partial(resume, kept.body) if kept.fresh else partial(self.tell, place, TOO_LATE)
            self.later(place, kept.kind, work, kept)

    def _held(self, kept: Kept | None) -> Kept | None:
        """What is begun by the work on a delivery belongs to that work."""
        held = kept or getattr(self._here, "kept", None)
        if held:
            self.inbox.hold(held)
        return held

    def _guarded(self, place: Place, kind: str, work: Callable[[], None], kept: Kept | None) -> None:
        self._here.kept = kept
        self.waiting.settle()
        try:
            self._answered(place, kind, work)
        finally:
            self._here.kept = None
            if kept:
                self.inbox.let_go(kept)

    def _answered(self, place: Place, kind: str, work: Callable[[], None]) -> None:
        started = time.monotonic()
        try:
            work()
        except SpseOpsError as error:
            self.metrics.refused.labels(type(error).__name__).inc()
            self.tell(place, escape(str(_shown(error))))
        except Exception:
            # What a person has written is not repeated in the log.
            self.metrics.failed.labels(kind).inc()
            LOG.exception("%s failed after %.2f s", kind, time.monotonic() - started)
            self.tell(place, SORRY)

    def warm(self) -> None:
        """Have the offices of the inventory at hand, as it is now."""
        try:
            self.desk.remember()
        except SpseOpsError as error:
            LOG.warning("%s", error)

    def tell(self, place: Place, words: str, blocks: list[Block] | None = None) -> None:
        """Answer somebody so that nobody else sees it: where he asked, or in the bot's own room."""
        said: dict[str, Any] = {"text": words[:3000], "blocks": blocks or None}
        try:
            if channel := place.get("channel"):
                thread = place.get("thread") or None
                try:
                    self.client.chat_postEphemeral(channel=channel, user=place["user"], thread_ts=thread, **said)
                except SlackApiError as error:
                    if error.response.get("error") not in ELSEWHERE:
                        raise
                else:
                    return
            self.client.chat_postMessage(channel=place["user"], **said)
        except Exception:
            LOG.exception("somebody could not be answered")

    def close(self) -> None:
        """Finish what was begun, and begin nothing more."""
        self._quick.shutdown(cancel_futures=True)
        self._slow.shutdown(cancel_futures=True)


def _shown(error: SpseOpsError) -> SpseOpsError:
    """What is said of it there: where the inventory is on this machine is nobody's business."""
    if isinstance(error, UnknownLpseError):
        return UnknownLpseError(**error.facts | {"inventory": Path(str(error.facts["inventory"])).name})
    return error


def pressed(body: Body) -> tuple[str, dict[str, str], dict[str, str]]:
    """Who has pressed a button, where he is answered, and what the button carries."""
    container: Mapping[str, Any] = body.get("container", {})
    # Below a message is its thread; who presses in the thread is answered there.
    thread = container.get("thread_ts") or ""
    place = {"user": body["user"]["id"], "channel": body.get("channel", {}).get("id", ""), "thread": thread}
    return body["user"]["id"], place, json.loads(body["actions"][0]["value"])


def pressed_once(body: Body) -> str:
    """A button, a person, and what it carries: pressed twice at once it is one press."""
    action = body["actions"][0]
    return f"{action['action_id']}:{body['user']['id']}:{action['value']}"
