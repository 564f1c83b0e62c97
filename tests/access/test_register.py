"""From asking to the alarm, by the commands of the people who do it, on a host that they are about."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.access.house import House, founded
from tests.baseline.proving import FROM_HERE
from tests.hosts.paths import LINK
from tests.operator import CANARY
from tests.upgrade.site import make

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Builds, HostFactory
    from tests.hosts.lab import Lab

pytestmark = pytest.mark.hosts

DENIED = "Permission denied"


@pytest.fixture(scope="module")
def house(lab: Lab, make_hosts: HostFactory, builds: Builds, tmp_path_factory: pytest.TempPathFactory) -> House:
    """The authority is founded, and the host trusts it."""
    host = make_hosts("mamuju", image="spse12", memory="1g")[0]
    folder = tmp_path_factory.mktemp("house")
    authority = str(folder / "state/access")
    own = tmp_path_factory.mktemp("site")
    site = make(own, lab, host, builds, lkpp_access_addresses=FROM_HERE, lkpp_access_authority=authority)
    house = founded(folder, host, site.operator.inventory)
    house.done("asih", "lkpp-access", "mamuju")
    return house


def test_from_asking_to_the_end_of_it(house: House) -> None:
    number, key = house.grant("citra-dewi")
    assert house.login(key).stdout.strip() == "lkpp-operator-kerja"
    assert house.collect().returncode == 0
    assert house.listed()[number]["last_used"]
    house.done("bayu", "access", "revoke", number, "--reason", "selesai")
    house.done("bayu", "access-krl", "mamuju")
    assert DENIED in house.login(key).stderr
    assert house.listed()[number]["state"] == "revoked"


def test_the_key_of_the_authority_changes_and_nobody_is_shut_out(house: House) -> None:
    _, old = house.grant("dian")
    house.done("asih", "access", "authority", "rotate", "user")
    house.done("asih", "access", "krl")
    house.done("asih", "access-krl", "mamuju")
    house.done("asih", "access", "authority", "rotate", "user", "--sign", "--reached")
    _, new = house.grant("edo")
    assert (house.login(old).returncode, house.login(new).returncode) == (0, 0)
    house.done("asih", "access", "authority", "retire", "user-1", "--revoke")
    house.done("asih", "access-krl", "mamuju")
    assert DENIED in house.login(old).stderr
    assert house.login(new).returncode == 0


def test_an_emergency_is_an_alarm_and_is_reviewed(house: House) -> None:
    sealed = house.folder / "segel"
    told = json.loads(
        house.done("bayu", "access", "seal", "mamuju", "--from", str(LINK), "--out", str(sealed), "--json")
    )
    key = house.folder / "darurat"
    shares = shares_in(sealed)
    house.done("siapa", "access", "open", str(sealed), "--out", str(key), stdin="\n".join(shares) + "\n")
    assert house.login(key, "lkpp-darurat").stdout.strip() == "root"
    assert "DARURAT" in house.host.run("journalctl --no-pager --priority=alert").stdout.upper()
    assert f"ALARM: akses darurat {told['number']} dipakai" in house.collect().stdout
    house.done("bayu", "access", "review", told["number"], "--note", "jaringan putus")
    assert "ALARM" not in house.collect().stdout
    assert house.command("asih", "ledger", "verify").returncode == 0


def test_nobody_has_to_trust_a_host_at_first_sight(house: House) -> None:
    host = house.host
    key = house.folder / "ssh_host_ed25519_key.pub"
    key.write_text(host.run(f"cat /etc/ssh/{key.name}").stdout)
    told = house.done("asih", "access", "host", str(key), "--name", host.address, "--out", str(house.folder), "--json")
    certificate = house.folder / "ssh_host_ed25519_key-cert.pub"
    inventory = json.loads(house.inventory.read_text())
    inventory["spse"]["vars"]["lkpp_access_host_certificate"] = certificate.read_text()
    house.inventory.write_text(json.dumps(inventory))
    house.done("asih", "lkpp-access", "mamuju")
    known = house.folder / "known_hosts"
    known.write_text("\n".join(json.loads(told)["known_hosts"]) + "\n")
    _, key = house.grant("fitri")
    assert house.login(key, known=known).returncode == 0
    known.write_text(known.read_text().replace(host.address, "192.0.2.1"))
    assert "Host key verification failed" in house.login(key, known=known).stderr


def test_no_secret_is_left_anywhere(house: House) -> None:
    files = [path for path in (house.folder / "state").rglob("*") if path.is_file()]
    found = [path for path in files if CANARY.encode() in path.read_bytes()]
    assert found == []
    # sudo writes this very question into the journal; it does not find itself.
    question = f"journalctl --no-pager | grep --count {CANARY[:-1]}[{CANARY[-1]}]"
    assert house.host.run(question, check=False).stdout.strip() == "0"


def shares_in(sealed: Path) -> list[str]:
    """What stands on the two sheets, as somebody types it."""
    texts = [next(sealed.glob(f"surat-{letter}-*.txt")).read_text() for letter in "ab"]
    return [" ".join(line.strip() for line in text.splitlines() if line.startswith("    ")) for text in texts]
