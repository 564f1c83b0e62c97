"""The Web API and what belongs to it: uploads, response URLs, the websocket."""

import asyncio
import re
from collections import Counter
from dataclasses import dataclass, field

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse
from starlette.responses import Response as Reply
from starlette.routing import BaseRoute, Route, WebSocketRoute

from chatops.twin import methods
from chatops.twin.call import METHODS, Call, Method, parse
from chatops.twin.envelopes import Sockets
from chatops.twin.faults import Faults, Rates
from chatops.twin.payloads import Payloads
from chatops.twin.people import People
from chatops.twin.shapes import Json
from chatops.twin.workspace import APP_TOKEN, BOT_TOKEN, RefusedError, Workspace

__all__ = ["WebApi", "methods"]

TOO_MANY = 429
UNAVAILABLE = 503
NOT_FOUND = 404
SEEN = "X-OAuth-Scopes"


@dataclass
class WebApi:
    """Answers the app."""

    workspace: Workspace
    payloads: Payloads
    sockets: Sockets
    people: People
    faults: Faults
    rates: Rates
    calls: Counter[str] = field(default_factory=Counter)

    def routes(self) -> list[BaseRoute]:
        """Where it listens."""
        return [
            Route("/api/{method}", self.call, methods=["GET", "POST"]),
            Route("/upload/{ticket}", self.upload, methods=["POST"]),
            Route("/files/{id}/{name}", self.download),
            Route("/response/{grant}", self.respond, methods=["POST"]),
            WebSocketRoute("/link/", self.sockets.serve),
        ]

    async def call(self, request: Request) -> Reply:
        """One call of a method."""
        name = request.path_params["method"]
        self.calls[name] += 1
        if self.faults.api_delay:
            await asyncio.sleep(self.faults.api_delay)
        if failing := self._failing(name):
            self.calls[f"{name} {failing.status_code}"] += 1
            return failing
        try:
            kind = request.headers.get("content-type", "")
            given = parse(await request.body(), kind, request.url.query)
            told = self._answer(name, given, request.headers.get("authorization", ""))
        except RefusedError as error:
            self.calls[f"{name} {error.code}"] += 1
            return _refused(error)
        return JSONResponse({"ok": True} | told, headers={SEEN: ",".join(sorted(self.workspace.manifest.scopes))})

    def _failing(self, name: str) -> Reply | None:
        if self.faults.concerns(name) and self.faults.takes("broken"):
            return PlainTextResponse("upstream connect error", UNAVAILABLE)
        if self.faults.concerns(name) and self.faults.takes("limited"):
            return _refused(RefusedError("ratelimited", retry_after=self.faults.retry_after))
        return None

    def _answer(self, name: str, given: Json, authorization: str) -> Json:
        token = str(given.pop("token", "") or authorization.removeprefix("Bearer ")).strip()
        if not token:
            raise RefusedError("not_authed")
        if token not in (BOT_TOKEN, APP_TOKEN):
            raise RefusedError("invalid_auth")
        method = METHODS.get(name)
        if method is None:
            raise RefusedError("unknown_method", req_method=name)
        if (token == APP_TOKEN) != method.of_app:
            raise RefusedError("not_allowed_token_type")
        self._may(method)
        rates = self.rates if self.faults.rates else None
        if rates and (wait := rates.wait(name, method.tier)):
            raise RefusedError("ratelimited", retry_after=wait)
        return method.answer(Call(self.workspace, self.payloads, self.sockets, rates, given))

    def _may(self, method: Method) -> None:
        scopes = self.workspace.manifest.scopes
        if method.scope and method.scope not in scopes:
            raise RefusedError("missing_scope", needed=method.scope, provided=",".join(sorted(scopes)))

    async def upload(self, request: Request) -> Reply:
        """Take the bytes of a file."""
        ticket = request.path_params["ticket"]
        file = next((each for each in self.workspace.files.values() if each.ticket == ticket), None)
        body = await request.body()
        if file is None or len(body) != file.length:
            return PlainTextResponse("invalid upload", 400)
        file.content, file.ticket = body, ""
        return PlainTextResponse(f"OK - {len(body)}")

    async def download(self, request: Request) -> Reply:
        """Hand a file out. What stands in it is text, whatever it looks like."""
        file = self.workspace.files.get(request.path_params["id"])
        if file is None or not file.shared:
            return PlainTextResponse("not found", NOT_FOUND)
        headers = {"X-Content-Type-Options": "nosniff"}
        if request.query_params.get("download"):
            safe = re.sub(r"[^\w.-]", "_", file.name)
            headers["Content-Disposition"] = f'attachment; filename="{safe}"'
        return Reply(file.content, media_type="text/plain; charset=utf-8", headers=headers)

    async def respond(self, request: Request) -> Reply:
        """What the app says at a response URL."""
        grant = self.workspace.responses.get(request.path_params["grant"])
        if grant is None or self.workspace.clock.now() > grant.expires:
            return JSONResponse({"ok": False, "error": "expired_url"}, NOT_FOUND)
        if grant.left <= 0:
            return JSONResponse({"ok": False, "error": "used_url"}, NOT_FOUND)
        try:
            said = parse(await request.body(), "application/json", "")
            grant.left -= 1
            self.people.respond(grant, said)
        except RefusedError as error:
            return JSONResponse({"ok": False, "error": error.code} | error.more, 400)
        return PlainTextResponse("ok")


def _refused(error: RefusedError) -> Reply:
    more = dict(error.more)
    wait = more.pop("retry_after", None)
    told = {"ok": False, "error": error.code} | more
    if wait is None:
        return JSONResponse(told)
    return JSONResponse(told, TOO_MANY, headers={"Retry-After": str(wait)})
