"""Fifty hosts that differ in build and state, in one inventory.

Covered: all of them are servers of their own, with systemd, ssh, PostgreSQL and Apache, and SPSE really runs on each
that is said to run it. `status` and the checks before an upgrade look at all of them in one run; a few are then
upgraded.

Not covered: an upgrade of them all, which takes two cores a quarter of an hour, and fifty sites of fifty histories.
The hosts are copies of one that our playbook has installed, taken at build N and at build N+1; what makes them differ
beyond that is done to them by hand.
"""

from __future__ import annotations

import json
import re
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from chatops.settings import PROGRAMS
from tests.hosts import faults
from tests.hosts.clone import cloned
from tests.upgrade.fleet import MEMORY, Fleet, make
from tests.whole import in_whole

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.conftest import Builds, HostFactory
    from tests.hosts.lab import Lab

# Bringing fifty up takes longer than all that is done with them.
pytestmark = in_whole

COUNT = 50
SERVICES = ("spse-prod", "apache2", "postgresql")

AT_N1 = [f"new-{number:02}" for number in range(COUNT // 3)]
FROZEN, UNFINISHED, BARE, AWAY = "frozen", "unfinished", "bare", "away"
ODD = [FROZEN, UNFINISHED, BARE, AWAY]
AT_N = [f"old-{number:02}" for number in range(COUNT - len(AT_N1) - len(ODD))]
UPGRADED = AT_N[:3]

BEGUN = '{"event":"begin","verb":"restart","change":"CHG-7","from":"a","to":"","at":"x"}'
REFUSED = {
    FROZEN: "sedang dibekukan",
    UNFINISHED: "Perubahan CHG-7 (restart",
    BARE: "belum dipasang atau belum diambil alih",
}


@pytest.fixture(scope="module")
def fleet(
    lab: Lab, make_hosts: HostFactory, builds: Builds, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Fleet]:
    """All hosts up, one of them without a cable."""
    folder = tmp_path_factory.mktemp("fifty")
    model = make_hosts("model", image="spse12", memory=MEMORY)
    given = {"spse_app_rehearse": False}
    first = make(folder, lab, model, builds, **given)
    first.together("install", ["model"], spse_app_build=builds["n"].build)
    with cloned(model[0], "fifty-n", SERVICES) as image:
        make_hosts(*AT_N, FROZEN, UNFINISHED, AWAY, image=image, memory=MEMORY)
        first.stand(model="n1")
        with cloned(model[0], "fifty-n1", SERVICES) as newer:
            make_hosts(*AT_N1, image=newer, memory=MEMORY)
            make_hosts(BARE, image="spse12", memory=MEMORY)
            lab.down(["model"])
            hosts = lab.hosts()
            assert len(hosts) == COUNT
            made = make(folder, lab, hosts, builds, **given)
            with ThreadPoolExecutor(8) as pool:
                list(pool.map(lambda name: made[name].application.wait(), [*AT_N, *AT_N1, FROZEN, UNFINISHED]))
            made.together("freeze", [FROZEN], spse_app_instance="prod", spse_app_reason="surat LKPP 12/2026")
            made[UNFINISHED].host.run(f"echo '{BEGUN}' >> /var/lib/spse/journal/prod.jsonl")
            faults.network_cut(made[AWAY].host)
            yield made
            lab.down()


@pytest.fixture(scope="module")
def told(fleet: Fleet) -> dict[str, Any]:
    """What one look at all hosts says."""
    command = [str(PROGRAMS / "spse-ops"), "status", "--json", "--inventory", str(fleet.operator.inventory)]
    began = time.monotonic()
    done = subprocess.run(command, capture_output=True, check=False, text=True)
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer | {"seconds": time.monotonic() - began}


def test_one_look_at_all_tells_who_is_away_and_what_stands_in_the_way(told: dict[str, Any], figures: list[str]) -> None:
    figures.append(f"status of {COUNT} hosts: {told['seconds']:.0f} s")
    assert told["failures"].keys() == {AWAY}
    assert told["hosts"].keys() == {*AT_N, *AT_N1, *ODD} - {AWAY}
    marks = {host: about["marks"] for host, about in told["hosts"].items() if about["marks"]}
    assert marks == {FROZEN: {"prod": ["frozen"]}, UNFINISHED: {"prod": ["restart"]}}


def test_one_look_at_all_tells_which_build_each_has(fleet: Fleet, told: dict[str, Any]) -> None:
    builds = {host: [one["build"] for one in about["instances"]] for host, about in told["hosts"].items()}
    wanted = dict.fromkeys([*AT_N, FROZEN, UNFINISHED], "n") | dict.fromkeys(AT_N1, "n1")
    assert builds == {host: [fleet.number(build)] for host, build in wanted.items()} | {BARE: []}


def test_those_that_must_not_be_changed_are_named_before_anything_changes(fleet: Fleet, figures: list[str]) -> None:
    """First who is away; without that one, somebody with another reason. Two hosts in full, all by journal."""
    journals = fleet.journals(*AT_N, *AT_N1)
    with fleet.untouched(AT_N[0], AT_N1[0]):
        for limit, possible in (("spse", {AWAY: ""}), (f"spse,!{AWAY}", REFUSED)):
            began = time.monotonic()
            said = fleet.operator.fail("upgrade", "--limit", limit, spse_app_build=fleet.number("n1"))
            refused = set(re.findall(r"fatal: \[([\w-]+)\]", said))
            figures.append(f"{COUNT} hosts, refused {sorted(refused)}: {time.monotonic() - began:.0f} s")
            assert refused
            assert refused <= possible.keys()
            assert [name for name in refused if possible[name] not in said] == []
    assert fleet.journals(*AT_N, *AT_N1) == journals


def test_a_few_are_upgraded_and_those_that_have_the_build_are_left_alone(fleet: Fleet, figures: list[str]) -> None:
    processes = {name: fleet[name].application.processes() for name in AT_N1}
    began = time.monotonic()
    limit = ",".join([*UPGRADED, *AT_N1])
    done = fleet.operator.succeed("upgrade", "--limit", limit, spse_app_build=fleet.number("n1"))
    figures.append(f"{len(UPGRADED)} of {len(UPGRADED) + len(AT_N1)} hosts upgraded: {time.monotonic() - began:.0f} s")
    assert " ".join(done.stdout.split()).count("tidak ada yang diubah") == len(AT_N1)
    running = fleet.running(*AT_N)
    assert {name for name in AT_N if running[name] == "n1"} == set(UPGRADED)
    assert {name: fleet[name].application.processes() for name in AT_N1} == processes
    for name in UPGRADED:
        fleet[name].is_tidy()
