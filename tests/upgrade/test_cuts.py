"""An upgrade that is cut, wherever it is cut, is finished by the same playbook again, or undone by `rollback`."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest
from _pytest.mark import ParameterSet

from tests.conftest import Builds, HostFactory
from tests.hosts import faults
from tests.hosts.lab import Lab
from tests.upgrade.site import Site, make
from tests.whole import WHOLE, sampled

# One task in every part of an upgrade: before it begins, the cut comes.
OPEN = [
    ("Dump the database", 1),
    ("Prove the archive on the host, and unpack it", 1),
    ("Part what is the site's from what is the build's", 1),
    ("Migrate the copy", 1),
    ("Run the migration", 2),
    ("Start a process that stands in", 1),
    ("Put the new build in force", 1),
    ("Start the instance, now and at every boot", 1),
    ("Watch it with its visitors", 1),
    ("(9/9) End in the journal", 1),
]
CLOSED = [
    ("Stop the instance", 1),
    ("Dump the database", 2),
    ("Run the migration", 2),
    ("Start the instance, now and at every boot", 1),
    ("(8/9) Open the site", 1),
    ("(9/9) End in the journal", 1),
]
# From the first of these on, no boot may start what ran: the database may be another's by then.
HELD = [task for task, _ in CLOSED[:3]]
# It is written down before it is done: whoever is cut in between has to take it for open.
OPENED = [task for task, _ in CLOSED[4:]]
LOSS = {"spse_app_allow_data_loss": True, "spse_app_reason": "uji pemulihan setelah perubahan terputus"}
# All of them at every place take two cores half an hour.
FAULTS = ("power-cut", "network-cut", "reboot", "kill") if WHOLE else ("power-cut",)


@dataclass(frozen=True)
class Cut:
    """One host and what happens to it."""

    site: Site
    fault: str
    finish: str


@pytest.fixture(scope="module")
def sites(lab: Lab, make_hosts: HostFactory, builds: Builds, tmp_path_factory: pytest.TempPathFactory) -> list[Site]:
    """One host per kind of cut, all with build N."""
    hosts = make_hosts(*(fault for fault in FAULTS), image="spse12", memory="3g")
    made = [make(tmp_path_factory.mktemp(host.name), lab, host, builds) for host in hosts]

    def install(site: Site) -> None:
        site.operator.succeed("install", spse_app_build=builds["n"].build)
        site.seed(10, 10)

    with ThreadPoolExecutor() as pool:
        list(pool.map(install, made))
    return made


def in_order(tasks: list[tuple[str, int]], often: int) -> list[ParameterSet]:
    """Each with its place."""
    return sampled([(place, *one) for place, one in enumerate(tasks)], {often})


def cut(one: Cut, task: str, time: int, now: str, to: str) -> None:
    """Cut an upgrade, then finish it or undo it."""
    site = one.site
    before = site.snapshot()
    assert before.build == site.builds[now].build
    target = site.builds[to].build
    command = "kill" if one.fault == "kill" else site.fault(one.fault)
    done = site.upgrade_with(task, command, time=time).play("upgrade", spse_app_build=target)
    # After a reboot Ansible may go on as if nothing had happened; then the upgrade itself is well, or has led back.
    assert done.returncode != 0 or one.fault == "reboot", done.stdout
    if one.fault != "kill":
        assert f"INTERFERED before {task}: 0" in done.stdout
        faults.heal(site.host)
    if one.fault == "power-cut" and to == "n2" and task in HELD:
        site.host.run("systemctl is-system-running --wait", check=False)
        assert "spse-prod.service" not in site.units()
    unfinished = site.journal()[-1]["event"] != "end"
    assert unfinished or one.fault == "reboot"
    if one.finish == "upgrade":
        site.operator.succeed("upgrade", spse_app_build=target)
        assert site.running == target
        site.is_tidy()
    if one.finish == "upgrade" or unfinished or site.running == target:
        ended = one.finish == "upgrade" or not unfinished
        opened = to == "n2" and (ended or task in OPENED)
        if opened:
            # What visitors have written since is not given up without a word.
            assert "SEMUA yang ditulis sejak itu HILANG" in site.operator.fail("rollback")
        site.operator.succeed("rollback", **LOSS if opened else {})
    assert site.snapshot() == before
    site.is_tidy()


def cut_all(sites: list[Site], place: int, task: str, time: int, now: str, to: str) -> None:
    """Each host its own fault, all at once; finishing and undoing take turns."""
    cuts = [
        Cut(site, fault, ("upgrade", "rollback")[(place + number) % 2])
        for number, (site, fault) in enumerate(zip(sites, FAULTS, strict=True))
    ]
    with ThreadPoolExecutor() as pool:
        list(pool.map(lambda one: cut(one, task, time, now, to), cuts))


@pytest.mark.parametrize(("place", "task", "time"), in_order(OPEN, 6))
def test_an_upgrade_that_was_cut_while_the_site_is_open(sites: list[Site], place: int, task: str, time: int) -> None:
    cut_all(sites, place, task, time, "n", "n1")


@pytest.fixture(scope="module")
def sites_before_a_break(sites: list[Site], builds: Builds) -> list[Site]:
    """The same hosts with build N+1, whose successor it cannot live with."""
    with ThreadPoolExecutor() as pool:
        list(pool.map(lambda site: site.operator.succeed("upgrade", spse_app_build=builds["n1"].build), sites))
    return sites


@pytest.mark.parametrize(("place", "task", "time"), in_order(CLOSED, 2))
def test_an_upgrade_that_was_cut_while_the_site_is_closed(
    sites_before_a_break: list[Site], place: int, task: str, time: int
) -> None:
    cut_all(sites_before_a_break, place, task, time, "n1", "n2")
