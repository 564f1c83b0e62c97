"""`spse-ops watch`: looks at the fleet around the clock, until it is told to stop."""

import logging
import signal
from types import FrameType

import click

from chatops import logbook
from chatops.commands.command import Command, Whole, show_json
from chatops.commands.door import INVENTORY
from chatops.settings import Records, Settings
from chatops.watch.keeping import Happened
from chatops.watch.look import STATES, State
from chatops.watch.presence import Began
from chatops.watch.sweep import DEADLINE
from chatops.watch.watcher import EVERY, Round, Watcher
from chatops.watchdog import Watchdog
from chatops.words import Said

LOG = logging.getLogger(__name__)


@click.command(cls=Command, short_help="Memantau semua server terus-menerus")
@click.option("--every", type=Whole(), default=EVERY, help="Detik antara dua putaran (bawaan 300).")
@click.option("--deadline", type=Whole(), default=int(DEADLINE), help="Batas waktu setiap server, detik (bawaan 20).")
@click.option("--once", is_flag=True, help="Satu putaran saja.")
@INVENTORY
def watch(every: int, deadline: int, inventory: str | None, *, once: bool, as_json: bool, language: str) -> None:
    """Memantau sampai dihentikan; gangguan dicatat dalam buku catatan. Yang tidak tercatat atau terlihat disebutkan."""
    watchdog = Watchdog.taken()
    settings, records = Settings.from_environment(inventory=inventory), Records.from_environment()
    watcher = Watcher(settings, records, every=every, deadline=deadline, alive=watchdog.alive)

    def stop(_number: int, _frame: FrameType | None) -> None:
        watcher.stopping.set()

    def told(done: Round) -> None:
        _show(done, as_json=as_json, language=language)

    try:
        if once:
            watcher.alone()
            told(watcher.round())
            return
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, stop)
        if watchdog.watched:
            logbook.begin("watch", records.secrets)
            watchdog.ready()
            watcher.patiently(_logged)
            watchdog.stopping()
        else:
            watcher.run(told)
    finally:
        watcher.close()


def _logged(done: Round) -> None:
    """For whoever reads the journal of a machine."""
    if done.looks:
        away = sum(look.state is not State.ANSWERED for look in done.looks)
        LOG.info(
            "%d hosts looked at, %d of them away", len(done.looks), away, extra={"seconds": round(done.seconds, 1)}
        )
    for number, one in done.happened:
        LOG.info("%s %s", number, _happened(one).english)
    for each in done.said:
        LOG.warning("%s", each.english)


def _show(done: Round, *, as_json: bool, language: str) -> None:
    states = {state.value: sum(look.state is state for look in done.looks) for state in State}
    if as_json:
        happened = [{"outage": number, "host": one.host, "instance": one.instance} for number, one in done.happened]
        said = [each.english for each in done.said]
        show_json({"states": states, "seconds": round(done.seconds, 1), "outages": happened, "said": said})
        return
    words = [f"{STATES[State(name)].to(language)} {count}" for name, count in states.items() if count]
    click.echo(f"{len(done.looks)}: {', '.join(words) or '-'}; {done.seconds:.1f} s")
    for number, one in done.happened:
        click.echo(f"{number} {_happened(one).to(language)}")
    for each in done.said:
        click.secho(each.to(language), fg="yellow", err=True)


def _happened(one: Happened) -> Said:
    where = f"{one.instance} @ {one.host}"
    if isinstance(one.what, Began):
        return Said(f"gangguan dimulai: {where} {one.why}".rstrip(), f"outage began: {where} {one.why}".rstrip())
    return Said(f"gangguan berakhir: {where}", f"outage over: {where}")
