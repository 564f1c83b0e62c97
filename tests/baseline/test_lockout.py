"""Whoever would have locked himself and everybody else out gets in again, without anybody going there."""

import pytest

from tests.baseline.proving import FROM_HERE
from tests.conftest import Builds, HostFactory
from tests.hosts import faults
from tests.hosts.lab import Lab
from tests.upgrade.site import Site, make

pytestmark = pytest.mark.hosts

SECONDS = 40
FILES = "/etc/nftables.d/spse-baseline.nft /etc/ssh/spse-baseline.conf"
# Nobody comes from there.
ELSEWHERE = ["203.0.113.0/24"]


@pytest.fixture(scope="module")
def site(lab: Lab, make_hosts: HostFactory, builds: Builds, tmp_path_factory: pytest.TempPathFactory) -> Site:
    """A host that is hardened, and one can log in."""
    host = make_hosts("mamuju", image="spse12", memory="1g")[0]
    site = make(
        tmp_path_factory.mktemp("site"),
        lab,
        host,
        builds,
        baseline_revert_seconds=SECONDS,
        baseline_firewall_admins=FROM_HERE,
    )
    site.operator.succeed("baseline", "--tags=ssh,firewall")
    return site


def state(site: Site) -> str:
    """What is on disk and in force."""
    rules = "nft --stateless --terse list table inet spse_baseline"
    return str(site.host.run(f"sha256sum {FILES}; {rules}; /usr/sbin/sshd -T").stdout)


def test_a_firewall_without_a_way_in(site: Site) -> None:
    before = state(site)
    said = site.operator.fail("baseline", "--tags=firewall", baseline_firewall_admins=ELSEWHERE)
    assert "Server mengembalikan setelan lama sendiri" in said
    site.host.wait_until_up()
    assert state(site) == before


def test_an_sshd_that_lets_nobody_in(site: Site) -> None:
    before = state(site)
    shut = "echo AllowUsers nobody >> /etc/ssh/spse-baseline.conf; systemctl reload ssh"
    operator = site.upgrade_with("Log in anew", site.on_host(shut))
    said = operator.fail("baseline", "--tags=ssh", baseline_skip=["SSH-06"])
    assert "Server mengembalikan setelan lama sendiri" in said
    site.host.wait_until_up()
    assert state(site) == before


def test_the_power_goes_before_it_was_proven(site: Site) -> None:
    before = state(site)
    operator = site.upgrade_with("Log in anew", site.fault("power-cut"))
    operator.play("baseline", "--tags=firewall", baseline_firewall_admins=ELSEWHERE)
    # It comes up with the rules that nobody could prove, for so long.
    faults.heal(site.host)
    site.host.wait_until_up()
    assert state(site) == before
    assert site.host.run("systemctl is-enabled spse-baseline-revert.timer", check=False).stdout.strip() == "disabled"
