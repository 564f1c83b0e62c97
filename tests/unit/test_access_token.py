"""The authority on a PKCS#11 token: a real SoftHSM, whose keys never leave it."""

import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import load_ssh_public_identity

from chatops.access.authority import House, Keyring
from chatops.access.passphrases import Passphrases
from chatops.access.register import Register
from chatops.errors import AuthorityError
from chatops.ledger.store import Ledger
from tests.unit.access import NOW, Office

MODULE = "/usr/lib/softhsm/libsofthsm2.so"
PIN = "kenari-123456"


def make(label: str, number: str = "") -> None:
    """A key on the token, as the page for operators says."""
    words = ["pkcs11-tool", "--module", MODULE, "--login", "--pin", PIN, "--keypairgen", "--key-type", "EC:prime256v1"]
    own = number or label.encode().hex()
    subprocess.run([*words, "--label", label, "--id", own], capture_output=True, check=True)


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    """A register, and a token with three keys."""
    (tmp_path / "tokens").mkdir()
    settings = tmp_path / "softhsm2.conf"
    settings.write_text(f"directories.tokendir = {tmp_path / 'tokens'}\nobjectstore.backend = file\n")
    monkeypatch.setenv("SOFTHSM2_CONF", str(settings))
    words = ["softhsm2-util", "--init-token", "--free", "--label", "spse", "--so-pin", "12345678", "--pin", PIN]
    subprocess.run(words, capture_output=True, check=True)
    ledger = Ledger.open(f"sqlite:///{tmp_path / 'ledger.db'}")
    keyring = Keyring(tmp_path / "authority", Passphrases({}, lambda _: PIN))
    yield Office(tmp_path, Register(ledger, "penjaga", keyring), House(ledger, "penjaga", keyring))
    ledger.close()


def test_keys_of_a_token_sign_and_follow_each_other(desk: Office) -> None:
    with pytest.raises(AuthorityError, match="kunci berlabel spse-user-1"):
        desk.house.init(MODULE)
    make("spse-user-1")
    with pytest.raises(AuthorityError, match=r"spse-host-1 \(yang ada: spse-user-1\)"):
        desk.house.init(MODULE)
    make("spse-host-1")
    make("spse-krl-1")
    # What was made stays, and what was lacking is made.
    made = desk.house.init(MODULE)
    assert [each.state for each in made] == ["signing"] * 3
    _, certificate = desk.granted()
    found = load_ssh_public_identity(certificate.encode())
    assert certificate.split()[0] == "ssh-ed25519-cert-v01@openssh.com"
    assert b"operator@mamuju" in getattr(found, "valid_principals", [])
    desk.publish(NOW)
    assert (desk.published / "authorities.pub").read_text().split() == made[0].public.split()
    # Nothing of it has come to this machine.
    assert not (desk.folder / "authority").exists()
    make("spse-user-2")
    assert desk.house.rotate("user", MODULE).name == "user-2"


def test_a_wrong_pin_signs_nothing(desk: Office) -> None:
    for purpose in ("user", "host", "krl"):
        make(f"spse-{purpose}-1")
    desk.house.init(MODULE)
    number = desk.by("budi@meja").ask(desk.request(), NOW).number
    keyring = replace(desk.register.keyring, passphrases=Passphrases({}, lambda _: "0000"))
    with pytest.raises(AuthorityError, match="kata sandi atau PIN salah"):
        replace(desk.by("kepala@meja"), keyring=keyring).approve(number, NOW)


def test_what_another_key_has_signed_is_thrown_away(desk: Office) -> None:
    # OpenSSH finds a private key by its id: of several with one id it takes any.
    for purpose in ("user", "host", "krl"):
        make(f"spse-{purpose}-1", "01")
    desk.house.init(MODULE)
    said = []
    for own in desk.house.all():
        try:
            with desk.register.keyring.agent(own) as agent:
                agent.signature(b"x", "spse-access-krl")
        except AuthorityError as error:
            said.append(str(error))
    # One of the three is the one that it takes for all.
    assert len(said) == 2
    assert all("--id sendiri" in each for each in said)
