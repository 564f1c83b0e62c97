"""`spse-ops serve`: bot and worker on one machine, as one process group."""

import signal
import subprocess
import sys
import time
from types import FrameType

import click

from chatops.commands.command import Command, Whole
from chatops.commands.door import INVENTORY

PULSE = 0.2
PATIENCE = 20


@click.command(cls=Command, short_help="Bot dan satu pekerja bersama")
@click.option("--slots", type=Whole(), default=4, help="Paling banyak sekian pelaksanaan sekaligus (bawaan 4).")
@INVENTORY
def serve(slots: int, inventory: str | None, *, as_json: bool, language: str) -> None:
    """Menjalankan bot dan pekerja sampai dihentikan. Bila satu mati, keduanya berhenti: systemd memulainya lagi."""
    del as_json, language
    more = ["--inventory", inventory] if inventory else []
    lines = (["bot", *more], ["worker", "--slots", str(slots), *more])
    children = [subprocess.Popen([sys.executable, "-m", "chatops", *line]) for line in lines]
    stopping = False

    def stop(_number: int, _frame: FrameType | None) -> None:
        nonlocal stopping
        stopping = True

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    while not stopping and all(child.poll() is None for child in children):
        time.sleep(PULSE)
    for child in children:
        child.terminate()
    codes = [_ended(child) for child in children]
    sys.exit(0 if stopping else max(map(abs, codes)) or 1)


def _ended(child: "subprocess.Popen[bytes]") -> int:
    try:
        return child.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        child.kill()
        return child.wait()
