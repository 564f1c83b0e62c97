"""What our playbooks cost, beside the same steps as a plain shell script on the same host."""

from __future__ import annotations

import shlex
import subprocess
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from tests.bench.ground import MODEL, Ground
from tests.bench.row import Measured, Row, seconds, spent
from tests.operator import changes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.operator import Finished
    from tests.upgrade.fleet import Fleet
    from tests.upgrade.site import Site

FORKS = 20
HOSTS = (1, 5, 20)


def one(ground: Ground) -> Iterator[Measured]:
    """One host to the next build."""
    fleet = ground.model
    theirs = seconds(lambda: by_shell(fleet[MODEL]))
    assert fleet.running() == {MODEL: "n1"}
    back(fleet)
    yield played(fleet, "upgrade of one host", "upgrade.sh, one ssh", theirs, "upgrade", spse_app_build="n1")
    assert fleet.running() == {MODEL: "n1"}
    back(fleet)


def again(ground: Ground) -> Iterator[Measured]:
    """Runs that find nothing to do."""
    fleet = ground.model
    check = f"bash /root/check.sh {fleet.number('n')}"
    theirs = seconds(lambda: fleet[MODEL].host.run(check))
    for playbook, given in (("install", {}), ("upgrade", {"spse_app_build": "n"})):
        yield played(fleet, f"{playbook}, nothing to do", "check.sh, one ssh", theirs, playbook, **given)


def many(ground: Ground) -> Iterator[Measured]:
    """Hosts at a time; the plain script runs on as many at once."""
    for count in HOSTS:
        with ground.copies(count) as fleet:
            with ThreadPoolExecutor(FORKS) as pool:
                theirs = seconds(lambda pool=pool: list(pool.map(by_shell, fleet.sites.values())))  # type: ignore[misc]
            assert set(fleet.running().values()) == {"n1"}
            for forks in (FORKS, 5) if count > 5 else (FORKS,):
                back(fleet)
                ours = seconds(lambda forks=forks: up(fleet, forks))  # type: ignore[misc]
                what = f"upgrade of {count}, {forks} forks: {60 * count / ours:.1f}/min"
                yield Measured(Row(what, ours, f"upgrade.sh on {min(count, FORKS)} at once", theirs))


def up(fleet: Fleet, forks: int) -> None:
    """Upgrade all hosts in one wave."""
    fleet.operator.succeed("upgrade", "--forks", str(forks), spse_app_build=fleet.number("n1"), spse_waves=["100%"])
    assert set(fleet.running().values()) == {"n1"}


def played(fleet: Fleet, what: str, beside: str, theirs: float, playbook: str, **extra: str) -> Measured:
    """A run of ours on the model, with what its tasks took."""
    finished: list[Finished] = []
    given = {key: fleet.number(value) for key, value in extra.items()}
    at = fleet.running()
    ours = seconds(lambda: finished.append(fleet.operator.succeed(playbook, **given)))
    # A run that found something to do is another measure.
    assert (changes(finished[0], MODEL) == 0) == (fleet.running() == at), finished[0].stdout
    return Measured(Row(what, ours, beside, theirs), spent(finished[0].stdout))


def by_shell(site: Site) -> None:
    """The plain script; the archive comes through the same connection."""
    built = site.builds["n1"]
    given = site.operator.read()["spse"]["vars"]
    publisher = f"{given['spse_app_publisher']} {given['spse_app_publisher_key']}"
    words = ["sudo", "bash", "/root/upgrade.sh", built.build, built.sha256, publisher]
    ssh = ["ssh", *site.host.ssh_options, f"ansible@{site.host.address}", shlex.join(words)]
    with built.file.open("rb") as archive:
        subprocess.run(ssh, check=True, stdin=archive)


def back(fleet: Fleet) -> None:
    """Every host as it was before the upgrade."""
    with ThreadPoolExecutor(FORKS) as pool:
        command = f"bash /root/back.sh {fleet.number('n1')}"
        list(pool.map(lambda site: site.host.run(command), fleet.sites.values()))
