"""What hardening and proving cost, beside the remediation of OpenSCAP's own content and beside Lynis."""

from __future__ import annotations

import re
import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING

from chatops.settings import PROGRAMS
from tests.baseline.proving import FROM_HERE
from tests.bench.ground import FOLDER, Ground
from tests.bench.row import Measured, Row, seconds, spent
from tests.hosts.paths import REPOSITORY

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.hosts.host import Host
    from tests.upgrade.fleet import Fleet

HOSTS = (1, 20)
HEAD = "\n  hosts: all\n"
ONWARD = "  ignore_errors: true\n"
"""For somebody else's playbook, which ends at the first thing that it cannot do; to be measured is all of it."""
COUNTS = re.compile(r"(\w+)=(\d+)")
LYNIS = "cd /root && LANG=C lynis audit system --quick --no-colors >/dev/null"
CONTENT = "/usr/share/scap-security-guide/ansible/debian12-playbook-cis_level2_server.yml"
# Debian 12's own edition has no profile for Debian 12.
FETCH = f"""
set -eu
cd /root
echo 'deb http://deb.debian.org/debian sid main' >/etc/apt/sources.list.d/sid.list
apt-get --quiet --quiet update
apt-get --quiet --quiet download ssg-debian/sid
rm /etc/apt/sources.list.d/sid.list
dpkg --fsys-tarfile ssg-debian_*.deb | tar --extract --to-stdout .{CONTENT}
"""


def measure(ground: Ground) -> Iterator[Measured]:
    """Bring about, bring about again, and prove."""
    with ground.copies(2) as fleet:
        ours, theirs = fleet.sites
        yield from _brought_about(fleet, ours, theirs)
    for count in HOSTS:
        with ground.copies(count) as fleet:
            yield Measured(_proven(fleet, count))


def _brought_about(fleet: Fleet, ours: str, theirs: str) -> Iterator[Measured]:
    """The same kind of host, one hardened by us and one by the remediation that comes with the rules."""
    content = FOLDER / "content.yml"
    fetched = fleet[theirs].host.run(FETCH, timeout=600).stdout
    assert fetched.count(HEAD) == 1, fetched[:2000]
    content.write_text(fetched.replace(HEAD, HEAD + ONWARD))
    for what in ("baseline", "baseline, nothing to do"):
        did: list[str] = []
        beside = seconds(partial(_remediate, fleet, theirs, content, did))
        told: list[str] = []
        took = seconds(partial(_harden, fleet, ours, told))
        counts = Counter({name: int(count) for name, count in COUNTS.findall(did[0].rpartition("PLAY RECAP")[2])})
        assert counts["ok"], did[0][-2000:]
        assert not counts["unreachable"] + counts["failed"], did[0][-2000:]
        name = f"ssg-debian, CIS level 2: {counts['ok']} tasks, {counts['ignored']} failed"
        yield Measured(Row(what, took, name, beside), spent(told[0]))


def _harden(fleet: Fleet, host: str, told: list[str]) -> None:
    told.append(fleet.operator.succeed("baseline", "--limit", host, baseline_firewall_admins=FROM_HERE).stdout)


def _remediate(fleet: Fleet, host: str, content: Path, told: list[str]) -> None:
    command = [
        str(PROGRAMS / "ansible-playbook"),
        "--become",
        "--inventory",
        str(fleet.operator.inventory),
        str(content),
    ]
    done = subprocess.run([*command, "--limit", host], capture_output=True, check=False, cwd=REPOSITORY, text=True)
    told.append(done.stdout)


def _proven(fleet: Fleet, count: int) -> Row:
    """Every control on all hosts from here, and Lynis on each host, all at once."""
    hosts = [site.host for site in fleet.sites.values()]

    def install(host: Host) -> None:
        host.run("apt-get -qq update && apt-get -qq install --no-install-recommends lynis >/dev/null", timeout=600)

    def lynis(host: Host) -> None:
        host.run(LYNIS, timeout=600)

    with ThreadPoolExecutor() as pool:
        list(pool.map(install, hosts))
    with ThreadPoolExecutor(count) as pool:
        theirs = seconds(lambda: list(pool.map(lynis, hosts)))
    inventory = str(fleet.operator.inventory)
    command = [sys.executable, "-m", "tests.compliance", *fleet.sites, "--inventory", inventory, "--json", "--out"]

    def prove() -> None:
        # It ends with the severity of the worst finding.
        subprocess.run([*command, str(FOLDER / "proven")], capture_output=True, check=False, cwd=REPOSITORY)

    prove()
    return Row(f"every control on {count} hosts", seconds(prove), "lynis audit system, all at once", theirs)
