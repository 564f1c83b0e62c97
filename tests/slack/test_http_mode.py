"""HTTP with signatures, by the real slack-bolt behind Starlette."""

import logging
import urllib.parse
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest
import uvicorn
from slack_bolt.adapter.starlette import SlackRequestHandler
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from chatops.twin.envelopes import signed
from chatops.twin.server import listen
from tests.slack.room import GENERAL, SITI, Room, ask, manifest, room, serving, until
from tests.slack.sample import make

type Json = dict[str, Any]


@pytest.fixture
def by_http() -> Iterator[tuple[Room, list[Json], str]]:
    """A workspace that sends to the sample app's address."""
    listener = listen("127.0.0.1", 0)
    host, port = listener.getsockname()
    with ExitStack() as stack:
        slack = stack.enter_context(room(manifest(http=f"http://{host}:{port}")))
        app, heard = make(slack.client())
        handler = SlackRequestHandler(app)

        async def endpoint(request: Request) -> Response:
            return await handler.handle(request)

        served = Starlette(routes=[Route("/slack/events", endpoint, methods=["POST"])])
        config = uvicorn.Config(served, log_level="warning", lifespan="off")
        yield slack, heard, stack.enter_context(serving(uvicorn.Server(config), listener))


def test_everything_arrives_signed(by_http: tuple[Room, list[Json], str]) -> None:
    slack, heard, _ = by_http
    slack.say("/coba teks")
    assert slack.texts() == ["Anda menulis: teks"]
    slack.say("/coba")
    view = until(lambda: slack.view()["modal"], "the modal")
    office = {"user": SITI, "view": view["id"], "block_id": "lpse", "action_id": "lpse"}
    options = slack.post("/client/suggest", **office, value="mam")["options"]
    assert [each["value"] for each in options] == ["mamuju", "mamasa"]
    values = {"lpse": {"lpse": options[0]}, "alasan": {"alasan": "pembaruan"}}
    slack.post("/client/submit", user=SITI, view=view["id"], values=values)
    sent = slack.wait_for("Upgrade mamuju")
    press = {"user": SITI, "channel": GENERAL, "message": sent["ts"], "block_id": "keputusan", "action_id": "tolak"}
    assert slack.post("/client/press", **press)["note"] == ""
    slack.wait_for("Ditolak.")
    slack.say("@penguji halo")
    until(lambda: "event" in heard[-1], "the mention")


def test_an_unsigned_a_late_and_a_forged_request_are_refused(by_http: tuple[Room, list[Json], str]) -> None:
    slack, heard, address = by_http
    body = urllib.parse.urlencode({"command": "/coba", "text": "x"}).encode()
    now = int(slack.control("clock", seconds=0)["now"])
    for headers in ({}, signed(body, str(now - 301)), signed(body, str(now), "another"), signed(b"other", str(now))):
        form = {"Content-Type": "application/x-www-form-urlencoded"} | headers
        assert ask(address, "POST", "/slack/events", body, form)["error"] == "invalid request"
    assert heard == []


def test_who_is_not_there_or_is_slow_is_told(by_http: tuple[Room, list[Json], str]) -> None:
    slack, heard, _ = by_http
    slack.control("faults", drop_acks=1)
    slack.say("/coba x")
    assert slack.texts() == ['/coba failed with the error "operation_timeout"']
    slack.control("faults", drop_acks=1)
    slack.say("@penguji halo")
    until(lambda: sum("event" in each for each in heard) == 2, "the event again")


def test_where_nobody_listens_the_author_is_told(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.CRITICAL)
    with room(manifest(http="http://127.0.0.1:9")) as slack:
        slack.say("/coba x")
        assert slack.texts() == ['/coba failed with the error "dispatch_failed"']
