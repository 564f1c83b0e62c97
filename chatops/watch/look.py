"""One look at one host: what came of it, and how it is taken."""

import contextlib
import logging
import math
import socket
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path

import fabric
import paramiko

from chatops.watch import answer
from chatops.watch.answer import Answer, GarbageError
from chatops.words import Said

# What the host is asked for; whatever it says, the host does one thing.
COMMAND = "spse-look"
ACCOUNT = "spse-probe"
INBOUND_PATIENCE = 3
LATER = 5
CHUNK = 1 << 15


class State(StrEnum):
    """How a host has taken it."""

    ANSWERED = "answered"
    HANGING = "hanging"
    REFUSED = "refused"
    UNREACHABLE = "unreachable"
    CHANGED_KEY = "changed-key"
    UNKNOWN_KEY = "unknown-key"
    DENIED = "denied"
    GARBAGE = "garbage"


STATES = {
    State.ANSWERED: Said("menjawab", "answered"),
    State.HANGING: Said("TIDAK MENJAWAB sampai batas waktunya", "DID NOT ANSWER in time"),
    State.REFUSED: Said("MENOLAK sambungan", "REFUSED the connection"),
    State.UNREACHABLE: Said("TIDAK TERJANGKAU", "UNREACHABLE"),
    State.CHANGED_KEY: Said("KUNCI SERVER BERUBAH: bukan server yang dikenal", "HOST KEY CHANGED: not the known host"),
    State.UNKNOWN_KEY: Said("kunci server belum dikenal", "its host key is not known"),
    State.DENIED: Said("tidak mengizinkan akun pemantau; jalankan probe-user", "lets the probe not in; run probe-user"),
    State.GARBAGE: Said("jawabannya RUSAK", "its answer is GARBAGE"),
}
AWAY = frozenset({State.HANGING, State.REFUSED, State.UNREACHABLE})
"""Nobody answers: it may be down. With any other state somebody does, and it is only not seen how he is."""

# In this order: the later ones are of more.
MEANT: tuple[tuple[type[Exception], State], ...] = (
    (paramiko.BadHostKeyException, State.CHANGED_KEY),
    (paramiko.AuthenticationException, State.DENIED),
    (ConnectionRefusedError, State.REFUSED),
    (ConnectionResetError, State.REFUSED),
    (BrokenPipeError, State.REFUSED),
    (EOFError, State.REFUSED),
    (TimeoutError, State.HANGING),
    (OSError, State.UNREACHABLE),
)


@dataclass(frozen=True)
class Target:
    """A host that is looked at, as the inventory has it."""

    host: str
    lpse: str
    address: str
    port: int = 22
    zone: str = "WIB"
    account: str = ACCOUNT
    key: Path = Path("/nowhere")
    known_hosts: tuple[Path, ...] = ()
    inbound: tuple[int, ...] = ()
    instances: tuple[str, ...] = ()
    national: tuple[str, ...] = ()
    """What of the outside LKPP provides itself, as in `outbound`."""


@dataclass(frozen=True)
class Look:
    """What came of it."""

    target: Target
    state: State
    at: float
    """Seconds since 1970 by our clock, when it began."""
    seconds: float
    answer: Answer | None = None
    detail: str = ""
    inbound: Mapping[int, bool] = field(default_factory=dict)

    @property
    def measures(self) -> Mapping[str, float]:
        """All values, ours too."""
        own = {f"inbound:{port}": float(there) for port, there in self.inbound.items()}
        return {**(self.answer.measures if self.answer else {}), **own}


@dataclass(frozen=True)
class Credentials:
    """By what we know the host, and by what it knows us."""

    key: paramiko.PKey
    known: Mapping[str, paramiko.PKey]


def quiet() -> None:
    """Have paramiko keep for itself what it thinks of each host: here a state says it."""
    logging.getLogger("paramiko").setLevel(logging.CRITICAL)


class Looking:
    """A look while it is on. Whoever waits for it can cut it off."""

    def __init__(self, target: Target, credentials: Credentials, deadline: float) -> None:
        self.target = target
        self.at = time.time()
        self._credentials = credentials
        self._deadline = deadline
        self._began = time.monotonic()
        self._socket: socket.socket | None = None
        self._inbound: dict[int, bool] = {}
        self.greeted = False
        """Whether it has said anything at all."""

    @property
    def age(self) -> float:
        """Seconds since it began."""
        return time.monotonic() - self._began

    def cut(self) -> Look:
        """End it: the host has not answered in time."""
        if self._socket is not None:
            with contextlib.suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)
        return self._outcome(State.HANGING)

    def run(self) -> Look:
        """Look, whatever comes of it."""
        for port in self.target.inbound:
            self._inbound[port] = self._reachable(port)
        return self._over_ssh()

    def _outcome(self, state: State, detail: str = "", told: Answer | None = None) -> Look:
        return Look(self.target, state, self.at, self.age, told, detail, dict(self._inbound))

    def _left(self) -> float:
        return max(0.1, self._deadline - self.age)

    def _reachable(self, port: int) -> bool:
        patience = min(INBOUND_PATIENCE, self._left())
        try:
            socket.create_connection((self.target.address, port), timeout=patience).close()
        except OSError:
            return False
        return True

    def _over_ssh(self) -> Look:
        try:
            with socket.create_connection((self.target.address, self.target.port), self._left()) as self._socket:
                if not self._credentials.known:
                    return self._outcome(State.UNKNOWN_KEY)
                # Who says nothing costs no cryptography; what he says is left for who reads it.
                self._socket.settimeout(self._left() + LATER)
                self._socket.recv(1, socket.MSG_PEEK)
                self.greeted = True
                return self._answered(self._socket)
        except (OSError, EOFError, ValueError, GarbageError, paramiko.SSHException) as error:
            return self._outcome(_state(error), _detail(error))

    def _answered(self, connected: socket.socket) -> Look:
        # Whoever waits for this look ends it in time; paramiko's own limits would call it something else.
        later = self._left() + LATER
        limits = {"banner_timeout": later, "auth_timeout": later, "channel_timeout": later, "timeout": later}
        # One key, and no agent: nobody else's keys are shown to a host.
        only = {"pkey": self._credentials.key, "allow_agent": False, "look_for_keys": False}
        target = self.target
        given = {"sock": connected, **limits, **only}
        connection = fabric.Connection(
            target.address, user=target.account, port=target.port, config=_configuration(), connect_kwargs=given
        )
        # Fabric would take anybody in whom it does not know.
        connection.client.set_missing_host_key_policy(paramiko.RejectPolicy())
        name = target.address if target.port == paramiko.config.SSH_PORT else f"[{target.address}]:{target.port}"
        for kind, key in self._credentials.known.items():
            connection.client.get_host_keys().add(name, kind, key)
        try:
            connection.open()
            channel = connection.create_session()
            channel.settimeout(later)
            asked = time.time()
            channel.exec_command(COMMAND)
            raw = _read(channel)
            told = answer.parse(raw)
        finally:
            connection.client.close()
        return self._outcome(State.ANSWERED, told=with_clock(told, asked, time.time()))


def _configuration() -> fabric.Config:
    """Nobody's settings of ssh: a host is what the inventory says. One for each, because fabric changes what it has."""
    return fabric.Config(overrides={"load_ssh_configs": False}, lazy=True)


def _state(error: Exception) -> State:
    """What it means that a look ended in this way; what is none of these is no SSH, or no answer."""
    return next((state for kind, state in MEANT if isinstance(error, kind)), State.GARBAGE)


def _detail(error: Exception) -> str:
    match error:
        case GarbageError(detail=detail):
            return str(detail)
        case paramiko.BadHostKeyException():
            return f"{error.key.get_name()} {error.key.fingerprint}"
        case paramiko.AuthenticationException() | ConnectionError() | TimeoutError() | EOFError():
            return ""
        case OSError():
            return error.strerror or ""
    return f"SSH: {error}"


def _read(channel: paramiko.Channel) -> bytes:
    """All it says, and no more than an answer can have."""
    raw = bytearray()
    while len(raw) <= answer.MOST and (piece := channel.recv(CHUNK)):
        raw += piece
    return bytes(raw)


def with_clock(told: Answer, asked: float, received: float) -> Answer:
    """Where the host does not know how far its clock is off: at least so far, if it looked between these two."""
    if "clock" in told.measures:
        return told
    least = max(0.0, asked - told.at, told.at - received)
    # What the two clocks say is ours as much as its own: what is beyond a float is nobody's.
    return replace(told, measures={**told.measures, "clock": least}) if math.isfinite(least) else told
