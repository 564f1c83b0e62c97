"""What a workspace knows: people, groups, channels, messages, files and views. It changes only on the event loop."""

import asyncio
import itertools
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from chatops.twin.clock import Clock
from chatops.twin.manifest import Manifest
from chatops.twin.shapes import Json

TEAM = "T0TWIN"
APP = "A0TWIN"
BOT = "B0TWIN"
BOT_USER = "U0TWIN"
BOT_TOKEN = "xoxb-offline-slack"  # noqa: S105 - opens nothing but a practice room
APP_TOKEN = "xapp-offline-slack"  # noqa: S105 - as above
SIGNING_SECRET = "offline-slack"  # noqa: S105 - as above

TRIGGER_SECONDS = 3
RESPONSE_SECONDS = 30 * 60
RESPONSE_USES = 5


class RefusedError(Exception):
    """What Slack answers instead of doing it: a short code, and sometimes more."""

    def __init__(self, code: str, **more: object) -> None:
        self.code = code
        self.more = more
        super().__init__(code)


@dataclass
class User:
    """A person, or the bot."""

    id: str
    name: str
    real_name: str
    title: str = ""
    is_bot: bool = False
    deleted: bool = False


@dataclass
class Group:
    """People who are mentioned together."""

    id: str
    handle: str
    name: str
    users: list[str]


@dataclass
class Message:
    """One message; `seen_by` names the only one who sees it, if there is such a one."""

    ts: str
    channel: str
    user: str
    text: str
    blocks: list[Json] = field(default_factory=list)
    thread_ts: str = ""
    edited: str = ""
    seen_by: str = ""
    files: list[str] = field(default_factory=list)
    reactions: dict[str, list[str]] = field(default_factory=dict)
    metadata: Json = field(default_factory=dict)
    state: Json = field(default_factory=dict)
    """What was chosen in its selects, by block and action."""


@dataclass
class Channel:
    """A channel, or what two say to each other."""

    id: str
    name: str
    members: list[str]
    topic: str = ""
    direct: bool = False
    messages: dict[str, Message] = field(default_factory=dict)

    def thread(self, ts: str) -> list[Message]:
        """A message and what was said below it."""
        return [each for each in self.messages.values() if ts in (each.ts, each.thread_ts)]


@dataclass
class File:
    """An uploaded file."""

    id: str
    name: str
    title: str
    user: str
    content: bytes = b""
    length: int = 0
    ticket: str = ""
    shared: bool = False
    created: float = 0


@dataclass
class View:
    """A modal that is open, or somebody's App Home."""

    id: str
    user: str
    body: Json
    hash: str
    root: str
    previous: str = ""
    state: Json = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    response: str = ""
    """The channel that it was opened from."""


@dataclass
class Trigger:
    """The right to open one modal, for three seconds."""

    user: str
    expires: float
    channel: str = ""
    view: str = ""
    used: bool = False


@dataclass
class Response:
    """The right to answer at a URL, five times in half an hour."""

    channel: str
    user: str
    expires: float
    message: str = ""
    thread: str = ""
    left: int = RESPONSE_USES


class Workspace:
    """One workspace with one app in it."""

    def __init__(self, manifest: Manifest, clock: Clock) -> None:
        self.manifest = manifest
        self.clock = clock
        self.users: dict[str, User] = {}
        self.groups: dict[str, Group] = {}
        self.channels: dict[str, Channel] = {}
        self.files: dict[str, File] = {}
        self.views: dict[str, View] = {}
        """Open modals, the topmost of somebody last."""
        self.homes: dict[str, View] = {}
        self.triggers: dict[str, Trigger] = {}
        self.responses: dict[str, Response] = {}
        self.version = 0
        self._ids = itertools.count(1)
        self._last_ts = 0
        self._changed = asyncio.Event()

    def add_user(self, user: User) -> User:
        """Let somebody in."""
        self.users[user.id] = user
        return user

    def add_channel(self, channel: Channel) -> Channel:
        """Open a channel."""
        self.channels[channel.id] = channel
        return channel

    def touch(self) -> None:
        """Tell everybody who watches that something is different now."""
        self.version += 1
        self._changed.set()
        self._changed = asyncio.Event()

    async def changed(self, version: int) -> int:
        """Wait until something is different from this version on."""
        while self.version == version:
            await self._changed.wait()
        return self.version

    def stamp(self) -> str:
        """A new message's time, which is also its name: later than all before."""
        self._last_ts = max(int(self.clock.now() * 1_000_000), self._last_ts + 1)
        return f"{self._last_ts // 1_000_000}.{self._last_ts % 1_000_000:06}"

    def next_id(self, kind: str) -> str:
        """A new name such as `V0000000012`."""
        return f"{kind}{next(self._ids):010}"

    def channel(self, name: object) -> Channel:
        """A channel by its id or its name; of a person's id, what the bot and that one say to each other."""
        sought = str(name or "").removeprefix("#")
        if sought in self.users and sought != BOT_USER:
            return self.direct(sought)
        found = self.channels.get(sought) or next(
            (each for each in self.channels.values() if each.name == sought and not each.direct), None
        )
        if found is None:
            raise RefusedError("channel_not_found")
        return found

    def direct(self, user: str) -> Channel:
        """What the bot and somebody say to each other."""
        found = self.channels.get(f"D{user[1:]}")
        return found or self.add_channel(Channel(f"D{user[1:]}", user, [user, BOT_USER], direct=True))

    def message(self, channel: Channel, ts: object) -> Message:
        """A message that everybody may see."""
        found = channel.messages.get(str(ts))
        if found is None or found.seen_by:
            raise RefusedError("message_not_found")
        return found

    def user(self, name: object) -> User:
        """Somebody by id."""
        found = self.users.get(str(name))
        if found is None:
            raise RefusedError("user_not_found")
        return found

    def post(self, message: Message) -> Message:
        """Say something in a channel."""
        message.blocks = named(message.blocks)
        self.channels[message.channel].messages[message.ts] = message
        self.touch()
        return message

    def grant_trigger(self, user: str, channel: str = "", view: str = "") -> str:
        """Let the app open a modal for somebody, once and soon."""
        trigger = f"{next(self._ids)}.{secrets.randbelow(10**9)}.{secrets.token_hex(8)}"
        self.triggers[trigger] = Trigger(user, self.clock.now() + TRIGGER_SECONDS, channel, view)
        return trigger

    def use_trigger(self, name: object) -> Trigger:
        """Take somebody at this word, once."""
        found = self.triggers.get(str(name or ""))
        if found is None:
            raise RefusedError("invalid_trigger_id")
        if found.used:
            raise RefusedError("exchanged_trigger_id")
        if self.clock.now() > found.expires:
            raise RefusedError("expired_trigger_id")
        found.used = True
        return found

    def grant_response(self, channel: str, user: str, message: str = "", thread: str = "") -> str:
        """Let the app answer at a URL; the last part of it."""
        name = secrets.token_urlsafe(18)
        self.responses[name] = Response(channel, user, self.clock.now() + RESPONSE_SECONDS, message, thread)
        return name

    def open_view(self, user: str, body: Json, previous: View | None = None) -> View:
        """Show a modal on top of what somebody has open, or his App Home."""
        view = View(self.next_id("V"), user, prepared(body), secrets.token_hex(8), "")
        view.root, view.previous = (previous.root, previous.id) if previous else (view.id, "")
        self.views[view.id] = view
        self.touch()
        return view

    def change_view(self, view: View, body: Json) -> None:
        """Show something else in its place; what was filled in stays where the blocks keep their names."""
        view.body, view.hash, view.errors = prepared(body), secrets.token_hex(8), {}
        self.touch()

    def stack(self, user: str) -> list[View]:
        """The modals that somebody has open, the topmost last."""
        return [each for each in self.views.values() if each.user == user]

    def close_views(self, user: str) -> None:
        """Close all modals of somebody."""
        for view in self.stack(user):
            del self.views[view.id]
        self.touch()


def named(blocks: list[Json]) -> list[Json]:
    """The same blocks, each with a name of its own, as Slack gives them."""
    made = []
    for block in blocks:
        inside: dict[str, Any] = {}
        for key in ("elements", "accessory", "element"):
            if isinstance(block.get(key), list) and block["type"] == "actions":
                inside[key] = [_with_action(each) for each in block[key]]
            elif isinstance(block.get(key), dict) and block[key].get("type") != "image":
                inside[key] = _with_action(block[key])
        made.append({"block_id": secrets.token_urlsafe(4), **block, **inside})
    return made


def _with_action(element: Json) -> Json:
    return {"action_id": secrets.token_urlsafe(4), **element}


def prepared(body: Json) -> Json:
    """A view as Slack keeps it."""
    defaults = {"callback_id": "", "external_id": "", "private_metadata": "", "submit": None, "close": None}
    flags = {"clear_on_close": False, "notify_on_close": False}
    return {**defaults, **flags, **body, "blocks": named(body["blocks"])}


def find_element(blocks: list[Json], block_id: object, action_id: object) -> Iterator[tuple[Json, Json]]:
    """The element of these names, with its block."""
    for block in blocks:
        if block["block_id"] == block_id:
            inside = [*(block.get("elements") or []), block.get("accessory"), block.get("element")]
            for element in inside:
                if element and element.get("action_id") == action_id:
                    yield block, element
