"""What a person does at the page: write, press, choose, send. Each becomes what Slack tells the app."""

import re
from dataclasses import dataclass
from typing import Any

from chatops.twin.envelopes import Envelope, Office, UnansweredError
from chatops.twin.methods.chat import checked as checked_blocks
from chatops.twin.methods.views import checked as checked_view
from chatops.twin.payloads import Payloads, Place
from chatops.twin.shapes import Json, elements
from chatops.twin.workspace import (
    BOT_USER,
    Channel,
    Message,
    RefusedError,
    Response,
    User,
    View,
    Workspace,
    find_element,
)

MENTION = re.compile(r"(?<![\w<])@([\w.-]+)")
CHANNEL = re.compile(r"(?<![\w<])#([\w-]+)")
OPTIONS = 100
QUIET = "Aplikasi tidak menjawab dalam 3 detik."


def escaped(text: str) -> str:
    """As Slack hands on what somebody typed."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


@dataclass(frozen=True)
class People:
    """Everybody at the page."""

    workspace: Workspace
    payloads: Payloads
    office: Office

    async def say(self, user: User, channel: Channel, text: str, thread: str = "") -> str:
        """Write something; a command, if it begins like one. What the page should say about it."""
        name, _, rest = text.strip().partition(" ")
        if name.startswith("/"):
            return await self.command(user, channel, name, rest.strip())
        said = Message(self.workspace.stamp(), channel.id, user.id, self._linked(escaped(text)), thread_ts=thread)
        self.workspace.post(said)
        self._tell_of(said, channel)
        return ""

    def _linked(self, text: str, *, full: bool = False) -> str:
        """Names become what Slack knows them by."""
        people = {each.name: each for each in self.workspace.users.values()}
        rooms = {each.name: each for each in self.workspace.channels.values() if not each.direct}

        def person(found: re.Match[str]) -> str:
            known = people.get(found[1])
            if known is None:
                return found[0]
            return f"<@{known.id}|{known.name}>" if full else f"<@{known.id}>"

        def room(found: re.Match[str]) -> str:
            known = rooms.get(found[1])
            return f"<#{known.id}|{known.name}>" if known else found[0]

        return CHANNEL.sub(room, MENTION.sub(person, text))

    def _tell_of(self, said: Message, channel: Channel) -> None:
        manifest = self.workspace.manifest
        told = self.payloads.message(said) | {"channel": channel.id, "event_ts": said.ts}
        told.pop("parent_user_id", None)
        if BOT_USER not in channel.members:
            return
        kind = "im" if channel.direct else "channel"
        if f"message.{'im' if channel.direct else 'channels'}" in manifest.events:
            self._event(told | {"channel_type": kind})
        if "app_mention" in manifest.events and f"<@{BOT_USER}>" in said.text and not channel.direct:
            self._event(told | {"type": "app_mention"})

    def _event(self, event: Json) -> None:
        self.office.tell(Envelope("events_api", self.payloads.event(event), self.workspace.manifest.events_url))

    async def command(self, user: User, channel: Channel, name: str, text: str) -> str:
        """A slash command, and the first answer to it."""
        known = self.workspace.manifest.command(name)
        if known is None:
            self._whisper(user, channel, f"{escaped(name)} bukan perintah yang dikenal. (not_a_command)")
            return ""
        typed = self._linked(escaped(text), full=True) if known.escapes else escaped(text)
        payload = self.payloads.command(user, channel, name, typed)
        try:
            answer = await self.office.ask(Envelope("slash_commands", payload, known.url))
        except UnansweredError as error:
            # Slack's own words, as people search for them.
            self._whisper(user, channel, f'{escaped(name)} failed with the error "{error.code}"')
            return ""
        if answer.get("text") or answer.get("blocks"):
            self._answer(Response(channel.id, user.id, 0), answer)
        return ""

    def _whisper(self, user: User, channel: Channel, text: str) -> None:
        self.workspace.post(Message(self.workspace.stamp(), channel.id, "USLACKBOT", text, seen_by=user.id))

    def respond(self, response: Response, answer: Json) -> None:
        """What the app says at a response URL."""
        message = self.workspace.channels[response.channel].messages.get(response.message)
        if message and answer.get("delete_original"):
            del self.workspace.channels[response.channel].messages[response.message]
            self.workspace.touch()
            return
        if message and answer.get("replace_original"):
            blocks = checked_blocks(answer.get("blocks"))
            message.text, message.blocks = str(answer.get("text") or ""), []
            message.edited = self.workspace.stamp()
            message.blocks = blocks
            self.workspace.post(message)
            return
        self._answer(response, answer)

    def _answer(self, response: Response, answer: Json) -> None:
        blocks = checked_blocks(answer.get("blocks"))
        text = str(answer.get("text") or "")
        if not text and not blocks:
            raise RefusedError("no_text")
        seen_by = "" if answer.get("response_type") == "in_channel" else response.user
        thread = str(answer.get("thread_ts") or response.thread)
        stamp = self.workspace.stamp()
        said = Message(stamp, response.channel, BOT_USER, text, blocks, thread_ts=thread, seen_by=seen_by)
        self.workspace.post(said)

    async def press(self, user: User, place: Place, pressed: Json) -> str:
        """Press a button or choose something. What the page should say about it."""
        body = place.message.blocks if place.message else place.view.body["blocks"] if place.view else []
        found = next(find_element(body, pressed.get("block_id"), pressed.get("action_id")), None)
        if found is None:
            return "Tombol ini sudah tidak ada."
        block, element = found
        action = {"type": element["type"], "block_id": block["block_id"], "action_id": element["action_id"]}
        action |= {"action_ts": self.workspace.stamp()} | _chosen(element, pressed)
        if element["type"] != "button":
            state = place.message.state if place.message else place.view.state if place.view else {}
            state.setdefault(block["block_id"], {})[element["action_id"]] = _state(element, pressed)
        payload = self.payloads.actions(user, place, [action])
        try:
            await self.office.ask(self._interactive(payload))
        except UnansweredError as error:
            return f"{QUIET} ({error.code})"
        return ""

    async def suggest(self, user: User, place: Place, wanted: Json) -> list[Json]:
        """The options that the app knows to what was typed."""
        names = (str(wanted.get("block_id")), str(wanted.get("action_id")))
        payload = self.payloads.suggestion(user, place, *names, str(wanted.get("value", "")))
        url = self.workspace.manifest.options_url or self.workspace.manifest.interactivity_url
        answer = await self.office.ask(Envelope("interactive", payload, url))
        listed = answer.get("options") or [
            each for group in answer.get("option_groups") or [] for each in group["options"]
        ]
        found: list[Json] = listed[: OPTIONS + 1]
        if len(found) > OPTIONS:
            raise RefusedError("too_many_options")
        return found

    async def submit(self, user: User, view: View, values: Json) -> str:
        """Send a modal. What the page should say about it."""
        view.state = _values(view, values)
        view.errors = _missing(view)
        if view.errors:
            self.workspace.touch()
            return ""
        try:
            answer = await self.office.ask(self._interactive(self.payloads.submission(user, view)))
        except UnansweredError as error:
            return f"{QUIET} ({error.code})"
        self._follow(view, answer)
        return ""

    def _follow(self, view: View, answer: Json) -> None:
        """What the app wants to happen to a modal that was sent."""
        match answer.get("response_action"):
            case "errors":
                known = {block["block_id"] for block in view.body["blocks"] if block["type"] == "input"}
                errors: dict[str, str] = answer.get("errors") or {}
                if not errors or not errors.keys() <= known:
                    raise RefusedError("invalid_response_action")
                view.errors = errors
            case "update":
                self.workspace.change_view(view, checked_view(answer.get("view"), "modal"))
            case "push":
                self.workspace.open_view(view.user, checked_view(answer.get("view"), "modal"), view)
            case "clear":
                self.workspace.close_views(view.user)
            case _:
                self.workspace.views.pop(view.id, None)
        self.workspace.touch()

    async def close(self, user: User, view: View, *, cleared: bool) -> None:
        """Close a modal, or all of them."""
        listed = self.workspace.stack(user.id) if cleared else [view]
        for each in listed:
            self.workspace.views.pop(each.id, None)
            if each.body["notify_on_close"]:
                payload = self.payloads.closed(user, each, cleared=cleared)
                try:
                    await self.office.ask(self._interactive(payload))
                except UnansweredError:
                    continue
        self.workspace.touch()

    async def shortcut(self, user: User, callback_id: str, message: Message | None) -> str:
        """Use a shortcut. What the page should say about it."""
        known = {each.callback_id for each in self.workspace.manifest.shortcuts}
        if callback_id not in known:
            return "Pintasan ini tidak dikenal."
        payload = self.payloads.shortcut(user, callback_id, message)
        try:
            await self.office.ask(self._interactive(payload))
        except UnansweredError as error:
            return f"{QUIET} ({error.code})"
        return ""

    def open_home(self, user: User) -> None:
        """Look at the App Home."""
        if "app_home_opened" not in self.workspace.manifest.events:
            return
        event: Json = {"type": "app_home_opened", "user": user.id, "tab": "home"}
        event |= {"channel": self.workspace.direct(user.id).id, "event_ts": self.workspace.stamp()}
        if home := self.workspace.homes.get(user.id):
            event["view"] = self.payloads.view(home)
        self._event(event)

    def _interactive(self, payload: Json) -> Envelope:
        return Envelope("interactive", payload, self.workspace.manifest.interactivity_url)


def _chosen(element: Json, pressed: Json) -> Json:
    """What an action says was chosen."""
    if element["type"] == "button":
        return {"text": element["text"]} | ({"value": element["value"]} if element.get("value") else {})
    return {key: value for key, value in _state(element, pressed).items() if key != "type"}


def _state(element: Json, given: Json) -> Json:
    """What was chosen or written, as the state says it."""
    keys = {
        "static_select": "selected_option",
        "external_select": "selected_option",
        "overflow": "selected_option",
        "radio_buttons": "selected_option",
        "multi_static_select": "selected_options",
        "multi_external_select": "selected_options",
        "checkboxes": "selected_options",
        "users_select": "selected_user",
        "datepicker": "selected_date",
        "timepicker": "selected_time",
    }
    kind = element["type"]
    value: Any = given.get("value")
    if kind.startswith("multi_") or kind == "checkboxes":
        value = value or []
    return {"type": kind, keys.get(kind, "value"): value or (value if isinstance(value, list) else None)}


def _values(view: View, given: Json) -> Json:
    """What stands in all inputs of a modal."""
    found: Json = {}
    for block in view.body["blocks"]:
        for element in elements(block):
            if element["type"] in ("button", "overflow"):
                continue
            names = block["block_id"], element["action_id"]
            value = (given.get(names[0]) or {}).get(names[1])
            found.setdefault(names[0], {})[names[1]] = _state(element, {"value": value})
    return found


def _missing(view: View) -> dict[str, str]:
    """What Slack itself asks to be filled in."""
    found = {}
    for block in view.body["blocks"]:
        if block["type"] == "input" and not block.get("optional"):
            told = view.state[block["block_id"]][block["element"]["action_id"]]
            if not any(value for key, value in told.items() if key != "type"):
                found[block["block_id"]] = "Harap isi bidang ini."
    return found
