"""What the chat page is told and asks for: who sees what, and what he does."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import JSONResponse, StreamingResponse
from starlette.responses import Response as Reply
from starlette.routing import BaseRoute, Route

from chatops.twin.envelopes import UnansweredError
from chatops.twin.payloads import Payloads, Place
from chatops.twin.people import People
from chatops.twin.shapes import Json
from chatops.twin.workspace import BOT_USER, Channel, Message, RefusedError, User, Workspace

SHOWN = 200
"""Messages of a channel that the page is given; older ones are not scrolled to here."""
HEARTBEAT = 15
PREVIEW = 1200
"""Characters of a file that are shown below a message."""

type Deed = Callable[[User, Json], Awaitable[Json]]


@dataclass(frozen=True)
class Page:
    """The server's side of the chat page."""

    workspace: Workspace
    payloads: Payloads
    people: People

    def routes(self) -> list[BaseRoute]:
        """Where it listens."""
        deeds: dict[str, Deed] = {
            "say": self._say,
            "press": self._press,
            "suggest": self._suggest,
            "submit": self._submit,
            "close": self._close,
            "shortcut": self._shortcut,
            "home": self._home,
        }
        made: list[BaseRoute] = [
            Route("/client/state", self.state),
            Route("/client/events", self.events),
        ]
        return made + [Route(f"/client/{name}", self._doing(deed), methods=["POST"]) for name, deed in deeds.items()]

    async def state(self, request: Request) -> Reply:
        """Everything that somebody sees just now."""
        asked = request.query_params
        try:
            user = self.workspace.user(asked.get("user"))
            channel = self._room(user, asked.get("channel", ""))
        except RefusedError as error:
            return JSONResponse({"error": error.code}, 404)
        seen = [each for each in channel.messages.values() if each.seen_by in ("", user.id)]
        top = [each for each in seen if not each.thread_ts][-SHOWN:]
        stack = self.workspace.stack(user.id)
        home = self.workspace.homes.get(user.id)
        thread = asked.get("thread", "")
        return JSONResponse(
            {
                "version": self.workspace.version,
                "me": user.id,
                "bot": BOT_USER,
                "users": {each.id: self._person(each) for each in self.workspace.users.values()},
                "groups": {each.id: each.handle for each in self.workspace.groups.values()},
                "channels": [self._channel(each, user) for each in self._rooms(user)],
                "channel": self._channel(channel, user),
                "messages": [self._message(each, channel, user) for each in top],
                "thread": [self._message(each, channel, user) for each in seen if thread in (each.ts, each.thread_ts)]
                if thread
                else [],
                "modal": self._modal(stack[-1].id, len(stack)) if stack else None,
                "home": self.payloads.view(home) if home else None,
                "commands": [
                    {"name": each.name, "usage": each.usage, "description": each.description}
                    for each in self.workspace.manifest.commands
                ],
                "shortcuts": [
                    {"kind": each.kind, "id": each.callback_id, "name": each.name}
                    for each in self.workspace.manifest.shortcuts
                ],
            }
        )

    def _modal(self, name: str, depth: int) -> Json:
        view = self.workspace.views[name]
        return self.payloads.view(view) | {"errors": view.errors, "depth": depth}

    def _person(self, user: User) -> Json:
        return {"name": user.name, "real_name": user.real_name, "title": user.title, "is_bot": user.is_bot}

    def _rooms(self, user: User) -> list[Channel]:
        # The bot's own room is there for everybody, before a word was said in it.
        self.workspace.direct(user.id)
        return [each for each in self.workspace.channels.values() if user.id in each.members]

    def _room(self, user: User, name: str) -> Channel:
        rooms = {each.id: each for each in self._rooms(user)}
        if name not in rooms:
            raise RefusedError("channel_not_found")
        return rooms[name]

    def _channel(self, channel: Channel, user: User) -> Json:
        last = [each.ts for each in channel.messages.values() if each.seen_by in ("", user.id)][-1:]
        name = self.workspace.users[BOT_USER].name if channel.direct else channel.name
        told: Json = {"id": channel.id, "name": name, "topic": channel.topic, "direct": channel.direct}
        return told | {"latest": last[0] if last else "", "members": len(channel.members)}

    def _message(self, message: Message, channel: Channel, user: User) -> Json:
        told = self.payloads.message(message) | {"only_me": bool(message.seen_by), "state": message.state}
        told["files"] = [self._file(each) for each in message.files]
        if not message.thread_ts:
            replies = [each for each in channel.thread(message.ts) if each.thread_ts]
            told["reply_count"] = sum(each.seen_by in ("", user.id) for each in replies)
        return told

    def _file(self, name: str) -> Json:
        file = self.workspace.files[name]
        text = file.content[: PREVIEW * 4].decode(errors="replace")
        return self.payloads.file(file) | {"preview": text[:PREVIEW], "more": len(text) > PREVIEW}

    async def events(self, request: Request) -> Reply:
        """Tell the page each time that something is different."""
        del request

        async def told() -> AsyncIterator[str]:
            version = self.workspace.version
            yield f"data: {version}\n\n"
            while True:
                try:
                    async with asyncio.timeout(HEARTBEAT):
                        version = await self.workspace.changed(version)
                except TimeoutError:
                    yield ": \n\n"
                    continue
                yield f"data: {version}\n\n"

        return StreamingResponse(told(), media_type="text/event-stream", headers={"Cache-Control": "no-store"})

    def _doing(self, deed: Deed) -> Callable[[Request], Awaitable[Reply]]:
        async def answer(request: Request) -> Reply:
            # Another site's page cannot send this kind without asking first, and is not answered then.
            if request.headers.get("content-type") != "application/json":
                return JSONResponse({"error": "json_only"}, 415)
            given = json.loads(await request.body())
            try:
                user = self.workspace.user(given.get("user"))
                return JSONResponse(await deed(user, given))
            except RefusedError as error:
                return JSONResponse({"note": f"Slack menolak jawaban aplikasi: {error.code}"})
            except UnansweredError as error:
                return JSONResponse({"note": f"Aplikasi tidak menjawab. ({error.code})"})

        return answer

    async def _say(self, user: User, given: Json) -> Json:
        channel = self._room(user, given["channel"])
        return {"note": await self.people.say(user, channel, given["text"], given.get("thread", ""))}

    def _place(self, user: User, given: Json) -> Place:
        if name := given.get("view"):
            home = self.workspace.homes.get(user.id)
            view = home if home and home.id == name else self.workspace.views.get(name)
            if view is None or view.user != user.id:
                raise RefusedError("not_found")
            return Place(view=view)
        channel = self._room(user, given["channel"])
        message = channel.messages.get(given["message"])
        if message is None or message.seen_by not in ("", user.id):
            raise RefusedError("message_not_found")
        return Place(message=message)

    async def _press(self, user: User, given: Json) -> Json:
        return {"note": await self.people.press(user, self._place(user, given), given)}

    async def _suggest(self, user: User, given: Json) -> Json:
        return {"options": await self.people.suggest(user, self._place(user, given), given)}

    async def _submit(self, user: User, given: Json) -> Json:
        view = self._place(user, given).view
        return {"note": await self.people.submit(user, view, given["values"]) if view else ""}

    async def _close(self, user: User, given: Json) -> Json:
        view = self._place(user, given).view
        if view:
            await self.people.close(user, view, cleared=bool(given.get("cleared")))
        return {"note": ""}

    async def _shortcut(self, user: User, given: Json) -> Json:
        message = self._place(user, given).message if given.get("message") else None
        return {"note": await self.people.shortcut(user, given["id"], message)}

    async def _home(self, user: User, given: Json) -> Json:
        del given
        self.people.open_home(user)
        return {"note": ""}
