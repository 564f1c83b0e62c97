"""The sealed way in: two letters open it, one does not, and nothing of it is left behind."""

import json
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from chatops.access import seal as seals
from chatops.access import shares
from chatops.access.grant import Grant
from chatops.access.records import grants
from chatops.errors import AccessError, GrantError, ShareError
from chatops.ledger.store import Ledger
from tests.unit.access import LIMITS, NOW, Office, office

NETWORK = ("203.0.113.0/24",)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Office]:
    """A new register."""
    ledger = Ledger.open(f"sqlite:///{tmp_path / 'ledger.db'}")
    yield office(tmp_path, ledger)
    ledger.close()


def share(folder: Path, letter: str) -> str:
    """What stands in a letter, as somebody types it."""
    lines = next(folder.glob(f"surat-{letter}-*.txt")).read_text().splitlines()
    return " ".join(line.strip() for line in lines if line.startswith("    "))


def grant_in(desk: Office, number: str) -> Grant:
    """As the ledger has it."""
    with desk.register.ledger.reading() as reader:
        return next(each for each in grants(reader) if each.number == number)


def test_two_letters_open_it(desk: Office, tmp_path: Path) -> None:
    folder = tmp_path / "segel"
    done = seals.seal(desk.register, "mamuju", NETWORK, folder, NOW)
    grant = done.grant
    assert (grant.role, grant.sources, grant.before) == ("darurat", NETWORK, NOW + timedelta(days=180))
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}
    assert folder.stat().st_mode & 0o777 == 0o700
    target = tmp_path / "kunci"
    about = seals.open_(folder, share(folder, "a"), share(folder, "b"), target)
    assert target.stat().st_mode & 0o777 == 0o600
    # What came out is the key that the ledger knows by its fingerprint, and it is usable.
    told = subprocess.run(["ssh-keygen", "-l", "-f", target], capture_output=True, check=True, text=True).stdout
    assert told.split()[1] == grant.fingerprint == about["fingerprint"]
    assert (
        subprocess.run(["ssh-keygen", "-y", "-P", "", "-f", target], capture_output=True, check=False).returncode == 0
    )
    certificate = subprocess.run(
        ["ssh-keygen", "-L", "-f", f"{target}-cert.pub"], capture_output=True, check=True, text=True
    ).stdout
    assert "darurat@mamuju" in certificate
    with pytest.raises(AccessError, match="sudah ada; sebutkan nama lain"):
        seals.open_(folder, share(folder, "a"), share(folder, "b"), target)


def test_a_letter_is_set_on_one_sheet_and_shows_its_share_only(desk: Office, tmp_path: Path) -> None:
    folder = tmp_path / "segel"
    seals.seal(desk.register, "mamuju", NETWORK, folder, NOW)
    for letter, other in (("a", "b"), ("b", "a")):
        paper = next(folder.glob(f"surat-{letter}-*.pdf"))
        told = subprocess.run(["pdftotext", "-layout", paper, "-"], capture_output=True, check=True, text=True).stdout
        assert told.count("\f") == 1
        assert all(group in told for group in share(folder, letter).split())
        assert not any(group in told for group in share(folder, other).split()[1:])


def test_one_share_or_another_seals_opens_nothing(desk: Office, tmp_path: Path) -> None:
    for name, lpse in (("satu", "mamuju"), ("dua", "bogor")):
        seals.seal(desk.register, lpse, NETWORK, tmp_path / name, NOW)
    first, second = share(tmp_path / "satu", "a"), share(tmp_path / "dua", "b")
    with pytest.raises(ShareError, match="milik segel lain"):
        seals.open_(tmp_path / "satu", first, second, tmp_path / "kunci")
    # Shares that prove themselves, of the right number, but of another passphrase.
    number = json.loads((tmp_path / "satu" / "segel.json").read_text())["number"]
    with pytest.raises(AccessError, match="tidak membuka kunci ini"):
        seals.open_(tmp_path / "satu", *shares.split(number).shares, tmp_path / "kunci")
    assert not (tmp_path / "kunci").exists()


def test_a_new_seal_takes_the_place_of_the_old(desk: Office, tmp_path: Path) -> None:
    first = seals.seal(desk.register, "mamuju", NETWORK, tmp_path / "satu", NOW)
    other = seals.seal(desk.register, "bogor", NETWORK, tmp_path / "dua", NOW)
    second = seals.seal(desk.register, "mamuju", NETWORK, tmp_path / "tiga", NOW)
    assert second.replaced == (first.grant.number,)
    states = [grant_in(desk, each.grant.number).state(NOW, LIMITS) for each in (first, other, second)]
    assert states == ["revoked", "active", "active"]
    assert desk.publish(NOW).revoked == 1
    with pytest.raises(AccessError, match="tidak kosong"):
        seals.seal(desk.register, "mamuju", NETWORK, tmp_path / "tiga", NOW)
    with pytest.raises(AccessError, match="dari alamat mana"):
        seals.seal(desk.register, "mamuju", (), tmp_path / "empat", NOW)


def test_each_use_opens_a_review_that_somebody_closes(desk: Office, tmp_path: Path) -> None:
    grant = seals.seal(desk.register, "mamuju", NETWORK, tmp_path / "segel", NOW).grant
    assert grant.flags(NOW, LIMITS) == []
    with pytest.raises(GrantError, match="tidak sedang ditinjau"):
        desk.register.review(grant.number, "tidak ada")
    seals.opened(desk.register.ledger, "petugas@mamuju", grant.number)
    assert "review" in grant_in(desk, grant.number).flags(NOW, LIMITS)
    desk.register.review(grant.number, "latihan")
    assert "review" not in grant_in(desk, grant.number).flags(NOW, LIMITS)
    login = {"serial": grant.serial, "host": "mamuju", "at": NOW.isoformat(), "from": "x", "role": "darurat"}
    assert desk.register.use([json.dumps(login)], NOW).reviews == (grant.number,)
    assert grant_in(desk, grant.number).flags(NOW, LIMITS) == ["review", "seal-broken"]
    with pytest.raises(AccessError, match="alasannya belum diisi"):
        desk.register.review(grant.number, " ")
    assert desk.register.review(grant.number, "gangguan jaringan").flags(NOW, LIMITS) == ["seal-broken"]
    assert grant.flags(NOW + timedelta(days=170), LIMITS) == ["seal-ends"]


def test_what_cannot_be_written_is_no_seal(desk: Office, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    before = desk.register.ledger.verify()
    with pytest.raises(AccessError, match="tidak dapat dipakai"):
        seals.seal(desk.register, "mamuju", NETWORK, tmp_path / "file" / "segel", NOW)
    wrong = replace(desk.register, keyring=replace(desk.register.keyring, folder=tmp_path / "nowhere"))
    with pytest.raises(AccessError, match="tidak ada di komputer ini"):
        seals.seal(wrong, "mamuju", NETWORK, tmp_path / "segel", NOW)
    assert list((tmp_path / "segel").iterdir()) == []
    assert desk.register.ledger.verify() == before
    with pytest.raises(AccessError, match="tidak dapat dipakai"):
        seals.open_(tmp_path / "segel", "A", "B", tmp_path / "kunci")
