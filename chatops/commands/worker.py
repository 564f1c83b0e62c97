"""`spse-ops worker`: takes what was approved out of the queue and runs it, until it is told to stop."""

import logging
import os
import signal
from types import FrameType

import click

from chatops.commands.command import Command, Whole
from chatops.commands.door import INVENTORY
from chatops.settings import Records, Settings


@click.command(cls=Command, short_help="Menjalankan yang sudah disetujui")
@click.option("--slots", type=Whole(), default=4, help="Paling banyak sekian pelaksanaan sekaligus (bawaan 4).")
@INVENTORY
def worker(slots: int, inventory: str | None, *, as_json: bool, language: str) -> None:
    """Mengerjakan antrean sampai dihentikan. Yang sedang berjalan tetap berjalan, dan diteruskan pekerja berikutnya."""
    from chatops.engine import Worker  # noqa: PLC0415 - DBOS takes a second that no other command needs

    del as_json, language
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(levelname)s %(message)s")
    one = Worker(Settings.from_environment(inventory=inventory), Records.from_environment(), slots)

    def stop(_number: int, _frame: FrameType | None) -> None:
        one.stopping.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    one.serve(lambda: click.echo(f"{one.name} @ {one.machine}"))
    logging.shutdown()
    # Threads that wait for runs would hold it up until those have ended; whoever comes next waits for them again.
    os._exit(0)
