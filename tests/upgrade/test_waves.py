"""An upgrade of a fleet: the canary shows whether the others follow, and a wave that has begun is finished.

Four hosts, each with SPSE as our playbook installs it; a fifth is as its vendor left it. The waves are one host, two,
the rest. The rehearsal is left out: what it finds is the matter of other tests, and it is half of the time.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.conftest import Builds, HostFactory
from tests.hosts import faults
from tests.hosts.host import Host
from tests.hosts.lab import Lab
from tests.operator import changes
from tests.spse_app import vendor
from tests.upgrade.fleet import MEMORY, Fleet, make
from tests.upgrade.site import Site, unwritten

CANARY, SECOND, THIRD, LAST = NAMES = ("mamuju", "bogor", "ende", "fakfak")
NEGLECTED = "garut"
WAVES = [1, 2, "100%"]

PG_DUMP = "/usr/lib/postgresql/15/bin/pg_dump"
NOT_BEGUN = "Gelombang ini tidak dimulai, karena gagal atau tidak terjangkau: {}."


@pytest.fixture(scope="module")
def fleet(lab: Lab, make_hosts: HostFactory, builds: Builds, tmp_path_factory: pytest.TempPathFactory) -> Fleet:
    """Build N runs on all hosts, installed in one run."""
    hosts = make_hosts(*NAMES, image="spse12", memory=MEMORY)
    folder = tmp_path_factory.mktemp("fleet")
    made = make(folder, lab, hosts, builds, spse_app_rehearse=False, spse_app_start_seconds=30)
    made.together("install", NAMES, spse_app_build=builds["n"].build)
    return made


@contextmanager
def without_pg_dump(site: Site) -> Iterator[None]:
    """What no check beforehand looks for, and what every upgrade needs."""
    site.host.run(f"mv {PG_DUMP} {PG_DUMP}.away")
    try:
        yield
    finally:
        site.host.run(f"mv {PG_DUMP}.away {PG_DUMP}")


def to(fleet: Fleet, build: str) -> dict[str, object]:
    """What is said of an upgrade: where to, and in which waves. These hold as extra variables only."""
    return {"spse_app_build": fleet.number(build), "spse_waves": WAVES}


def without(names: set[str]) -> str:
    """All hosts but these."""
    return ",".join(["spse", *(f"!{name}" for name in sorted(names))])


def failed(said: str) -> set[str]:
    """The hosts that a run has failed on or has not reached, by what it said on one line."""
    return set(re.findall(r"fatal: \[([\w-]+)\]", said))


def test_a_host_that_is_away_before_the_run_stops_it_for_all(fleet: Fleet) -> None:
    fleet.stand(**dict.fromkeys(NAMES, "n"))
    faults.network_cut(fleet[LAST].host)
    try:
        with fleet.untouched(CANARY, SECOND, THIRD):
            said = fleet.operator.fail("upgrade", **to(fleet, "n1"))
    finally:
        faults.heal(fleet[LAST].host)
    assert LAST in failed(said)
    assert "(2/2)" not in said


def test_a_canary_that_fails_is_the_only_one(fleet: Fleet) -> None:
    fleet.stand(**dict.fromkeys(NAMES, "n"))
    with without_pg_dump(fleet[CANARY]), fleet.untouched(SECOND, THIRD, LAST):
        said = fleet.operator.fail("upgrade", **to(fleet, "n1"))
    assert failed(said) == {CANARY}
    assert f'Upgrade ke {fleet.number("n1")} gagal pada "Dump the database"' in said
    assert fleet.span(CANARY).outcome == "undone"
    assert fleet[CANARY].running == fleet.number("n")
    fleet[CANARY].is_tidy()


def test_a_failure_in_a_wave_is_its_own_and_the_next_wave_is_not_begun(fleet: Fleet) -> None:
    fleet.stand(**dict.fromkeys(NAMES, "n"))
    with without_pg_dump(fleet[SECOND]), fleet.untouched(LAST):
        said = fleet.operator.fail("upgrade", **to(fleet, "n1"))
    assert NOT_BEGUN.format(SECOND) in said
    assert fleet.running() == {CANARY: "n1", SECOND: "n", THIRD: "n1", LAST: "n"}
    # The other one of the wave was still at it when its neighbour failed, and came to its end.
    assert fleet.span(SECOND).ended < fleet.span(THIRD).ended
    assert [fleet.span(name).outcome for name in NAMES[:3]] == ["succeeded", "undone", "succeeded"]
    for name in NAMES:
        fleet[name].is_tidy()


@contextmanager
def frozen(fleet: Fleet, name: str) -> Iterator[None]:
    """The instance of a host is frozen for a while."""
    fleet.together("freeze", [name], spse_app_instance="prod", spse_app_reason="surat LKPP 12/2026")
    try:
        yield
    finally:
        fleet.together("thaw", [name], spse_app_instance="prod")


@contextmanager
def half_done(site: Site) -> Iterator[None]:
    """A host's journal has a change that has not ended."""
    journal = "/var/lib/spse/journal/prod.jsonl"
    begun = '{"event":"begin","verb":"restart","change":"CHG-7","from":"a","to":"","at":"x"}'
    site.host.run(f"cp {journal} /root/journal; echo '{begun}' >> {journal}")
    try:
        yield
    finally:
        site.host.run(f"cp /root/journal {journal}")


@contextmanager
def one_more(fleet: Fleet, host: Host) -> Iterator[None]:
    """The inventory has another host."""
    before = fleet.operator.read()
    more = {host.name: {"ansible_host": host.address, "spse_lpse": host.name}}
    hosts = {"hosts": before["spse"]["hosts"] | more}
    fleet.operator.write(before | {"spse": before["spse"] | hosts})
    try:
        yield
    finally:
        fleet.operator.write(before)


@pytest.fixture
def mixed(fleet: Fleet, make_hosts: HostFactory, builds: Builds) -> Iterator[dict[str, str]]:
    """One host has the build, one has not, and three must not be changed: who they are, and why."""
    fleet.stand(**{CANARY: "n1", SECOND: "n", THIRD: "n1", LAST: "n"})
    neglected = make_hosts(NEGLECTED, image="spse12", memory=MEMORY)[0]
    vendor.install(neglected, builds["n"].file)
    with one_more(fleet, neglected), frozen(fleet, THIRD), half_done(fleet[LAST]):
        yield {
            NEGLECTED: "belum dipasang atau belum diambil alih",
            LAST: "Perubahan CHG-7 (restart",
            THIRD: "sedang dibekukan",
        }


def test_a_mixed_fleet_is_refused_by_name_until_it_can_be_changed(fleet: Fleet, mixed: dict[str, str]) -> None:
    """Whoever leaves out, run by run, the hosts that were refused, comes to those that can be changed."""
    neglected = fleet[CANARY].lab.host(NEGLECTED)
    target = fleet.number("n1")
    left_out: set[str] = set()
    with unwritten(neglected), fleet.untouched(*NAMES):
        while left_out != mixed.keys():
            said = fleet.operator.fail("upgrade", "--limit", without(left_out), **to(fleet, "n1"))
            refused = failed(said)
            # Named, each with its own reason, and nobody who has done nothing wrong.
            assert refused
            assert refused <= mixed.keys() - left_out
            assert [name for name in refused if mixed[name] not in said] == []
            left_out |= refused
        done = fleet.operator.succeed("upgrade", "--check", "--limit", without(left_out), **to(fleet, "n1"))
    said = " ".join(done.stdout.split())
    assert f"Build {target} sudah berjalan; tidak ada yang diubah" in said
    assert f"Akan di-upgrade dari {fleet.number('n')} ke {target}" in said


def test_a_host_that_goes_away_in_a_wave_stops_the_next_and_the_same_run_finishes_it(fleet: Fleet) -> None:
    fleet.stand(**{CANARY: "n1", SECOND: "n", THIRD: "n", LAST: "n"})
    away = fleet[SECOND]
    target = fleet.number("n1")
    with fleet.untouched(CANARY, LAST):
        operator = away.upgrade_with("Start the instance, now and at every boot", away.fault("network-cut"))
        said = operator.fail("upgrade", **to(fleet, "n1"))
    assert "INTERFERED before Start the instance, now and at every boot: 0" in said
    assert NOT_BEGUN.format(SECOND) in said
    assert fleet[THIRD].running == target
    fleet[THIRD].is_tidy()
    faults.heal(away.host)
    assert away.journal()[-1]["event"] != "end"
    done = fleet.operator.succeed("upgrade", **to(fleet, "n1"))
    assert set(fleet.running().values()) == {"n1"}
    # Nothing is done twice.
    assert [changes(done, name) == 0 for name in NAMES] == [True, False, True, False]
    for name in NAMES:
        fleet[name].is_tidy()


def test_the_canary_goes_first_and_each_wave_waits_for_the_one_before(fleet: Fleet) -> None:
    """By the journals of the hosts: when each began, and when it ended."""
    fleet.stand(**dict.fromkeys(NAMES, "n1"))
    fleet.operator.succeed("upgrade", **to(fleet, "n2"))
    assert set(fleet.running().values()) == {"n2"}
    canary, second, third, last = (fleet.span(name) for name in NAMES)
    assert {one.outcome for one in (canary, second, third, last)} == {"succeeded"}
    assert canary.ended <= min(second.began, third.began)
    assert max(second.ended, third.ended) <= last.began
    # Within a wave they go at the same time.
    assert second.began < third.ended
    assert third.began < second.ended
