"""The same on a real host, over SSH: what was begun there goes on for a while, and nobody can see that from here."""

import os
import random
import signal
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from chatops.cases import Request
from chatops.ledger.course import Course, Stage
from tests.conftest import HostFactory
from tests.desk.office import RINI, SARI, Office, course, office, until
from tests.hosts.host import Host
from tests.hosts.lab import Lab
from tests.kills.verdict import judge, processes
from tests.whole import WHOLE

SEED = 20261122
KILLS = 30 if WHOLE else 6
SECONDS = "1.5"
"""For which the task on the host takes."""
PATIENCE = 180
FIELD = "/var/lib/kebun"


@pytest.fixture(scope="module")
def host(make_hosts: HostFactory) -> Host:
    """A small one, where notes can be taken."""
    (made,) = make_hosts("kebun")
    made.run(f"mkdir -p {FIELD}/kebun")
    return made


@contextmanager
def garden(folder: Path, lab: Lab, host: Host) -> Iterator[Office]:
    """An office whose host is a real one."""
    with office(folder, f"sqlite:///{folder / 'ledger.db'}", {"kebun": 1}) as place:
        told = lab.inventory()["all"]["vars"] | {"field": FIELD}
        lines = [f"kebun ansible_host={host.address} spse_lpse=kebun", "[all:vars]"]
        place.desk.settings.inventory.write_text("\n".join(lines + [f"{key}={told[key]}" for key in told]) + "\n")
        for path in (folder / "playbooks").glob("*.yml"):
            path.write_text(path.read_text().replace("  connection: local\n", "  become: true\n"))
        yield place


def test_launcher_and_ansible_are_killed_in_the_middle(
    lab: Lab, host: Host, tmp_path: Path, figures: list[str]
) -> None:
    generator = random.Random(SEED)  # noqa: S311 - repeatable, not secret
    killed: Counter[str] = Counter()
    asked = []
    with garden(tmp_path / "office", lab, host) as place, place.worker():
        while killed.total() < KILLS:
            # Both are planned first, so that the first one does not run before it is looked at.
            number, behind = (each.change for each in answered([planned(place), planned(place)], place))
            asked += [number, behind]
            kill = generator.choice(["launcher", "ansible", "launcher and ansible"])
            if cut(place, number, kill, generator.random()):
                killed[kill] += 1
            ended = place.wait(number, patience=PATIENCE)
            if ended.stage is Stage.INTERRUPTED:
                look_and_release(place, host, ended, behind)
            assert place.wait(behind, patience=PATIENCE).stage is Stage.DONE
        place.desk.ledger.verify()
        state = place.environment["SPSE_OPS_STATE"]
        until(lambda: not [words for _, words in processes(state) if "[mux]" not in words], PATIENCE)
        # As it would have noted it here.
        notes = place.folder / "field/kebun1/journal"
        notes.write_text(host.run(f"cat {FIELD}/kebun/journal").stdout)
        (place.folder / "field/kebun").symlink_to(notes.parent)
        verdict = judge(place, asked, ["kebun"], set())
    assert (verdict.lost, verdict.twice, verdict.at_once, verdict.untrue) == ([], [], [], [])
    assert verdict.stages["interrupted"] > 0
    figures.append(
        f"kills: {killed.total()} on a real host, seed {SEED} ({dict(sorted(killed.items()))}): {len(asked)} changes, "
        f"{dict(verdict.stages)}; 0 lost, 0 started twice, 0 at once; those behind waited until somebody had looked"
    )


def planned(place: Office) -> Course:
    """Something that takes a moment, asked for and planned."""
    wanted = Request("pupuk", ["kebun"], inputs={"seconds": SECONDS}, waits=True)
    made = course(place.desk.plan(place.desk.request(RINI, wanted).number))
    assert made.stage is Stage.WAITING, made.reason
    return made


def answered(plans: Sequence[Course], place: Office) -> Sequence[Course]:
    """With a yes to each: those of one host wait for each other."""
    for each in plans:
        place.desk.approve(SARI, each.change, each.hash)
    return plans


def cut(place: Office, number: str, kind: str, share: float) -> bool:
    """Kill some of a run, early or late, whatever it is doing on the host; whether anything was there to be killed."""
    mark = f"runs/{number}-1"
    until(lambda: bool(own(place, mark)), PATIENCE)
    begun = time.monotonic()
    until(lambda: any("ansible-playbook" in words for _, words in own(place, mark)), PATIENCE)
    # From its first moment until it is nearly over, on whatever machine this is.
    time.sleep(share * (time.monotonic() - begun + 2 * float(SECONDS)))
    hit = False
    for process, words in own(place, mark):
        if ("chatops.once" in words and "launcher" in kind) or ("ansible-playbook" in words and "ansible" in kind):
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
                hit = True
    return hit


def own(place: Office, mark: str) -> list[tuple[int, str]]:
    """The processes of a run."""
    found = []
    for process, words in processes(place.environment["SPSE_OPS_STATE"]):
        with suppress(FileNotFoundError, ProcessLookupError):
            if mark.encode() in Path(f"/proc/{process}/environ").read_bytes():
                found.append((process, words))
    return found


def look_and_release(place: Office, host: Host, ended: Course, behind: str) -> None:
    """What a person does: look at the host until nothing goes on there any more, and say so."""
    assert ended.held
    assert place.course(behind).stage is Stage.QUEUED
    host.run(f"flock {FIELD}/kebun/alone true")
    assert place.course(behind).stage is Stage.QUEUED
    place.desk.release(RINI, ended.change, "tidak ada yang berjalan lagi di server")
