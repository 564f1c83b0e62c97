"""A server that is entered as root by a password gets a better way in, and only then loses the old one."""

import json
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.access.authority import make_key
from tests.access.conftest import REVERT_SECONDS, Ground
from tests.baseline.proving import FROM_HERE
from tests.conftest import Builds, HostFactory
from tests.hosts import faults
from tests.hosts.lab import Lab
from tests.operator import CANARY, changes
from tests.upgrade.site import Site, make
from tests.whole import sampled

pytestmark = pytest.mark.hosts

PASSWORD = f"{CANARY}-root"
# By its name it comes before our own file.
OPEN = """
printf 'PermitRootLogin yes\\nPasswordAuthentication yes\\n' > /etc/ssh/sshd_config.d/00-mudah.conf
sed -i '/PasswordAuthentication/d' /etc/ssh/sshd_config.d/lab.conf
systemctl reload ssh
"""
ACCESS = "/etc/ssh/sshd_config.d/10-spse-access.conf"


@pytest.fixture(scope="module")
def site(lab: Lab, make_hosts: HostFactory, builds: Builds, tmp_path_factory: pytest.TempPathFactory) -> Site:
    """A host that is entered as root."""
    host = make_hosts("bogor", image="spse12", memory="1g")[0]
    host.run("chpasswd", input=f"root:{PASSWORD}\n")
    host.run(OPEN)
    folder = tmp_path_factory.mktemp("site")
    site = make(
        folder,
        lab,
        host,
        builds,
        baseline_revert_seconds=REVERT_SECONDS,
        baseline_firewall_admins=FROM_HERE,
        lkpp_access_enroll_key=str(make_key(folder / "spse-ops")),
        ansible_user="root",
        ansible_password=PASSWORD,
        ansible_ssh_private_key_file="",
    )
    return replace(site, operator=replace(site.operator, inventory=narrowed(site.operator.inventory)))


def narrowed(path: Path) -> Path:
    """Variables of the group count more than those of all, but not where a host has them: here it has none."""
    read: dict[str, Any] = json.loads(path.read_text())
    for name in ("ansible_user", "ansible_ssh_private_key_file"):
        read["all"]["vars"].pop(name)
    path.write_text(json.dumps(read))
    return path


def enters(site: Site, account: str, key: Path | None = None) -> bool:
    """Whether one comes in, by a key or by the password."""
    host = site.host
    ssh = ["ssh", "-F", "/dev/null", "-o", f"UserKnownHostsFile={host.keys / 'known_hosts'}", "-o", "LogLevel=ERROR"]
    ssh += ["-o", "IdentitiesOnly=yes", "-o", "ConnectTimeout=10", "-o", "NumberOfPasswordPrompts=1"]
    ssh += ["-i", str(key), "-o", "BatchMode=yes"] if key else ["-o", "PubkeyAuthentication=no"]
    # What ssh asks for the password.
    said = host.keys / "kata-sandi"
    said.write_text(f"#!/bin/sh\necho {PASSWORD}\n")
    said.chmod(0o700)
    environment = {"PATH": "/usr/bin:/bin", "SSH_ASKPASS": str(said), "SSH_ASKPASS_REQUIRE": "force"}
    command = [*ssh, f"{account}@{host.address}", "true"]
    done = subprocess.run(command, capture_output=True, check=False, env=environment, stdin=subprocess.DEVNULL)
    return done.returncode == 0


def test_the_new_way_is_proven_before_the_old_is_closed(site: Site) -> None:
    key = Path(site.operator.read()["spse"]["vars"]["lkpp_access_enroll_key"])
    assert enters(site, "root")
    said = site.operator.succeed("enroll").stdout
    assert "terbukti dapat masuk" in said
    assert changes(site.operator.succeed("enroll"), site.host.name) == 0
    # Both are open now.
    assert enters(site, "root")
    assert enters(site, "spse-ops", key)
    inventory = site.operator.read()
    inventory["spse"]["vars"] |= {"ansible_user": "spse-ops", "ansible_ssh_private_key_file": str(key)}
    del inventory["spse"]["vars"]["ansible_password"]
    site.operator.write(inventory)
    site.operator.succeed("baseline", "--tags=ssh")
    assert not enters(site, "root")
    assert enters(site, "spse-ops", key)


def test_a_way_that_does_not_work_closes_nothing(site: Site, tmp_path: Path) -> None:
    site.host.run(
        "echo 'AllowUsers root ansible spse-ops' >> /etc/ssh/sshd_config.d/00-mudah.conf; "
        "rm /etc/ssh/spse-baseline.conf; systemctl reload ssh"
    )
    # For a moment nobody listens.
    site.host.wait_until_up()
    inventory = site.operator.read()
    inventory["spse"]["vars"] |= {"ansible_user": "root", "ansible_password": PASSWORD}
    inventory["spse"]["vars"] |= {"ansible_ssh_private_key_file": ""}
    site.operator.write(inventory)
    said = site.operator.fail(
        "enroll", lkpp_access_enroll_account="lain", lkpp_access_enroll_key=str(make_key(tmp_path / "lain"))
    )
    assert "Jalan masuk yang lama tetap terbuka" in said
    assert enters(site, "root")


def test_whoever_would_have_locked_everybody_out_gets_in_again(here: Ground) -> None:
    before = here.site.host.run(f"sha256sum {ACCESS}").stdout
    shut = f"printf 'Match all\\nAllowUsers nobody\\n' >> {ACCESS}; systemctl reload ssh"
    operator = here.site.upgrade_with("Log in anew", here.site.on_host(shut))
    said = operator.fail("lkpp_access", lkpp_access_addresses=[*FROM_HERE, "203.0.113.0/24"])
    assert "Server mengembalikan setelan lama sendiri" in said
    here.site.host.wait_until_up()
    assert here.site.host.run(f"sha256sum {ACCESS}").stdout == before


@pytest.mark.parametrize("task", sampled(["Have the host take it over", "Set sshd", "Log in anew"], [1]))
def test_the_power_goes_in_between(here: Ground, task: str) -> None:
    person = here.authority.person("oki")
    here.authority.grant(person)
    operator = here.site.upgrade_with(task, here.site.fault("power-cut"))
    operator.play("lkpp_access", lkpp_access_addresses=[*FROM_HERE, "198.51.100.0/24"])
    faults.heal(here.site.host)
    here.site.host.wait_until_up()
    # Nobody comes in before it is known what was revoked.
    assert here.login(person).returncode != 0
    here.site.operator.succeed("lkpp_access")
    assert here.login(person).returncode == 0
    assert changes(here.site.operator.succeed("lkpp_access"), here.site.host.name) == 0
