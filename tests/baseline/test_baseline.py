"""A host with SPSE on it is hardened; every control is proven, and can be seen to be broken."""

import json
from pathlib import Path

import pytest

from tests.backup.ground import Ground
from tests.baseline.office import office
from tests.baseline.proving import Proof, mutations, prove
from tests.conftest import ARTIFACTS, Builds, HostFactory
from tests.hosts.lab import Lab
from tests.operator import changes
from tests.upgrade.site import Site, unwritten
from tests.whole import in_whole

pytestmark = pytest.mark.hosts


@pytest.fixture(scope="module")
def here(lab: Lab, make_hosts: HostFactory, builds: Builds, tmp_path_factory: pytest.TempPathFactory) -> Ground:
    """An office's server on Debian 12."""
    return office(tmp_path_factory.mktemp("ground"), lab, make_hosts, builds, "spse12")


@pytest.fixture
def proof(here: Ground, tmp_path: Path) -> Proof:
    """How the host stands now."""
    return prove(here.site.operator.inventory, tmp_path, here.site.host.name)


def test_a_check_changes_nothing(here: Ground) -> None:
    with unwritten(here.site.host):
        done = here.site.operator.succeed("baseline", "--check", "--diff")
    assert changes(done, here.site.host.name) > 0


def test_the_second_time_changes_nothing(here: Ground) -> None:
    here.site.operator.succeed("baseline", baseline_restart=True)
    here.site.application.wait()
    done = here.site.operator.succeed("baseline", baseline_restart=True)
    assert changes(done, here.site.host.name) == 0


def test_every_control_holds(proof: Proof, figures: list[str]) -> None:
    assert proof.bad == {}
    assert proof.code == 0
    other = proof.by_state("tidak berlaku")
    figures.append(f"baseline: {len(proof.findings) - len(other)} controls hold; in a test host do not apply: {other}")
    # What does not apply in a test host is what could not be broken there either.
    assert set(other) == {one.control for one in mutations() if not one.on_a_test_host}
    ARTIFACTS.mkdir(exist_ok=True)
    (ARTIFACTS / "kepatuhan.json").write_text(json.dumps(list(proof.findings), indent=2, ensure_ascii=False))


def test_the_other_roles_agree_with_it(here: Ground) -> None:
    for playbook in ("install", "backup_server"):
        done = here.site.operator.succeed(playbook)
        assert changes(done, here.site.host.name) == 0, playbook


def compared(site: Site) -> None:
    """Wait for what looks through the host in the background."""
    background = "systemctl show --property=ActiveState spse-antivirus.service spse-integrity.service"
    site.host.run(f"while {background} | grep --quiet activating; do sleep 1; done", timeout=600)


def test_what_was_found_and_is_gone_is_forgotten(here: Ground, tmp_path: Path) -> None:
    site = here.site
    site.host.run("echo '/home/file/hilang: Uji FOUND' >/var/lib/spse-antivirus/temuan")
    assert set(prove(site.operator.inventory, tmp_path, site.host.name).bad) == {"AV-04"}
    site.operator.succeed("baseline", "--tags=antivirus")
    compared(site)
    assert prove(site.operator.inventory, tmp_path, site.host.name).bad == {}


def quiet(site: Site) -> None:
    """Have nothing begin in the background until the host is taken down; the timers stay, as they are proven to."""
    for timer in ("spse-antivirus.timer", "spse-integrity.timer"):
        folder = f"/run/systemd/system/{timer}.d"
        never = "[Timer]\nOnCalendar=\nOnCalendar=2099-01-01\n"
        site.host.run(f"mkdir -p {folder} && cat >{folder}/uji.conf", input=never)
        site.host.run(f"systemctl daemon-reload && systemctl restart {timer}")
    compared(site)


@in_whole
def test_restore_points_are_taken_and_come_back(here: Ground) -> None:
    taken = here.take("--kind", "full")
    drill = here.drill(str(taken["id"]), "--whole")
    assert drill["passed"], drill["wrong"]


@in_whole
def test_a_build_comes_and_goes_and_aide_is_told_of_both(here: Ground) -> None:
    site = here.site
    site.operator.succeed("upgrade", spse_app_build=site.builds["n1"].build)
    assert site.running == site.builds["n1"].build
    # Soon, so that what the upgrade has changed is still being compared.
    site.operator.succeed("rollback")
    assert site.running == site.builds["n"].build
    compared(site)
    journal = site.host.run("journalctl --no-pager --unit=spse-integrity.service --lines=40").stdout
    assert site.host.run("cat /var/lib/aide/temuan").stdout == "", journal


@in_whole
def test_what_is_broken_is_seen_and_nothing_else_and_the_role_mends_it(here: Ground, tmp_path: Path) -> None:
    """One after the other without mending: each has to show just when it was broken."""
    site = here.site
    # What was broken while they look would be found.
    quiet(site)
    broken: set[str] = set()
    for mutation in (one for one in mutations() if one.on_a_test_host):
        site.host.run(mutation.command)
        broken.add(mutation.control)
        found = prove(site.operator.inventory, tmp_path, site.host.name).bad
        assert set(found) == broken, f"after {mutation.control}: {found}"
    site.operator.succeed("baseline", baseline_checksums=True, baseline_integrity_accept="diuji")
    compared(site)
    assert prove(site.operator.inventory, tmp_path, site.host.name).bad == {}
    site.application.wait()
