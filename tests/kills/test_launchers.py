"""Launcher and Ansible killed at any moment, below the desk, where a round takes no plan."""

import os
import random
import signal
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from chatops import once
from chatops.launcher import Task
from chatops.once import Standing
from chatops.settings import Settings
from tests.desk.office import Office, until
from tests.whole import WHOLE

SEED = 20261122
ROUNDS = 800 if WHOLE else 6
AT_ONCE = 3


def test_kills_of_launchers_at_any_moment(place: Office, figures: list[str]) -> None:
    """Whoever comes next looks, and goes on from there."""
    generator = random.Random(SEED)  # noqa: S311 - repeatable, not secret
    begun = time.monotonic()
    assert one_round(place, 0, []) == "whole"
    length = time.monotonic() - begun
    moments = [[generator.random() * length, generator.random()] for _ in range(ROUNDS)]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        ends = Counter(pool.map(lambda number: one_round(place, number, moments[number - 1]), range(1, ROUNDS + 1)))
    # Some were killed before they began, and some behind their end.
    assert ends["whole"] < ROUNDS
    figures.append(
        f"launcher: {ROUNDS} rounds, launcher or Ansible killed at some moment: {dict(ends)}; 0 started twice, 0 untrue"
    )


def one_round(place: Office, number: int, moment: Sequence[float]) -> str:
    """Start a run twice at the same time; kill some of it; see it to its end as whoever comes next."""
    run, host = f"CHG-2026-{number:06}-1", f"h{number}"
    folder = place.folder / "state/runs" / run
    (place.folder / "field" / host).mkdir()
    inventory = place.folder / f"{host}.ini"
    inventory.write_text((place.folder / "hosts.ini").read_text().replace("[all:vars]", f"{host}\n[all:vars]"))
    settings = replace(place.desk.settings, inventory=inventory)
    variables = {"spse_app_seconds": "0.5", "spse_app_change": run}
    once.prepare(folder, run, run[:-2], "rini", Task("pupuk.yml", [host], variables))
    for _ in range(2):
        once.start(folder, settings, place.desk.records.state)
    if moment:
        time.sleep(moment[0])
        kill_some(folder, moment[1])
    ending = see_through(folder, run, settings, place)
    until(lambda: not list(once._marked(folder.resolve())), 30)  # noqa: SLF001 - what it would sweep away
    lines = [line.split()[0] for line in place.journal(host)]
    allowed = {"whole": [["begin", "end"]], "cut": [[], ["begin"], ["begin", "end"]]}
    assert lines in allowed.get(ending, [[], ["begin"], ["begin", "end"]]), (run, ending, lines)
    return ending


def kill_some(folder: Path, share: float) -> None:
    """The launcher, Ansible, or both."""
    for process in list(once._marked(folder.resolve())):  # noqa: SLF001
        with suppress(FileNotFoundError, ProcessLookupError):
            words = Path(f"/proc/{process}/cmdline").read_text(encoding="utf-8", errors="replace")
            if ("chatops.once" in words and share < 0.7) or ("ansible-playbook" in words and share > 0.4):
                os.kill(process, signal.SIGKILL)


def see_through(folder: Path, run: str, settings: Settings, place: Office) -> str:
    """What a worker does that finds a run in its folder."""
    end = time.monotonic() + 120
    starting = None
    while time.monotonic() < end:
        match once.look(folder):
            case Standing.ENDED:
                return once.result(folder).ending.value
            case Standing.INTERRUPTED:
                once.sweep(folder.resolve())
                return "interrupted"
            case Standing.NEW if starting is None or not starting.is_alive():
                starting = once.start(folder, settings, place.desk.records.state)
        time.sleep(0.05)
    raise AssertionError(run)
