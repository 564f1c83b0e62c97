"""What goes to the app, by websocket or by HTTP, and what becomes of it when the app does not answer."""

import asyncio
import hashlib
import hmac
import json
import random
import secrets
import urllib.error
import urllib.parse
import urllib.request
import uuid
from collections import deque
from collections.abc import Coroutine
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from starlette.websockets import WebSocket, WebSocketDisconnect

from chatops.twin.clock import Clock
from chatops.twin.faults import Faults
from chatops.twin.shapes import Json
from chatops.twin.workspace import APP, SIGNING_SECRET

PATIENCE = 3
"""Seconds in which the app has to answer."""
RETRIES = (0, 60, 300)
"""Seconds before an event is delivered again."""
FAREWELL = 10
"""Seconds between the request to connect anew and the end of the old connection."""
CONNECTIONS = 10
REMEMBERED = 20_000
OK = 200


class UnansweredError(Exception):
    """The app did not answer, and in Slack's words why."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


@dataclass(frozen=True)
class Envelope:
    """One thing that the app is told."""

    kind: str
    """`slash_commands`, `interactive` or `events_api`."""
    payload: Json
    url: str = ""
    """Where it goes without Socket Mode."""
    attempt: int = 0
    reason: str = ""
    id: str = field(default_factory=lambda: str(uuid.uuid4()))


class Carrier(Protocol):
    """A way to the app."""

    async def carry(self, envelope: Envelope) -> Json:
        """Bring it there, and the answer back."""
        ...


@dataclass(eq=False)
class Connection:
    """One websocket of the app."""

    websocket: WebSocket
    stalled: bool = False
    leaving: bool = False


class Sockets:
    """Socket Mode."""

    def __init__(self, clock: Clock, faults: Faults) -> None:
        self.clock = clock
        self.faults = faults
        self.connections: list[Connection] = []
        self.acked = 0
        self.late = 0
        """Acknowledged when whoever had asked was told already that nobody has."""
        self.hellos = 0
        self._tickets: set[str] = set()
        self._waiting: dict[str, asyncio.Future[Json]] = {}
        self._given_up: set[str] = set()

    def ticket(self) -> str:
        """What lets one connection in."""
        made = secrets.token_urlsafe(12)
        self._tickets.add(made)
        return made

    async def serve(self, websocket: WebSocket) -> None:
        """Serve one connection until it ends."""
        ticket = websocket.query_params.get("ticket", "")
        if ticket not in self._tickets or len(self.connections) >= CONNECTIONS:
            await websocket.close(4001)
            return
        self._tickets.remove(ticket)
        await websocket.accept()
        connection = Connection(websocket)
        self.connections.append(connection)
        self.hellos += 1
        hello = {
            "type": "hello",
            "num_connections": len(self.connections),
            "debug_info": {"host": "offline-slack", "approximate_connection_time": 18060},
            "connection_info": {"app_id": APP},
        }
        try:
            await websocket.send_text(json.dumps(hello))
            while True:
                self._hear(connection, await websocket.receive_text())
        except WebSocketDisconnect:
            pass
        finally:
            self.connections.remove(connection)

    def _hear(self, connection: Connection, said: str) -> None:
        answer = json.loads(said)
        number = answer.get("envelope_id", "")
        if number in self._given_up:
            self._given_up.remove(number)
            self.late += 1
        waiting = self._waiting.pop(number, None)
        # What is lost is lost both ways.
        if connection.stalled or waiting is None or self.faults.takes("drop_acks"):
            return
        self.acked += 1
        if not waiting.done():
            waiting.set_result(answer.get("payload") or {})

    async def carry(self, envelope: Envelope) -> Json:
        """Give it to one of the connections, as Slack does: to any."""
        if self.faults.delay:
            await self.clock.sleep(self.faults.delay)
        if self.faults.takes("duplicate"):
            twice = replace(envelope, id=str(uuid.uuid4()))
            await self._send(twice)
        answer: asyncio.Future[Json] = asyncio.get_running_loop().create_future()
        self._waiting[envelope.id] = answer
        try:
            await self._send(envelope)
            return await self.clock.within(PATIENCE, answer)
        except TimeoutError as error:
            self._given_up.add(envelope.id)
            raise UnansweredError("operation_timeout") from error
        finally:
            self._waiting.pop(envelope.id, None)

    async def _send(self, envelope: Envelope) -> None:
        usable = [each for each in self.connections if not each.leaving]
        if not usable:
            raise UnansweredError("dispatch_failed")
        connection = random.choice(usable)  # noqa: S311 - to share work out, not to keep a secret
        if connection.stalled:
            return
        told: Json = {
            "envelope_id": envelope.id,
            "type": envelope.kind,
            "payload": envelope.payload,
            "accepts_response_payload": envelope.kind != "events_api",
        }
        if envelope.kind == "events_api":
            told |= {"retry_attempt": envelope.attempt, "retry_reason": envelope.reason}
        try:
            await connection.websocket.send_text(json.dumps(told))
        except (WebSocketDisconnect, RuntimeError) as error:
            # It went away between being chosen and being written to.
            raise UnansweredError("dispatch_failed") from error

    def stall(self) -> None:
        """Let every connection that there is stay open, and nothing come through it any more."""
        for connection in self.connections:
            connection.stalled = True

    async def refresh(self, reason: str) -> None:
        """Ask the app to connect anew; the old connections end a little later."""
        old = [each for each in self.connections if not each.leaving]
        for connection in old:
            connection.leaving = True
            said = {"type": "disconnect", "reason": reason, "debug_info": {"host": "offline-slack"}}
            await connection.websocket.send_text(json.dumps(said))
        await self.clock.sleep(FAREWELL)
        await self._close(old)

    async def cut(self) -> None:
        """End every connection without a word."""
        await self._close(list(self.connections))

    async def _close(self, connections: list[Connection]) -> None:
        for connection in connections:
            if connection in self.connections:
                await connection.websocket.close(1006 if connection.stalled else 1001)


class Requests:
    """HTTP: one signed request each."""

    def __init__(self, clock: Clock, faults: Faults) -> None:
        self.clock = clock
        self.faults = faults
        self.acked = 0

    async def carry(self, envelope: Envelope) -> Json:
        """Send it, and read the answer."""
        if self.faults.delay:
            await self.clock.sleep(self.faults.delay)
        if self.faults.takes("duplicate"):
            await asyncio.to_thread(self._post, envelope)
        try:
            said = await asyncio.to_thread(self._post, envelope)
        except TimeoutError as error:
            raise UnansweredError("operation_timeout") from error
        except OSError as error:
            if isinstance(getattr(error, "reason", None), TimeoutError):
                raise UnansweredError("operation_timeout") from error
            raise UnansweredError("dispatch_failed") from error
        if self.faults.takes("drop_acks"):
            raise UnansweredError("operation_timeout")
        self.acked += 1
        return _read(said)

    def _post(self, envelope: Envelope) -> bytes:
        body, headers = written(envelope)
        headers |= signed(body, str(int(self.clock.now())))
        request = urllib.request.Request(envelope.url, body, headers)  # noqa: S310 - of the app's own manifest
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:  # noqa: S310 - as above
            said: bytes = answer.read()
        return said


def written(envelope: Envelope) -> tuple[bytes, dict[str, str]]:
    """The body of the request that Slack makes of it, and its headers."""
    form = "application/x-www-form-urlencoded"
    if envelope.kind == "slash_commands":
        return urllib.parse.urlencode(envelope.payload).encode(), {"Content-Type": form}
    said = json.dumps(envelope.payload)
    if envelope.kind == "interactive":
        return urllib.parse.urlencode({"payload": said}).encode(), {"Content-Type": form}
    headers = {"Content-Type": "application/json"}
    if envelope.attempt:
        headers |= {"X-Slack-Retry-Num": str(envelope.attempt), "X-Slack-Retry-Reason": envelope.reason}
    return said.encode(), headers


def signed(body: bytes, timestamp: str, secret: str = SIGNING_SECRET) -> dict[str, str]:
    """The headers that prove who sends it."""
    base = b"v0:" + timestamp.encode() + b":" + body
    digest = hmac.new(secret.encode(), base, hashlib.sha256).hexdigest()
    return {"X-Slack-Request-Timestamp": timestamp, "X-Slack-Signature": f"v0={digest}"}


def _read(said: bytes) -> Json:
    if not said.strip():
        return {}
    try:
        read = json.loads(said)
    except ValueError:
        return {"text": said.decode(errors="replace")}
    return read if isinstance(read, dict) else {"text": str(read)}


class Office:
    """Sends what goes to the app, and sends events again that were not answered."""

    def __init__(self, clock: Clock, carrier: Carrier) -> None:
        self.clock = clock
        self.carrier = carrier
        self.log: deque[Json] = deque(maxlen=REMEMBERED)
        self._tasks: set[asyncio.Task[Any]] = set()

    async def ask(self, envelope: Envelope) -> Json:
        """Tell the app something that a person waits for."""
        started = self.clock.now()
        entry = {"kind": envelope.kind, "type": envelope.payload.get("type") or envelope.payload.get("command")}
        self.log.append(entry)
        try:
            return await self.carrier.carry(envelope)
        except UnansweredError as error:
            entry["error"] = error.code
            raise
        finally:
            entry["seconds"] = self.clock.now() - started

    def tell(self, envelope: Envelope) -> None:
        """Tell the app an event, and again when it does not answer."""
        self.spawn(self._insist(envelope))

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Do something beside."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _insist(self, envelope: Envelope) -> None:
        for attempt, pause in enumerate((0, *RETRIES)):
            await self.clock.sleep(pause)
            again = replace(envelope, attempt=attempt, id=str(uuid.uuid4()), reason="timeout" if attempt else "")
            try:
                await self.ask(again)
            except UnansweredError:
                continue
            return
