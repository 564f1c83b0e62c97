"""Judges that we did not write, on a host with SPSE before and after the baseline; the table is artifacts/judges.md."""

import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from tests.baseline.proving import hardening
from tests.conftest import ARTIFACTS, Builds, HostFactory
from tests.hosts import faults
from tests.hosts.lab import Lab
from tests.judges.bench import NAME, UNITS, Opinion, ask, gather
from tests.upgrade.site import Site, make

pytestmark = pytest.mark.hosts

# Why what a judge wants is not so.
EXPLAINED: dict[str, dict[str, str]] = yaml.safe_load(Path(__file__).with_name("explained.yml").read_text())
OF_THE_TEST = EXPLAINED["of the test host"]
CHOSEN = EXPLAINED["not wanted"]
LYNIS_TESTS = EXPLAINED["of the test host, as Lynis names it"]
CERTIFICATE = "/etc/ssl/judged"
LYNIS = 90
OPENSCAP = 30
EXPOSURE = dict(zip(UNITS, (3.0, 2.6, 1.1), strict=True))


@dataclass(frozen=True)
class Judged:
    """The same host twice."""

    before: Opinion
    after: Opinion


def authority(folder: Path, site: Site) -> str:
    """Give the host a certificate by an authority that it believes, as a site in the world has one; here is its own."""
    script = f"""
    openssl req -x509 -newkey rsa:3072 -nodes -keyout ca.key -out ca.crt -days 30 -subj '/CN=Otoritas Uji' 2>/dev/null
    openssl req -new -newkey rsa:3072 -nodes -keyout site.key -out site.csr -subj '/CN={NAME}' 2>/dev/null
    printf 'subjectAltName=DNS:{NAME}\\nauthorityInfoAccess=OCSP;URI:http://ocsp.spse.example\\n' >site.cnf
    openssl x509 -req -in site.csr -CA ca.crt -CAkey ca.key -days 30 -extfile site.cnf -out site.crt 2>/dev/null
    """
    subprocess.run(["bash", "-euc", script], check=True, cwd=folder)
    site.host.run(f"mkdir -p {CERTIFICATE}")
    for name in ("site.key", "site.crt"):
        site.host.put(folder / name, f"{CERTIFICATE}/{name}")
    site.host.run(f"chmod 0600 {CERTIFICATE}/site.key")
    site.host.put(folder / "ca.crt", "/usr/local/share/ca-certificates/uji.crt")
    site.host.run("update-ca-certificates --fresh >/dev/null")
    return (folder / "ca.crt").read_text()


@pytest.fixture(scope="module")
def judged(lab: Lab, make_hosts: HostFactory, builds: Builds, tmp_path_factory: pytest.TempPathFactory) -> Judged:
    """SPSE installed, judged, hardened, and judged again."""
    host = make_hosts("mamuju", image="spse12", memory="3g")[0]
    beside = make_hosts("hakim", image="debian13")[0]
    folder = tmp_path_factory.mktemp("judged")
    site = make(
        folder,
        lab,
        host,
        builds,
        spse_web_server_name=NAME,
        spse_web_certificate=f"{CERTIFICATE}/site.crt",
        spse_web_certificate_key=f"{CERTIFICATE}/site.key",
        # Judges take the accounts by which LKPP comes in for services with a shell; tests/access judges these.
        **hardening(folder) | {"lkpp_access_addresses": []},
    )
    believed = authority(folder, site)
    site.operator.succeed("install", spse_app_build=builds["n"].build)
    gather(beside, host)
    before = ask(beside, host, believed, list(LYNIS_TESTS))
    site.operator.succeed("baseline", baseline_restart=True)
    # A boot proves that nothing holds only until then.
    faults.reboot(host)
    site.application.wait()
    return Judged(before, ask(beside, host, believed, list(LYNIS_TESTS)))


def table(judged: Judged) -> str:
    """All judges in one table, and why each rule that fails does."""
    before, after = judged.before, judged.after
    rows = [
        ("Lynis, hardening index", before.lynis, after.lynis, ""),
        ("Lynis, without what no container can pass", before.lynis_here, after.lynis_here, f">= {LYNIS}"),
        ("OpenSCAP, CIS level 2 server, rules passed", before.passed, after.passed, ""),
        ("OpenSCAP, CIS level 2 server, rules failed", len(before.failed), len(after.failed), ""),
        (
            "OpenSCAP, without what is of the test host",
            len(set(before.failed) - OF_THE_TEST.keys()),
            len(set(after.failed) - OF_THE_TEST.keys()),
            f"< {OPENSCAP}",
        ),
        ("ssh-audit, failures", before.ssh_failures, after.ssh_failures, "0"),
        ("ssh-audit, warnings", before.ssh_warnings, after.ssh_warnings, "0"),
        ("testssl.sh, grade", before.tls_grade, after.tls_grade, "A+"),
        ("testssl.sh, score", before.tls_score, after.tls_score, ""),
        *(
            (f"systemd-analyze security, {unit}", before.exposure[unit], after.exposure[unit], f"<= {most}")
            for unit, most in EXPOSURE.items()
        ),
        ("debsecan", "not asked", "not asked", "its list is on no package registry; UPD-04 asks apt instead"),
    ]
    lines = ["| judge | before | after | target |", "|---|---|---|---|"]
    lines += [f"| {' | '.join(str(cell) for cell in row)} |" for row in rows]
    lines += ["", "Rules of OpenSCAP that fail after the baseline, and why:", ""]
    lines += [f"- {rule}: {(OF_THE_TEST | CHOSEN).get(rule, 'NOT EXPLAINED')}" for rule in after.failed]
    lines += ["", "Tests of Lynis that no container can pass:", ""]
    lines += [f"- {test}: {reason}" for test, reason in LYNIS_TESTS.items()]
    return "\n".join(lines) + "\n"


def test_all_judges_in_one_table(judged: Judged, figures: list[str]) -> None:
    ARTIFACTS.mkdir(exist_ok=True)
    (ARTIFACTS / "judges.md").write_text(table(judged))
    figures += table(judged).partition("\n\n")[0].splitlines()


def test_lynis(judged: Judged) -> None:
    assert judged.after.lynis_here >= LYNIS


def test_openscap_and_every_rule_that_fails_is_explained(judged: Judged) -> None:
    assert set(judged.after.failed) == OF_THE_TEST.keys() | CHOSEN.keys()
    assert len(set(judged.after.failed) - OF_THE_TEST.keys()) < OPENSCAP


def test_ssh_audit(judged: Judged) -> None:
    assert (judged.after.ssh_failures, judged.after.ssh_warnings) == (0, 0)


def test_testssl(judged: Judged) -> None:
    assert judged.after.tls_grade == "A+"


@pytest.mark.parametrize("unit", UNITS)
def test_exposure(judged: Judged, unit: str) -> None:
    assert judged.after.exposure[unit] <= EXPOSURE[unit]
