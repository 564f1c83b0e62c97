"""The judges at work: each is asked for the figures that it is known for.

Lynis and OpenSCAP judge a host from within, ssh-audit and testssl.sh from a host beside it. Debian 12's own editions
are too old to know Debian 12, so that the judges come from Debian's unstable suite, onto the host beside it and from
there.
"""

from __future__ import annotations

import json
import re
import subprocess
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tests.hosts.host import Host

UNITS = ("spse-prod.service", "apache2.service", "postgresql@15-main.service")
FOLDER = "/root/judges"
PROFILE = "xccdf_org.ssgproject.content_profile_cis_level2_server"
RULE = "xccdf_org.ssgproject.content_rule_"
XCCDF = "{http://checklists.nist.gov/xccdf/1.2}"
NAME = "mamuju.spse.example"
LONG = 900

# The host beside the judged one is Debian 13. Only these packages come from the later suite, and what they need of it.
GATHER = f"""
set -eu
mkdir -p {FOLDER}
cd {FOLDER}
echo 'deb http://deb.debian.org/debian sid main' >/etc/apt/sources.list.d/sid.list
printf 'Package: *\\nPin: release n=sid\\nPin-Priority: 100\\n' >/etc/apt/preferences.d/sid
apt-get --quiet --quiet update
apt-get --quiet --quiet --yes --no-install-recommends install testssl.sh/sid ssh-audit/sid >/dev/null
apt-get --quiet --quiet download lynis/sid ssg-debian/sid
dpkg --extract ssg-debian_*.deb content
mv content/usr/share/xml/scap/ssg/content/ssg-debian12-ds.xml debian12.xml
mv lynis_*.deb lynis.deb
"""
# linux-base is how the rules tell a machine from a container, beside the engine's mark, which each boot puts there
# again: asked as a container, OpenSCAP leaves out two rules of three.
SEAT = f"""
set -eu
export DEBIAN_FRONTEND=noninteractive
apt-get --quiet --quiet update
apt-get --quiet --quiet --yes --no-install-recommends install {FOLDER}/lynis.deb openscap-scanner linux-base >/dev/null
"""
# OpenSCAP reads one file where sshd and journald read many, so that each of these shows what is in force.
EVALUATE = f"""
set -eu
if mountpoint --quiet /run/.containerenv; then
    umount /run/.containerenv
    rm /run/.containerenv
fi
(umask 077 && /usr/sbin/sshd -T >/run/judged-sshd)
systemd-analyze cat-config systemd/journald.conf >/run/judged-journald
mount --bind /run/judged-sshd /etc/ssh/sshd_config
mount --types tmpfs none /etc/ssh/sshd_config.d
mount --bind /run/judged-journald /etc/systemd/journald.conf
code=0
oscap xccdf eval --profile {PROFILE} --results {FOLDER}/openscap.xml {FOLDER}/debian12.xml >/dev/null || code=$?
# It ends with 2 where a rule has failed.
[ "$code" = 2 ] || [ "$code" = 0 ]
"""


@dataclass(frozen=True)
class Opinion:
    """What all of them say of a host at one time."""

    lynis: int
    lynis_here: int
    """Without the tests that no container can pass."""
    passed: int
    failed: Sequence[str]
    """The rules of OpenSCAP that the host does not keep, or that could not be read."""
    ssh_failures: int
    ssh_warnings: int
    tls_grade: str
    tls_score: int
    exposure: Mapping[str, float]


def gather(beside: Host, judged: Host) -> None:
    """Bring the judges to where they judge from."""
    beside.run(GATHER, timeout=LONG)
    archive = _bytes(beside, f"tar --create --directory={FOLDER} lynis.deb debian12.xml")
    judged.run(f"mkdir -p {FOLDER}")
    _bytes(judged, f"tar --extract --directory={FOLDER}", archive)
    judged.run(SEAT, timeout=LONG)


def _bytes(host: Host, command: str, given: bytes = b"") -> bytes:
    """Run a command on a host that gives or takes more than text."""
    argv = ["ssh", *host.ssh_options, f"ansible@{host.address}", f"sudo {command}"]
    return subprocess.run(argv, check=True, input=given, stdout=subprocess.PIPE).stdout


def ask(beside: Host, judged: Host, authority: str, absent: Sequence[str]) -> Opinion:
    """All of them; the host's certificates are believed by this authority of the host beside it.

    These tests of Lynis no container can pass.
    """
    with ThreadPoolExecutor() as pool:
        tls = pool.submit(_testssl, beside, judged.address, authority)
        lynis, lynis_here = _lynis(judged), _lynis(judged, absent)
        passed, failed = _openscap(judged)
        ssh_failures, ssh_warnings = _ssh_audit(beside, judged.address)
        exposure = {unit: _exposure(judged, unit) for unit in UNITS}
        grade, score = tls.result()
    return Opinion(lynis, lynis_here, passed, failed, ssh_failures, ssh_warnings, grade, score, exposure)


def _lynis(judged: Host, absent: Sequence[str] = ()) -> int:
    profile = "".join(f"skip-test={test}\n" for test in absent)
    judged.run(f"cat >{FOLDER}/absent.prf", input=profile)
    audit = f"lynis audit system --quick --no-colors --profile {FOLDER}/absent.prf"
    judged.run(f"cd /root && LANG=C {audit} >/dev/null", timeout=LONG)
    report = judged.run("cat /var/log/lynis-report.dat").stdout
    return int(report.partition("\nhardening_index=")[2].split()[0])


def _openscap(judged: Host) -> tuple[int, list[str]]:
    # A mount namespace of its own: nothing that runs on the host sees what is shown to the judge.
    judged.run(f"cat >/run/judged-evaluate <<'END'\n{EVALUATE}\nEND")
    judged.run("unshare --mount sh /run/judged-evaluate", timeout=LONG)
    root = ET.fromstring(judged.run(f"cat {FOLDER}/openscap.xml").stdout)  # noqa: S314 - our own host's
    results = {
        str(one.get("idref")).removeprefix(RULE): one.findtext(f"{XCCDF}result")
        for one in root.iter(f"{XCCDF}rule-result")
    }
    failed = sorted(rule for rule, result in results.items() if result in {"fail", "error", "unknown"})
    return sum(result == "pass" for result in results.values()), failed


def _ssh_audit(beside: Host, address: str) -> tuple[int, int]:
    # It ends with what it has found.
    said = json.loads(beside.run(f"ssh-audit --json {address}", check=False).stdout)
    notes = [one.get("notes", {}) for kind in ("kex", "key", "enc", "mac") for one in said[kind]]
    return sum("fail" in note for note in notes), sum("warn" in note for note in notes)


def _testssl(beside: Host, address: str, authority: str) -> tuple[str, int]:
    beside.run(f"cat >{FOLDER}/authority.pem", input=authority)
    options = f"--quiet --color 0 --warnings off --overwrite --add-ca {FOLDER}/authority.pem --ip {address}"
    beside.run(f"testssl {options} --jsonfile {FOLDER}/tls.json https://{NAME}/ >/dev/null", check=False, timeout=LONG)
    said = {one["id"]: one["finding"] for one in json.loads(beside.run(f"cat {FOLDER}/tls.json").stdout)}
    return said["overall_grade"], int(said["final_score"])


def _exposure(judged: Host, unit: str) -> float:
    said = judged.run(f"systemd-analyze security --no-pager {unit}").stdout
    found = re.search(r"exposure level for .*: ([0-9.]+)", said)
    assert found, said
    return float(found[1])
