"""What a test or a teacher turns: faults, the clock, bursts, and a look at what was sent."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass, fields

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse
from starlette.responses import Response as Reply
from starlette.routing import BaseRoute, Route

from chatops.twin.api import WebApi
from chatops.twin.envelopes import Envelope, Office, Sockets, UnansweredError
from chatops.twin.faults import Faults
from chatops.twin.people import People
from chatops.twin.shapes import Json
from chatops.twin.workspace import BOT_USER, RefusedError, Workspace

type Deed = Callable[[Json], Awaitable[Json]]


@dataclass(frozen=True)
class Control:
    """The switchboard."""

    workspace: Workspace
    office: Office
    sockets: Sockets
    people: People
    api: WebApi
    faults: Faults

    def routes(self) -> list[BaseRoute]:
        """Where it listens."""
        deeds: dict[str, Deed] = {
            "faults": self._faults,
            "clock": self._clock,
            "stall": self._stall,
            "disconnect": self._disconnect,
            "burst": self._burst,
            "deliver": self._deliver,
            "membership": self._membership,
        }
        made: list[BaseRoute] = [Route("/control/state", self.state), Route("/control/everything", self.everything)]
        return made + [Route(f"/control/{name}", _doing(deed), methods=["POST"]) for name, deed in deeds.items()]

    async def state(self, request: Request) -> Reply:
        """What has been sent and called so far, and what is wrong on purpose."""
        del request
        carrier = self.office.carrier
        return JSONResponse(
            {
                "faults": asdict(self.faults),
                "connections": len(self.sockets.connections),
                "hellos": self.sockets.hellos,
                "acked": getattr(carrier, "acked", 0),
                "late": getattr(carrier, "late", 0),
                "calls": dict(self.api.calls),
                "envelopes": list(self.office.log),
            }
        )

    async def everything(self, request: Request) -> Reply:
        """All that was ever said, shown or uploaded here, to be searched for what should not be."""
        del request
        workspace = self.workspace
        held = (workspace.channels, workspace.files, workspace.views, workspace.homes, workspace.responses)
        return PlainTextResponse("\n".join(repr(each) for part in held for each in part.values()))

    async def _faults(self, given: Json) -> Json:
        known = {each.name for each in fields(Faults)}
        if given.keys() - known:
            raise RefusedError("invalid_arguments", known=sorted(known))
        for name, value in given.items():
            setattr(self.faults, name, value)
        return asdict(self.faults)

    async def _clock(self, given: Json) -> Json:
        self.workspace.clock.push(float(given["seconds"]))
        return {"now": self.workspace.clock.now()}

    async def _stall(self, given: Json) -> Json:
        del given
        self.sockets.stall()
        return {"stalled": len(self.sockets.connections)}

    async def _disconnect(self, given: Json) -> Json:
        if given.get("cut"):
            await self.sockets.cut()
        else:
            self.office.spawn(self.sockets.refresh(str(given.get("reason", "refresh_requested"))))
        return {}

    async def _burst(self, given: Json) -> Json:
        """So many commands, at once or so many a second; after how long each was answered."""
        user = self.workspace.user(given["user"])
        channel = self.workspace.channel(given["channel"])
        name, _, text = str(given["text"]).partition(" ")
        rate = float(given.get("rate", 0))

        async def one(number: int) -> float:
            payload = self.people.payloads.command(user, channel, name, text.replace("{n}", str(number)))
            if rate:
                await asyncio.sleep(number / rate)
            started = self.workspace.clock.now()
            try:
                await self.office.ask(Envelope("slash_commands", payload, str(given.get("url", ""))))
            except UnansweredError:
                return -1
            return self.workspace.clock.now() - started

        times = await asyncio.gather(*map(one, range(int(given["count"]))))
        return {"seconds": times}

    async def _deliver(self, given: Json) -> Json:
        """Anything at all, as it stands here: what no page would send."""
        envelope = Envelope(str(given["kind"]), given["payload"], str(given.get("url", "")))
        try:
            return {"answer": await self.office.ask(envelope)}
        except UnansweredError as error:
            return {"error": error.code}

    async def _membership(self, given: Json) -> Json:
        """Put somebody into a user group, or out of it; or the bot into a channel."""
        if name := given.get("channel"):
            members = self.workspace.channel(name).members
            user = given.get("user", BOT_USER)
        else:
            members = self.workspace.groups[given["group"]].users
            user = given["user"]
        if given["member"] and user not in members:
            members.append(user)
        elif not given["member"] and user in members:
            members.remove(user)
        self.workspace.touch()
        return {"members": members}


def _doing(deed: Deed) -> Callable[[Request], Awaitable[Reply]]:
    async def answer(request: Request) -> Reply:
        if request.headers.get("content-type") != "application/json":
            return JSONResponse({"error": "json_only"}, 415)
        try:
            return JSONResponse(await deed(json.loads(await request.body())))
        except RefusedError as error:
            return JSONResponse({"error": error.code} | error.more, 400)

    return answer
