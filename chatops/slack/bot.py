"""The bot as one process: the listeners, the notifier, and a port for health and figures."""

import asyncio
import json
import logging
import re
import socket
import threading
import time
from contextlib import suppress
from typing import override

import uvicorn
from prometheus_client import Gauge, generate_latest
from slack_bolt import App
from slack_bolt.adapter.socket_mode.websocket_client import SocketModeHandler
from slack_bolt.adapter.starlette import SlackRequestHandler
from slack_sdk import WebClient
from slack_sdk.signature import SignatureVerifier
from slack_sdk.socket_mode.client import BaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from chatops.desk import Desk
from chatops.errors import BotError
from chatops.metrics.collector import LedgerCollector
from chatops.notifier import Notifier
from chatops.slack import listeners
from chatops.slack.edge import Edge
from chatops.slack.settings import SlackSettings
from chatops.watchdog import Watchdog
from chatops.words import Said

LOG = logging.getLogger(__name__)
LISTENERS = 12
"""Threads that acknowledge, apart from those that work."""
LARGEST = 1_000_000
"""Bytes of a request; Slack's are far smaller."""
TIMESTAMP = re.compile(r"[0-9]{1,12}")
PING = 10
CLOSING = 2
PULSE = 0.5
LONGEST = 30
"""Seconds at most between two tries to connect."""
WARM = 30.0
"""Seconds after which the offices are read again; the desk would remember them for twice as long."""
STUCK = 300
"""Seconds after which the notifier is taken for stuck: a call of Slack may take fifteen, and a file needs several."""


class Handler(SocketModeHandler):
    """Bolt's own, which is timed, and says when it is done."""

    edge: Edge

    @override
    def handle(self, client: BaseSocketModeClient, req: SocketModeRequest) -> None:
        try:
            with self.edge.metrics.acks.time():
                super().handle(client, req)  # type: ignore[arg-type]
        finally:
            self.edge.waiting.acknowledged()


class Socket:
    """The connection of Socket Mode, and whether it lives.

    One may look well and bring nothing any more. Whoever hears nothing for a while connects anew, and is greeted: that
    is the proof. A greeting that does not come is told at /healthz.
    """

    def __init__(self, edge: Edge, app: App) -> None:
        self.quiet, self.hello = edge.settings.quiet, edge.settings.hello
        self.waiting = edge.waiting
        # Its own logger says at INFO what was received.
        logger = logging.getLogger("spse.slack.socket")
        logger.setLevel(logging.WARNING)
        made = Handler(
            app,
            edge.settings.app_token,
            logger=logger,
            web_client=edge.client,
            ping_interval=PING,
            concurrency=LISTENERS,
        )
        made.edge = edge
        self.handler: SocketModeHandler = made
        self.heard = time.monotonic()
        self.anew = 0
        self.handler.client.on_message_listeners.append(self._hear)
        self._asked = 0.0
        self._pause, self._again = 1.0, 0.0
        self.connected = False
        Gauge("spse_slack_quiet_seconds", "Since Slack was heard last", registry=edge.metrics.registry).set_function(
            self.silence
        )

    def _hear(self, _session: object, said: str) -> None:
        self.heard = time.monotonic()
        # The SDK closes the old socket from another thread than the one that waits for it, which then may wait ten
        # seconds more. Here it is the one that waits: it goes on at once, to the new connection.
        if '"envelope_id"' in said:
            self.waiting.came()
        elif said.startswith("{") and json.loads(said).get("type") == "disconnect":
            self.drop()

    def silence(self) -> float:
        """Seconds since something came."""
        return time.monotonic() - self.heard

    @property
    def alive(self) -> bool:
        """Whether Slack was heard of late enough."""
        return self.silence() < self.quiet + self.hello

    def watch(self) -> None:
        """Connect, as soon as Slack is there; anew, where nothing was heard for too long."""
        now = time.monotonic()
        if not self.connected:
            if now >= self._again:
                self._connect()
        elif self.silence() >= self.quiet and now - max(self.heard, self._asked) >= min(self.quiet, self.hello):
            LOG.warning("nothing from Slack for %.0f s: connecting anew", self.silence())
            self._asked = now
            self.anew += 1
            self.drop()

    def _connect(self) -> None:
        try:
            self.handler.connect()
        except Exception as error:  # noqa: BLE001 - whatever it is, it is tried again
            LOG.warning("Slack cannot be reached: %s", type(error).__name__)
            self._pause = min(self._pause * 2, LONGEST)
            self._again = time.monotonic() + self._pause
        else:
            self.connected = True

    def drop(self) -> None:
        """End the connection from below: what waits for it wakes, and the SDK connects again by itself."""
        session = self.handler.client.current_session
        raw = session.sock.sock if session and session.sock else None
        if raw:
            with suppress(OSError):
                raw.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """End it for good."""
        client = self.handler.client
        client.auto_reconnect_enabled = False
        self.drop()
        end = time.monotonic() + CLOSING
        while client.is_connected() and time.monotonic() < end:
            time.sleep(0.01)
        self.handler.close()


class Bot:
    """Everything that speaks to Slack."""

    def __init__(self, desk: Desk, settings: SlackSettings, watchdog: Watchdog | None = None) -> None:
        self.settings = settings
        self.watchdog = watchdog or Watchdog()
        # Its own logger says at DEBUG what is sent and received.
        logger = logging.getLogger("spse.slack.calls")
        logger.setLevel(logging.WARNING)
        # Slack's own limit for an answer is three seconds; a call that hangs must not hold the notifier for ever.
        self.client = WebClient(settings.bot_token, base_url=settings.api, timeout=15, logger=logger)
        self.edge = Edge(desk, self.client, settings)
        self.notifier = Notifier(desk, self.client, settings, self.edge.metrics.registry)
        self.edge.metrics.registry.register(LedgerCollector(desk.ledger))
        self.app = make_app(self.edge)
        self.socket = Socket(self.edge, self.app) if settings.app_token else None
        self.stopping = self.notifier.stopping
        self._warmed = -WARM
        self._went_on = False

    def serve(self, listener: socket.socket | None = None) -> None:
        """Serve until told to stop."""
        served = listener or socket.create_server(self.settings.address)
        config = uvicorn.Config(
            http(self), log_config=None, lifespan="off", access_log=False, timeout_graceful_shutdown=1
        )
        server = uvicorn.Server(config)
        port = threading.Thread(target=_run, args=(server, served), name="port")
        teller = threading.Thread(target=self.notifier.run, name="notifier")
        port.start()
        teller.start()
        LOG.info("listening at %s:%d", *served.getsockname()[:2])
        try:
            # Slack may be away: that is no reason to start this anew.
            self.watchdog.ready()
            self._look_after(port, teller)
            while not self.stopping.wait(PULSE):
                self._look_after(port, teller)
        finally:
            self.watchdog.stopping()
            self.stopping.set()
            if self.socket:
                self.socket.close()
            server.should_exit = True
            teller.join()
            port.join()
            self.edge.close()
            served.close()

    def _look_after(self, *threads: threading.Thread) -> None:
        """Connect, where there is no connection; say that this lives, if it does."""
        if self.socket:
            self.socket.watch()
        # Not before Slack is there: who has asked is to be answered.
        if not self._went_on and (self.socket is None or self.socket.connected):
            self._went_on = True
            self.edge.go_on()
        # So that nobody who looks for an office has to wait for the inventory to be read.
        if time.monotonic() - self._warmed > WARM:
            self._warmed = time.monotonic()
            self.edge.later({"user": ""}, "inventory", self.edge.warm)
        for each in threads:
            # Whoever is being stopped may have ended before we look.
            if not each.is_alive() and not self.stopping.is_set():
                # Half a bot would look well to whoever only asks whether there is one.
                raise BotError(detail=Said(f"bagian `{each.name}` berhenti", f"its part `{each.name}` ended"))
        if self.healthy:
            self.watchdog.alive()

    @property
    def healthy(self) -> bool:
        """Whether a supervisor may leave it alone."""
        return all(self.parts.values())

    @property
    def parts(self) -> dict[str, bool]:
        """Which of its parts are well."""
        found = {"notifier": time.monotonic() - self.notifier.turned < STUCK}
        return found | ({"socket": self.socket.alive} if self.socket else {})


def make_app(edge: Edge) -> App:
    """The app of slack-bolt, with every listener."""
    logger = logging.getLogger("spse.slack.bolt")
    # What it says at lower levels holds what people have written.
    logger.setLevel(logging.ERROR)
    app = App(
        client=edge.client,
        logger=logger,
        # Requests by HTTP are verified before Bolt sees them, and the socket is Slack's own.
        request_verification_enabled=False,
        token_verification_enabled=False,
        # A listener only acknowledges and hands on: no need for another thread to do that, while the first one looks
        # every ten milliseconds whether it has.
        process_before_response=True,
    )
    listeners.register(app, edge)
    return app


def http(bot: Bot) -> Starlette:
    """Health, figures, and Slack's requests, where there is no Socket Mode."""
    handler = SlackRequestHandler(bot.app)
    verifier = SignatureVerifier(bot.settings.signing_secret) if bot.settings.signing_secret else None

    async def healthz(request: Request) -> Response:
        del request
        silence = round(bot.socket.silence(), 1) if bot.socket else None
        parts = bot.parts
        told = {"ok": all(parts.values()), "parts": parts, "quiet_seconds": silence}
        return JSONResponse(
            told | {"reconnected": bot.socket.anew if bot.socket else 0}, 200 if all(parts.values()) else 503
        )

    async def metrics(request: Request) -> Response:
        del request
        # It reads the ledger: whoever asks for health does not wait for a database that hangs.
        told = await run_in_threadpool(generate_latest, bot.edge.metrics.registry)
        return PlainTextResponse(told, media_type="text/plain; version=0.0.4")

    async def slack(request: Request) -> Response:
        # Nothing of a request that is not Slack's is read further, nor written down.
        if verifier is None or not genuine(verifier, request.headers, await _body(request)):
            return PlainTextResponse("", 401)
        return await handler.handle(request)

    routes = [Route("/healthz", healthz), Route("/metrics", metrics)]
    if verifier and not bot.settings.app_token:
        routes.append(Route("/slack/events", slack, methods=["POST"]))
    return Starlette(routes=routes)


def genuine(verifier: SignatureVerifier, headers: Headers, body: bytes | None) -> bool:
    """Whether a request is Slack's, and not of five minutes ago."""
    timestamp = headers.get("x-slack-request-timestamp", "")
    if body is None or not TIMESTAMP.fullmatch(timestamp):
        return False
    return verifier.is_valid(body, timestamp, headers.get("x-slack-signature", ""))


async def _body(request: Request) -> bytes | None:
    length = request.headers.get("content-length", "")
    if not length.isdecimal() or int(length) > LARGEST:
        return None
    return await request.body()


def _run(server: uvicorn.Server, listener: socket.socket) -> None:
    asyncio.run(server.serve(sockets=[listener]))
