"""A test host is a real Debian server, and stays the same one over a reboot and a power cut."""

import json
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

import pytest
from click.testing import CliRunner

from chatops.settings import PROGRAMS
from tests.conftest import HostFactory
from tests.hosts import faults, shell
from tests.hosts.__main__ import main
from tests.hosts.errors import LabError
from tests.hosts.host import Host
from tests.hosts.lab import Lab, Wanted
from tests.hosts.paths import SOCKETS
from tests.whole import WHOLE


def test_systemd_is_pid_1_and_no_service_failed(bare_host: Host) -> None:
    assert bare_host.run("cat /proc/1/comm").stdout == "systemd\n"
    assert bare_host.run("systemctl is-system-running").stdout == "running\n"


def test_apt_installs_a_package_from_the_machines_sources(bare_host: Host) -> None:
    bare_host.run("apt-get -q update && apt-get -q install -y --no-install-recommends tree", timeout=300)
    assert bare_host.run("tree --version").stdout.startswith("tree v")


def test_ssh_refuses_passwords(bare_host: Host) -> None:
    options = ("PreferredAuthentications=none", "StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null")
    flags = [flag for option in options for flag in ("-o", option)]
    command = ["ssh", "-F", "/dev/null", *flags, f"ansible@{bare_host.address}"]
    offered = subprocess.run(command, capture_output=True, check=False, text=True).stderr
    assert "Permission denied (publickey)." in offered


def test_every_host_is_another_one(make_hosts: HostFactory) -> None:
    hosts = make_hosts("w1", "w2")
    for command in (
        "cat /etc/ssh/ssh_host_ed25519_key.pub",
        "cat /etc/machine-id",
        "cat /etc/hostname",
        "cat /proc/sys/kernel/random/boot_id",
        "hostname --all-ip-addresses",
    ):
        first, second = (one.run(command).stdout for one in hosts)
        assert first != second, command


def test_a_host_with_another_key_is_not_let_pass(make_hosts: HostFactory) -> None:
    host = make_hosts("impostor")[0]
    host.run("rm /etc/ssh/ssh_host_ed25519_key && ssh-keygen -q -t ed25519 -N '' -f /etc/ssh/ssh_host_ed25519_key")
    with pytest.raises(LabError, match=r"REMOTE HOST IDENTIFICATION HAS CHANGED|Host key verification failed"):
        host.run("true")


STATE = """
set -eu
echo kept >/srv/kept
echo '192.0.2.7 kept.example' >>/etc/hosts
cat >/etc/systemd/system/kept.service <<UNIT
[Service]
Type=oneshot
ExecStart=/bin/echo kept-service-ran
[Install]
WantedBy=multi-user.target
UNIT
systemctl enable --now kept.service
sync
"""


@pytest.mark.parametrize("interruption", ["reboot", "power-cut"])
def test_its_state_survives(make_hosts: HostFactory, interruption: str) -> None:
    host = make_hosts(f"survives-{interruption}")[0]
    host.run(STATE)
    identity = "cat /etc/machine-id /etc/ssh/ssh_host_ed25519_key.pub /etc/hostname; hostname -I"
    before, boot_before = host.run(identity).stdout, host.boot_id
    if interruption == "reboot":
        faults.reboot(host)
    else:
        faults.power_cut(host)
        faults.heal(host)
    assert host.boot_id != boot_before
    assert host.run(identity).stdout == before
    assert host.run("cat /srv/kept; getent hosts kept.example").stdout.split() == [
        "kept",
        "192.0.2.7",
        "kept.example",
    ]
    runs = host.run("journalctl --unit=kept.service --grep=kept-service-ran --output=cat --no-pager").stdout
    assert len(runs.splitlines()) >= 2, "the journal of the boot before is gone, or the service did not start again"


def test_database_recovers_from_a_power_cut(spse_host: Host) -> None:
    psql = "sudo -u postgres psql --tuples-only --no-align"
    spse_host.run(psql, input="CREATE TABLE kept AS SELECT generate_series(1, 10000) AS n")
    faults.power_cut(spse_host)
    faults.heal(spse_host)
    assert spse_host.run(psql, input="SELECT count(*) FROM kept").stdout == "10000\n"
    log = spse_host.run("cat /var/log/postgresql/*.log").stdout
    assert "database system was not properly shut down; automatic recovery in progress" in log


def test_debian_13(make_hosts: HostFactory) -> None:
    host = make_hosts("trixie", image="debian13")[0]
    assert "VERSION_CODENAME=trixie" in host.run("cat /etc/os-release").stdout
    faults.reboot(host)
    assert host.run("systemctl is-system-running").stdout == "running\n"


def test_up_twice_changes_nothing(lab: Lab, bare_host: Host) -> None:
    boot = bare_host.boot_id
    assert lab.up(["w1"]) == [bare_host]
    assert bare_host.boot_id == boot


def test_up_gives_power_to_a_host_that_has_none(lab: Lab, make_hosts: HostFactory) -> None:
    host = make_hosts("dark")[0]
    host.run("touch /srv/kept")
    faults.power_cut(host)
    assert lab.up(["dark"]) == [host]
    host.run("test -e /srv/kept")


@pytest.mark.parametrize("name", ["Besar", "dua kata", "-x", "a" * 32, "../x"])
def test_a_bad_name_is_refused_before_anything_starts(lab: Lab, name: str) -> None:
    before = lab.hosts()
    with pytest.raises(LabError, match="is no host name"):
        lab.up(["good", name])
    assert lab.hosts() == before


def test_an_unknown_image_is_named_with_the_known_ones(lab: Lab) -> None:
    with pytest.raises(LabError, match="no image `debian11`; there are: debian12"):
        lab.up(["w1"], Wanted(image="debian11"))


def ansible(lab: Lab, host: str, folder: Path, *arguments: str) -> str:
    """What Ansible's ad-hoc command says of a host."""
    inventory = folder / f"{lab.name}.yml"
    inventory.write_text(json.dumps(lab.inventory()))
    return shell.run(str(PROGRAMS / "ansible"), "--inventory", str(inventory), host, "--become", *arguments).stdout


@pytest.mark.parametrize("more", [("--lab", "w", "down", "--all"), ("down", "w1", "--all")], ids=["lab", "names"])
def test_who_means_some_does_not_take_down_all(bare_host: Host, more: Sequence[str]) -> None:
    done = CliRunner().invoke(main, more)
    assert done.exit_code == 2
    assert "every lab of this machine" in done.output
    bare_host.run("true")


def test_the_inventory_serves_ansible(lab: Lab, bare_host: Host, tmp_path: Path) -> None:
    said = ansible(lab, bare_host.name, tmp_path, "--module-name", "command", "--args", "id -un")
    assert said.splitlines()[-1] == "root"


def test_taking_a_lab_down_ends_its_own_connections_and_no_others(lab: Lab, bare_host: Host, tmp_path: Path) -> None:
    other = Lab("test-other")
    other_host = other.up(["w1"])[0]
    for one in (lab, other):
        ansible(one, "w1", tmp_path, "--module-name", "ping")
    ours, theirs = (list(SOCKETS.glob(f"{host.address}-*")) for host in (bare_host, other_host))
    assert (len(ours), len(theirs)) == (1, 1)
    other.down()
    assert not theirs[0].exists()
    # Fails if nobody answers.
    shell.run("ssh", "-O", "check", "-o", f"ControlPath={ours[0]}", "any")


def test_many_at_once(lab: Lab, figures: list[str]) -> None:
    for count in (1, 10, *([50] if WHOLE else [])):
        started = time.monotonic()
        hosts = lab.up([f"many-{number}" for number in range(count)])
        seconds = time.monotonic() - started
        mebibytes = [_resident(one) / 2**20 for one in hosts]
        started = time.monotonic()
        lab.down([one.name for one in hosts])
        figures.append(
            f"{count} hosts: reachable over ssh in {seconds:.1f} s, {sum(mebibytes) / count:.0f} MiB each, "
            f"taken down in {time.monotonic() - started:.1f} s"
        )
        assert len(hosts) == count
        assert max(mebibytes) < 200


def _resident(host: Host) -> int:
    """Memory of all the host's processes; the page cache is the machine's to give and take."""
    statistics = host.run("cat /sys/fs/cgroup/memory/memory.stat").stdout
    return sum(int(line.split()[1]) for line in statistics.splitlines() if line.startswith("total_rss "))
