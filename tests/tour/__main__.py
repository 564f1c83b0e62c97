"""`make tour`: install, back up, an upgrade that goes back by itself, one under load, an audit, the ledger.

Everything is typed and pressed in the offline Slack; what comes of it is looked at on the host. Each step is printed
with its time; the first that fails ends the tour.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import click

from chatops.settings import PROGRAMS
from tests.hosts.lab import Lab
from tests.hosts.paths import REPOSITORY
from tests.load.generator import Load
from tests.slack.room import BUDI, SITI
from tests.tour import walk
from tests.tour.stage import ENDED, HOST, Stage, spread, staged, surroundings

if TYPE_CHECKING:
    from collections.abc import Callable

DONE, FAILED = ENDED[:2]
AGUS = "U0AGUS"
RATE = 20
FOLDER = REPOSITORY / "artifacts" / "tour"


def change(stage: Stage, line: str, *, asker: str = SITI, approver: str = BUDI, wanted: str = DONE) -> str:
    """Ask for something in Slack, have it approved by somebody else, and wait for its end."""
    number = stage.ask(asker, line)
    if approver:
        stage.approve(approver, number)
    ending = stage.ending(number)
    assert ending == wanted, f"{number} ({line}): {ending}\n" + "\n".join(stage.thread(number))
    return number


def install(stage: Stage) -> str:
    """SPSE comes to an empty server."""
    build = stage.builds["n"].build
    number = change(stage, f"/spse install {HOST} --build {build} --alasan 'server baru'")
    stage.site.application.wait()
    assert stage.site.running == build
    return f"{number}: build {build} menjawab"


def backup(stage: Stage) -> str:
    """Restore points are kept on another server."""
    stage.site.seed(20, 20)
    change(stage, f"/spse backup-server {HOST} --alasan 'cadangan setiap hari'")
    number = change(stage, f"/spse backup {HOST} --alasan 'sebelum upgrade'", approver="")
    points = stage.site.host.run("spse-backup list").stdout.count('"id"')
    assert points
    return f"{number}: {points} titik pulih"


def upgrade(stage: Stage) -> str:
    """While visitors come."""
    build = stage.builds["n1"].build
    with Load(stage.site.url, RATE) as load:
        number = change(stage, f"/spse upgrade {HOST} --build {build} --alasan 'versi baru'")
    assert stage.site.running == build
    assert not load.result.failures, load.result.causes
    return f"{number}: build {build}, {len(load.result.requests)} permintaan, tidak satu pun gagal"


def broken(stage: Stage) -> str:
    """A build that does not start goes back by itself."""
    before, build = stage.site.running, stage.builds["no-start"].build
    number = change(stage, f"/spse upgrade {HOST} --build {build} --alasan 'build yang rusak'", wanted=FAILED)
    assert stage.site.running == before
    return f"{number}: gagal, dan build {before} menjawab lagi"


def audit(stage: Stage) -> str:
    """An auditor has the controls proven; on a server that nobody has hardened not all of them hold."""
    number = change(stage, f"/spse comply {HOST}", asker=AGUS, approver="", wanted=FAILED)
    assert any("SSH-" in said or "kontrol" in said for said in stage.thread(number)), stage.thread(number)
    return f"{number}: kontrol yang belum terpenuhi disebut satu per satu"


def ledger(stage: Stage) -> str:
    """Nothing of it was rewritten."""
    own = surroundings(stage.folder, stage.slack.base, stage.ledger)
    command = [str(PROGRAMS / "spse-ops"), "ledger", "verify"]
    done = subprocess.run(command, capture_output=True, check=False, cwd=REPOSITORY, env=own, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.strip().splitlines()[0]


def two_workers(stage: Stage) -> str:
    """The way there once more, with two workers and a ledger in PostgreSQL."""
    build = stage.builds["n1"].build
    stage.site.operator.succeed("rollback")
    assert stage.site.running != build
    with spread(stage) as elsewhere:
        number = change(elsewhere, f"/spse upgrade {HOST} --build {build} --alasan 'sekali lagi'")
        assert stage.site.running == build
        return f"{number}: build {build}; {ledger(elsewhere)}"


STEPS: tuple[tuple[str, Callable[[Stage], str]], ...] = (
    ("pasang", install),
    ("cadangkan", backup),
    ("upgrade yang rusak kembali sendiri", broken),
    ("upgrade di bawah beban", upgrade),
    ("audit", audit),
    ("buku catatan", ledger),
    ("dua pekerja dengan PostgreSQL", two_workers),
)


@click.group()
def main() -> None:
    """The guided tour: played by itself, or opened for somebody to walk through."""


@main.command("open")
@click.option("--port", default=8080, help="Where the chat page is; another one, if that is taken.")
def open_(port: int) -> None:
    """Start the offline Slack and the bot before the lab's hosts, and leave them running."""
    walk.open_(port)


@main.command()
def close() -> None:
    """Stop what `open` has started."""
    walk.close()


@main.command()
def play() -> None:
    """Play the tour, and take its hosts down."""
    lab = Lab("tour")
    lab.down()
    shutil.rmtree(FOLDER, ignore_errors=True)
    begun = time.monotonic()
    try:
        with staged(lab, FOLDER) as stage:
            click.echo(f"{'siapkan':36} {time.monotonic() - begun:6.1f} s   {stage.slack.base}/")
            for name, step in STEPS:
                started = time.monotonic()
                said = step(stage)
                click.echo(f"{name:36} {time.monotonic() - started:6.1f} s   {said}")
    except (AssertionError, subprocess.CalledProcessError) as error:
        click.echo(f"GAGAL: {error}", err=True)
        sys.exit(1)
    finally:
        lab.down()


if __name__ == "__main__":
    main()
