"""Puts the offline Slack together and serves it: one process, everything in memory."""

import socket
from dataclasses import dataclass
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import FileResponse
from starlette.responses import Response as Reply
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from chatops.twin import seed
from chatops.twin.api import WebApi
from chatops.twin.control import Control
from chatops.twin.envelopes import Carrier, Office, Requests, Sockets
from chatops.twin.faults import Faults, Rates
from chatops.twin.manifest import Manifest
from chatops.twin.page import Page
from chatops.twin.payloads import Payloads
from chatops.twin.people import People
from chatops.twin.workspace import Workspace

STATIC = Path(__file__).with_name("static")
# Whatever a host has written, the page runs nothing but its own script.
POLICY = b"default-src 'self'; img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"


class Guard:
    """Adds what keeps a page from running what it shows."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Add it to every answer."""

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], (b"content-security-policy", POLICY)]
            await send(message)

        await self.app(scope, receive, sending)


@dataclass(frozen=True)
class Twin:
    """An offline Slack that is ready to be served."""

    app: Starlette
    workspace: Workspace
    base: str


def build(manifest: Manifest, base: str) -> Twin:
    """Make one whose addresses begin with `base`."""
    workspace = seed.workspace(manifest)
    faults = Faults()
    sockets = Sockets(workspace.clock, faults)
    carrier: Carrier = sockets if manifest.socket_mode else Requests(workspace.clock, faults)
    office = Office(workspace.clock, carrier)
    payloads = Payloads(workspace, base)
    people = People(workspace, payloads, office)
    api = WebApi(workspace, payloads, sockets, people, faults, Rates(workspace.clock))
    control = Control(workspace, office, sockets, people, api, faults)

    async def index(request: Request) -> Reply:
        del request
        return FileResponse(STATIC / "index.html", headers={"Cache-Control": "no-store"})

    routes = [
        *api.routes(),
        *Page(workspace, payloads, people).routes(),
        *control.routes(),
        Route("/", index),
        Mount("/static", StaticFiles(directory=STATIC)),
    ]
    return Twin(Starlette(routes=routes, middleware=[Middleware(Guard)]), workspace, base)


def listen(host: str, port: int) -> socket.socket:
    """Take the port, any free one if it is 0."""
    return socket.create_server((host, port), family=socket.AF_INET)


def server(manifest: Manifest, listener: socket.socket) -> uvicorn.Server:
    """What serves it at an open port, until its `should_exit` is set."""
    host, port = listener.getsockname()[:2]
    twin = build(manifest, f"http://{host}:{port}")
    config = uvicorn.Config(
        twin.app, log_level="warning", ws="wsproto", timeout_graceful_shutdown=1, lifespan="off", access_log=False
    )
    return uvicorn.Server(config)
