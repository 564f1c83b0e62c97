"""The key opens one look and nothing else."""

import os
import subprocess
from pathlib import Path

import pytest
from testinfra.host import Host

from chatops.watch import answer

FOLDER = Path(os.environ["MOLECULE_EPHEMERAL_DIRECTORY"])
KNOWN_HOSTS = f"/var/lib/spse-lab/labs/molecule-{os.environ['MOLECULE_SCENARIO_NAME']}/known_hosts"


def came_in(host: Host, *words: str, options: tuple[str, ...] = ()) -> subprocess.CompletedProcess[bytes]:
    """Come in as the account that looks."""
    argv = ["ssh", "-F", "none", "-i", str(FOLDER / "probe"), "-o", "IdentitiesOnly=yes", "-o", "BatchMode=yes"]
    address = host.ansible.get_variables()["ansible_host"]
    argv += ["-o", f"UserKnownHostsFile={KNOWN_HOSTS}", *options, f"spse-probe@{address}", *words]
    return subprocess.run(argv, capture_output=True, check=False, stdin=subprocess.DEVNULL, timeout=60)


@pytest.mark.parametrize("words", [(), ("id",), ("rm", "-rf", "/"), ("bash", "-i"), ("-s", "sftp")], ids=" ".join)
def test_whatever_it_is_asked_it_looks(host: Host, words: tuple[str, ...]) -> None:
    found = answer.parse(came_in(host, *words).stdout)
    assert found.measures["port:22"] == 1
    assert found.measures["outbound:127.0.0.1:22"] == 1
    assert found.measures["dns:localhost"] == 1
    assert found.measures["apache2"] == 0
    assert 0 < found.measures["memory"] <= 1


def test_it_leads_nowhere_else(host: Host) -> None:
    refused = came_in(host, options=("-N", "-o", "ExitOnForwardFailure=yes", "-R", "0:127.0.0.1:22"))
    assert refused.returncode != 0
    assert came_in(host, options=("-W", "127.0.0.1:22")).stdout == b""


def test_the_account_has_nothing_but_its_folder(host: Host) -> None:
    with host.sudo():
        assert host.user("spse-probe").groups == ["spse-probe"]
        assert host.check_output("getent shadow spse-probe").split(":")[1].startswith(("!", "*"))
        owned = host.check_output("find / -xdev -user spse-probe -not -path '/proc/*'").splitlines()
        assert all(path.startswith("/var/lib/spse-look") for path in owned)
        assert host.run("sudo -l -U spse-probe").stdout.find("may run the following") == -1


def test_apt_is_asked_once(host: Host) -> None:
    came_in(host)
    with host.sudo():
        before = host.file("/var/lib/spse-look/updates.json").mtime
    came_in(host)
    with host.sudo():
        assert host.file("/var/lib/spse-look/updates.json").mtime == before


def test_yesterday_is_written_down_by_root_and_handed_on(host: Host) -> None:
    assert answer.parse(came_in(host).stdout).problems.get("digest") is None
    with host.sudo():
        host.check_output("systemctl start spse-digest.service")
        assert host.service("spse-digest.timer").is_enabled
        written = host.file("/var/lib/spse-digest/digest.json")
        assert (written.user, written.group, written.mode) == ("root", "spse-probe", 0o640)
    told = answer.parse(came_in(host).stdout).digest
    assert told
    assert told.sources.keys() == {"application", "apache", "postgresql"}
    assert told.problems == {}
