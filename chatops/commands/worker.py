"""`spse-ops worker`: takes what was approved out of the queue and runs it, until it is told to stop."""

import logging
import os
import signal
from types import FrameType

import click

from chatops import logbook
from chatops.commands.command import Command, Whole
from chatops.commands.door import INVENTORY
from chatops.settings import Records, Settings
from chatops.watchdog import Watchdog


@click.command(cls=Command, short_help="Menjalankan yang sudah disetujui")
@click.option("--slots", type=Whole(), default=4, help="Paling banyak sekian pelaksanaan sekaligus (bawaan 4).")
@INVENTORY
def worker(slots: int, inventory: str | None, *, as_json: bool, language: str) -> None:
    """Mengerjakan antrean sampai dihentikan. Yang sedang berjalan tetap berjalan, dan diteruskan pekerja berikutnya."""
    from chatops.engine import Worker  # noqa: PLC0415 - DBOS takes a second that no other command needs

    del as_json, language
    watchdog = Watchdog.taken()
    records = Records.from_environment()
    logbook.begin("worker", records.secrets)
    one = Worker(Settings.from_environment(inventory=inventory), records, slots)

    def stop(_number: int, _frame: FrameType | None) -> None:
        one.stopping.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)

    def ready() -> None:
        click.echo(f"{one.name} @ {one.machine}")
        watchdog.ready()

    code = 0
    try:
        one.serve(ready, watchdog.alive)
    except Exception:
        logging.getLogger(__name__).exception("the worker cannot go on")
        code = 1
    watchdog.stopping()
    logging.shutdown()
    # Threads that wait for runs would hold it up until those have ended; whoever comes next waits for them again.
    os._exit(code)
