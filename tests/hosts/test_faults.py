"""Every fault does to a host what its name says, and `heal` undoes it."""

import socket
import time
from collections.abc import Callable

import pytest

from tests.conftest import HostFactory
from tests.hosts import faults
from tests.hosts.errors import LabError
from tests.hosts.host import Host


def reaches_ssh(host: Host, timeout: float = 2) -> bool:
    """Whether the host greets us."""
    try:
        with socket.create_connection((host.address, 22), timeout=timeout) as connection:
            connection.settimeout(timeout)
            return connection.recv(4) == b"SSH-"
    except OSError:
        return False


def reaches(host: Host, other: Host) -> bool:
    command = f"timeout 2 bash -c '</dev/tcp/{other.address}/22'"
    return host.run(command, check=False).returncode == 0


def test_reboot_stops_services_in_order_and_comes_back_with_a_new_boot(bare_host: Host) -> None:
    before = bare_host.boot_id
    faults.reboot(bare_host)
    assert bare_host.boot_id != before
    assert "Reached target reboot.target" in bare_host.run("journalctl --boot=-1 --output=cat --no-pager").stdout


def test_power_cut_stops_nothing_in_order(bare_host: Host) -> None:
    before = bare_host.boot_id
    faults.power_cut(bare_host)
    assert not bare_host.is_running
    assert not reaches_ssh(bare_host)
    faults.heal(bare_host)
    assert bare_host.boot_id != before
    assert "reboot.target" not in bare_host.run("journalctl --boot=-1 --output=cat --no-pager").stdout


MEND_PACKAGES = """
broken=$(dpkg-query -W -f '${binary:Package} ${db:Status-Eflag}\\n' | awk '$2 == "reinstreq" { print $1 }')
# One that was cut in the middle of being unpacked can only be put there anew.
for package in $broken; do dpkg --install --force-depends /var/cache/apt/archives/"${package%%:*}"_*.deb; done
dpkg --configure -a && apt-get -q -y --fix-broken install
"""


def test_power_cut_interrupts_dpkg(make_hosts: HostFactory) -> None:
    host = make_hosts("dpkg")[0]
    host.run(
        "apt-get -q update && apt-get -q install -y --download-only --no-install-recommends apache2",
        timeout=300,
    )
    host.run("systemd-run --quiet --unit=cut-me apt-get -q install -y --no-install-recommends apache2")
    host.run("until grep -q 'unpacked' /var/log/dpkg.log && dpkg --audit | grep -q .; do :; done", timeout=60)
    faults.power_cut(host)
    faults.heal(host)
    assert host.run("dpkg --audit").stdout
    host.run(MEND_PACKAGES, timeout=300)
    assert not host.run("dpkg --audit").stdout


def test_network_cut(bare_host: Host) -> None:
    faults.network_cut(bare_host)
    assert not reaches_ssh(bare_host)
    assert bare_host.is_running
    faults.heal(bare_host)
    assert reaches_ssh(bare_host)


def test_slow_network(bare_host: Host) -> None:
    megabit = "head -c 125000 /dev/zero"
    quick = _seconds(lambda: bare_host.run(megabit))
    faults.slow_network(bare_host, rate="500kbit")
    slow = _seconds(lambda: bare_host.run(megabit))
    faults.heal(bare_host)
    healed = _seconds(lambda: bare_host.run(megabit))
    # One megabit at half a megabit a second takes two seconds, whatever the machine is busy with.
    assert slow > 1.8
    assert max(quick, healed) < slow


def test_lossy_network(bare_host: Host) -> None:
    faults.lossy_network(bare_host, percent=60)
    # A handshake needs three packets: at 60 % loss hardly one in six comes through at the first try.
    answers = [reaches_ssh(bare_host, timeout=0.3) for _ in range(15)]
    faults.heal(bare_host)
    assert False in answers
    assert all(reaches_ssh(bare_host) for _ in range(15))


def test_partition_parts_two_hosts_and_no_others(make_hosts: HostFactory) -> None:
    one, other, third = make_hosts("w1", "w2", "w3")
    assert reaches(one, other)
    faults.partition(one, other)
    assert not reaches(one, other)
    assert not reaches(other, one)
    assert reaches(one, third)
    assert reaches(third, other)
    faults.reboot(one)
    assert not reaches(one, other), "the line is mended by a reboot of the host"
    faults.heal(one)
    assert reaches(one, other)


def test_clock_skew_reaches_one_service_and_nothing_else(bare_host: Host) -> None:
    unit = "[Service]\nExecStart=/bin/sh -c 'while :; do date +%%s >/run/clock; sleep 0.2; done'\n"
    bare_host.run("cat >/etc/systemd/system/clock.service && systemctl start clock", input=unit)
    assert abs(_clock(bare_host) - time.time()) < 5
    faults.clock_skew(bare_host, "clock", 86400)
    assert 86300 < _clock(bare_host) - time.time() < 86500
    assert abs(int(bare_host.run("date +%s").stdout) - time.time()) < 5
    faults.heal(bare_host)
    assert abs(_clock(bare_host) - time.time()) < 5


def test_disk_full(make_hosts: HostFactory) -> None:
    host = make_hosts("small", disk="300M")[0]
    faults.disk_full(host)
    full = host.run("cp /etc/passwd /var/tmp/x", check=False)
    assert "No space left on device" in full.stderr
    faults.heal(host)
    host.run("echo x >/var/tmp/x")
    faults.reboot(host)
    assert host.run("cat /var/tmp/x").stdout == "x\n"


def test_disk_full_is_refused_on_the_machines_own_disk(bare_host: Host) -> None:
    with pytest.raises(LabError, match="--disk 2G"):
        faults.disk_full(bare_host)


def test_hang(bare_host: Host) -> None:
    faults.hang(bare_host)
    assert not reaches_ssh(bare_host)
    faults.heal(bare_host)
    assert reaches_ssh(bare_host)


def test_a_cut_host_says_what_to_do(bare_host: Host) -> None:
    faults.power_cut(bare_host)
    with pytest.raises(LabError, match="`heal` gives it power"):
        faults.network_cut(bare_host)
    faults.heal(bare_host)


def _clock(host: Host) -> int:
    host.run("rm -f /run/clock; until [ -s /run/clock ]; do sleep 0.1; done", timeout=20)
    return int(host.run("cat /run/clock").stdout)


def _seconds(action: Callable[[], object]) -> float:
    started = time.monotonic()
    action()
    return time.monotonic() - started
