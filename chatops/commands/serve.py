"""`spse-ops serve`: bot, worker, watcher and pages on one machine; a supervisor sees them as one service."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from select import select
from types import FrameType

import click

from chatops.commands.command import Command, Whole
from chatops.commands.door import INVENTORY
from chatops.watchdog import LIMIT, READY, SOCKET, Watchdog

PULSE = 0.2
PATIENCE = 20
SILENCE = 90.0
"""Seconds after which a part that says nothing is taken for dead, where no supervisor says otherwise."""
STARTING = 60.0
"""Seconds in which a part has to come up."""
LONGEST = 4096
PAUSE = float(os.environ.get("SPSE_OPS_SERVE_PAUSE", "30"))
"""Seconds before watcher or pages are begun again: changes go on without them."""
WATCH = 4
"""So many times as long it may say nothing: a full disk may hold it up, and nobody waits for it."""


class Part:
    """One of them, and what was heard of it."""

    def __init__(self, words: Sequence[str], folder: Path, silence: float) -> None:
        self.name = words[0]
        self.silence = silence
        self.ready = False
        self.heard = time.monotonic()
        self.line = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        (folder / self.name).unlink(missing_ok=True)
        self.line.bind(str(folder / self.name))
        told = {SOCKET: str(folder / self.name), LIMIT: str(round(silence * 1_000_000))}
        # Were this process killed, a supervisor would start a second one: two bots would tell everything twice.
        command = ["setpriv", "--pdeathsig", "KILL", sys.executable, "-m", "chatops", *words]
        self.process = subprocess.Popen(command, env=os.environ | told)

    def hear(self) -> None:
        """Take in what it has said."""
        self.heard = time.monotonic()
        self.ready = READY in self.line.recv(LONGEST).decode().splitlines() or self.ready

    @property
    def lives(self) -> bool:
        """Whether it is there, and has said so of late."""
        patience = self.silence if self.ready else max(self.silence, STARTING)
        return self.process.poll() is None and time.monotonic() - self.heard < patience

    def end(self) -> int:
        """Its exit code; whoever does not end is ended."""
        try:
            return self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return self.process.wait()
        finally:
            self.line.close()


class Aside:
    """A part that nothing else waits for: when it ends, it is begun again, and the others go on."""

    def __init__(self, words: Sequence[str], folder: Path, silence: float) -> None:
        self._words, self._folder, self._silence = words, folder, silence
        self._again = 0.0
        self.part: Part | None = None

    def look_after(self) -> None:
        """Begin it, where it is not; end it, where it hangs."""
        if self.part and not self.part.lives:
            click.echo(f"serve: {self.part.name} mati atau diam, dimulai lagi / dead or silent, begun again", err=True)
            self.part.process.kill()
            self.part.end()
            self.part, self._again = None, time.monotonic() + PAUSE
        if not self.part and time.monotonic() >= self._again:
            self.part = Part(self._words, self._folder, self._silence)


@click.command(cls=Command, short_help="Bot, satu pekerja, pemantau, dan halaman bersama")
@click.option("--slots", type=Whole(), default=4, help="Paling banyak sekian pelaksanaan sekaligus (bawaan 4).")
@click.option("--no-watch", is_flag=True, help="Tanpa pemantau.")
@click.option("--no-web", is_flag=True, help="Tanpa halaman pantauan (`spse-ops web serve` di tempat lain).")
@INVENTORY
def serve(slots: int, inventory: str | None, *, no_watch: bool, no_web: bool, as_json: bool, language: str) -> None:
    """Menjalankan bot, pekerja, pemantau, dan halaman sampai dihentikan.

    Bila bot atau pekerja mati, semuanya berhenti: systemd memulainya lagi. Pemantau dan halaman dimulai lagi sendiri.
    """
    del as_json, language
    more = ["--inventory", inventory] if inventory else []
    watchdog = Watchdog.taken()
    stopping = False

    def stop(_number: int, _frame: FrameType | None) -> None:
        nonlocal stopping
        stopping = True

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    with tempfile.TemporaryDirectory(prefix="spse-serve-") as folder:
        lines = (["bot", *more], ["worker", "--slots", str(slots), *more])
        silence = watchdog.limit or SILENCE
        parts = [Part(line, Path(folder), silence) for line in lines]
        asides = [] if no_watch else [Aside(["watch", *more], Path(folder), WATCH * silence)]
        asides += [] if no_web else [Aside(["web", "serve", *more], Path(folder), silence)]
        up = False
        while not stopping and all(part.lives for part in parts):
            for aside in asides:
                aside.look_after()
            heard = [*parts, *_there(asides)]
            for line in select([part.line for part in heard], [], [], PULSE)[0]:
                next(part for part in heard if part.line is line).hear()
            if not up and all(part.ready for part in parts):
                up = True
                watchdog.ready()
            watchdog.alive()
        code = _end([*parts, *_there(asides)], watchdog, told=stopping)
    sys.exit(code)


def _there(asides: Iterable[Aside]) -> Iterator[Part]:
    return (aside.part for aside in asides if aside.part)


def _end(parts: Sequence[Part], watchdog: Watchdog, *, told: bool) -> int:
    """End all; the exit code, which is no success unless somebody has asked for it."""
    watchdog.stopping()
    for part in parts:
        if not told and not part.lives:
            click.echo(f"serve: {part.name} mati atau diam / dead, or silent", err=True)
        # Who says nothing any more does not hear, either.
        part.process.send_signal(signal.SIGTERM if told or part.lives else signal.SIGKILL)
    codes = [part.end() for part in parts]
    return 0 if told else max(map(abs, codes)) or 1
