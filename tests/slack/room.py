"""An offline Slack for a test: served by a thread of this process, with people who write and press."""

import http.client
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Any

import uvicorn
from slack_sdk import WebClient

from chatops.twin.manifest import Manifest
from chatops.twin.server import listen, server
from chatops.twin.workspace import BOT_TOKEN

type Json = dict[str, Any]

GENERAL = "C0UMUM"
SITI = "U0SITI"
BUDI = "U0BUDI"
PATIENCE = 15


def manifest(*, http: str = "", **features: Any) -> Manifest:  # noqa: ANN401 - whatever a manifest has
    """A manifest with one of everything; by HTTP at an address, else by Socket Mode."""
    told: Json = {
        "display_information": {"name": "Penguji"},
        "features": {
            "bot_user": {"display_name": "penguji"},
            "app_home": {"home_tab_enabled": True},
            "slash_commands": [
                {"command": "/coba", "description": "Mencoba", "usage_hint": "apa saja", "url": f"{http}/slack/events"}
            ],
            "shortcuts": [
                {"type": "message", "callback_id": "catat", "name": "Catat ini", "description": "Mencatat pesan"}
            ],
        }
        | features,
        "oauth_config": {
            "scopes": {
                "bot": [
                    "chat:write",
                    "channels:history",
                    "channels:read",
                    "commands",
                    "files:read",
                    "files:write",
                    "im:write",
                    "reactions:write",
                    "usergroups:read",
                    "users:read",
                ]
            }
        },
        "settings": {
            "socket_mode_enabled": not http,
            "interactivity": {"is_enabled": True, "request_url": f"{http}/slack/events"},
            "event_subscriptions": {
                "request_url": f"{http}/slack/events",
                "bot_events": ["app_home_opened", "app_mention", "message.im"],
            },
        },
    }
    return Manifest.of(told)


def until[Found](look: Callable[[], Found], what: str = "it", seconds: float = PATIENCE) -> Found:
    """Look again and again until something is there."""
    end = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < end, f"waited {seconds} s for {what}"
        time.sleep(0.02)
    return found


@dataclass(frozen=True)
class Room:
    """One workspace, from outside."""

    base: str

    def client(self, token: str = BOT_TOKEN) -> WebClient:
        """The real client, which thinks it speaks to Slack."""
        return WebClient(token, base_url=f"{self.base}/api/")

    def post(self, path: str, **said: Any) -> Json:  # noqa: ANN401 - whatever JSON has
        """Ask the page's or the switchboard's side for something."""
        return ask(self.base, "POST", path, json.dumps(said).encode(), {"Content-Type": "application/json"})

    def control(self, name: str, **said: Any) -> Json:  # noqa: ANN401 - whatever JSON has
        """Turn something at the switchboard."""
        return self.post(f"/control/{name}", **said)

    def seen(self) -> Json:
        """What was sent and called."""
        return ask(self.base, "GET", "/control/state")

    def view(self, user: str = SITI, channel: str = GENERAL, thread: str = "") -> Json:
        """What somebody sees."""
        return ask(self.base, "GET", f"/client/state?user={user}&channel={channel}&thread={thread}")

    def say(self, text: str, user: str = SITI, channel: str = GENERAL, thread: str = "") -> Json:
        """Write something, as somebody."""
        return self.post("/client/say", user=user, channel=channel, text=text, thread=thread)

    def texts(self, user: str = SITI, channel: str = GENERAL, thread: str = "") -> list[str]:
        """What somebody reads in a channel or a thread."""
        seen = self.view(user, channel, thread)
        return [message["text"] for message in seen["thread" if thread else "messages"]]

    def wait_for(self, text: str, user: str = SITI, channel: str = GENERAL, thread: str = "") -> Json:
        """The message in which somebody reads this."""

        def look() -> list[Json]:
            seen = self.view(user, channel, thread)
            listed = seen["thread" if thread else "messages"]
            return [each for each in listed if text in json.dumps(each, ensure_ascii=False)]

        return until(look, text)[-1]


def ask(base: str, verb: str, path: str, body: bytes = b"", headers: dict[str, str] | None = None) -> Json:
    """One request, and its answer; the status is in it, where it is no JSON."""
    connection = http.client.HTTPConnection(base.removeprefix("http://"), timeout=60)
    with closing(connection):
        connection.request(verb, path, body, headers or {})
        answer = connection.getresponse()
        said = answer.read()
    if answer.headers.get_content_type() != "application/json":
        return {"status": answer.status, "text": said.decode()}
    read: Json = json.loads(said)
    return read


@contextmanager
def serving(server: uvicorn.Server, listener: socket.socket) -> Iterator[str]:
    """Serve something in a thread; its address."""
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        until(lambda: server.started, "the server")
        host, port = listener.getsockname()
        yield f"http://{host}:{port}"
    finally:
        server.should_exit = True
        thread.join()
        listener.close()


@contextmanager
def room(told: Manifest) -> Iterator[Room]:
    """Open a workspace, and close it."""
    listener = listen("127.0.0.1", 0)
    with serving(server(told, listener), listener) as base:
        yield Room(base)
