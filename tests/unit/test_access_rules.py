"""What access may be: spans, networks, keys that people hand in, shares on paper, passphrases."""

import base64
import itertools
import os
import subprocess
from datetime import timedelta
from pathlib import Path

import pytest

from chatops.access import keys, rules, shares
from chatops.access.passphrases import Passphrases
from chatops.access.place import Place
from chatops.access.rules import Limits
from chatops.errors import AccessError, KeyRefusedError, PassphraseError, ShareError
from tests.unit.access import key_pair


def test_spans_and_their_limits() -> None:
    assert rules.span("4h") == timedelta(hours=4)
    assert rules.span("30m") == timedelta(minutes=30)
    for wrong in ("4", "0h", "-4h", "4 h", "4h30m", "h", "999999d"):
        with pytest.raises(AccessError, match="bukan jangka waktu"):
            rules.span(wrong)
    assert rules.allowed("auditor", timedelta(hours=8), Limits())
    for lasts in (timedelta(hours=8, seconds=1), timedelta(minutes=4)):
        with pytest.raises(AccessError, match="antara 5 menit dan 8 jam"):
            rules.allowed("operator", lasts, Limits())
    with pytest.raises(AccessError, match="access seal"):
        rules.allowed("darurat", timedelta(hours=1), Limits())
    with pytest.raises(AccessError, match="peran `root` tidak ada"):
        rules.allowed("root", timedelta(hours=1), Limits())


def test_networks_that_are_somebodys() -> None:
    assert rules.sources(["203.0.113.7", "203.0.113.7/32", "2001:db8::/64"]) == ("203.0.113.7/32", "2001:db8::/64")
    for wrong, why in (
        ("0.0.0.0/0", "terlalu luas"),
        ("128.0.0.0/1", "terlalu luas"),
        ("::/0", "terlalu luas"),
        ("203.0.113.7/24", "bukan alamat atau jaringan"),
        ("kantor", "bukan alamat atau jaringan"),
        ("203.0.113.7/32,0.0.0.0/0", "bukan alamat atau jaringan"),
    ):
        with pytest.raises(AccessError, match=why):
            rules.sources([wrong])
    with pytest.raises(AccessError, match="dari alamat mana"):
        rules.sources([])


def test_names_that_can_stand_in_a_certificate() -> None:
    assert rules.slug("budi.s-2", rules.PERSON) == "budi.s-2"
    for wrong in ("", "Budi", "budi,root", "budi s", "budi@lain", "*", "-o", "a" * 65, "budi\n"):
        with pytest.raises(AccessError, match="bukan nama orang"):
            rules.slug(wrong, rules.PERSON)


@pytest.mark.parametrize(("kind", "options"), [("ed25519", ()), ("ecdsa", ("-b", "521")), ("rsa", ("-b", "3072"))])
def test_public_keys_that_are_taken(tmp_path: Path, kind: str, options: tuple[str, ...]) -> None:
    file = key_pair(tmp_path, "kunci", kind, *options).with_name("kunci.pub")
    found = keys.read(file)
    told = subprocess.run(["ssh-keygen", "-l", "-f", file], capture_output=True, check=True, text=True).stdout
    assert found.fingerprint == told.split()[1]
    assert found.line == " ".join(file.read_text().split()[:2])


def test_keys_that_are_refused(tmp_path: Path) -> None:
    private = key_pair(tmp_path, "kunci")
    own = private.with_name("kunci.pub").read_text()
    kind, blob = own.split()[:2]
    raw = base64.b64decode(blob)
    small = key_pair(tmp_path, "kecil", "rsa", "-b", "2048").with_name("kecil.pub").read_text()
    refused = {
        private.read_text(): "kunci PRIBADI",
        "PuTTY-User-Key-File-3: ssh-ed25519": "kunci PRIBADI",
        small: "RSA 2048 bit terlalu pendek",
        f"ssh-ed25519-cert-v01@openssh.com {blob}": "itu sertifikat",
        f"ssh-dss {blob}": "jenisnya tidak diterima",
        f'command="sh" {own}': "jenisnya tidak diterima",
        own + own: "tepat satu kunci",
        "": "tepat satu kunci",
        "ssh-ed25519": "tepat satu kunci",
        "\N{LATIN SMALL LETTER E WITH ACUTE} x": "tepat satu kunci",
        f"ssh-rsa {blob}": "rusak",
        f"{kind} {blob[:-8]}": "rusak",
        f"{kind} {base64.b64encode(raw + b'x').decode()}": "rusak",
        f"{kind} {base64.b64encode(raw + bytes(4)).decode()}": "rusak",
        f"{kind} !!!": "rusak",
        "x" * 20_000: "tepat satu kunci",
    }
    for number, (content, why) in enumerate(refused.items()):
        file = tmp_path / f"{number}.pub"
        file.write_text(content)
        with pytest.raises(KeyRefusedError, match=why) as error:
            keys.read(file)
        # Of a private key nothing may be shown, not even to who has handed it in.
        assert content == "" or content.splitlines()[0][:40] not in str(error.value)
    with pytest.raises(KeyRefusedError, match="tidak dapat dibaca"):
        keys.read(tmp_path / "nowhere")


def test_a_key_on_a_token_of_hardware_is_taken() -> None:
    parts = [b"sk-ssh-ed25519@openssh.com", bytes(range(32)), b"ssh:"]
    blob = base64.b64encode(b"".join(len(part).to_bytes(4) + part for part in parts)).decode()
    assert keys.parse(f"sk-ssh-ed25519@openssh.com {blob} budi".encode(), "x").blob == blob


def test_two_shares_make_the_passphrase_and_one_tells_nothing() -> None:
    whole = shares.split("AKS-2026-000007")
    first, second = whole.shares
    assert shares.join("AKS-2026-000007", first, second) == whole.passphrase
    assert shares.join("AKS-2026-000007", f" {second.lower()} ", first.replace("-", " ")) == whole.passphrase
    assert len(whole.passphrase) == 32
    # Another second share of the same first one makes another passphrase: the first tells of none.
    assert len({shares.split("x").passphrase for _ in range(100)}) == 100
    with pytest.raises(ShareError, match="keduanya bagian A"):
        shares.join("AKS-2026-000007", first, first)
    with pytest.raises(ShareError, match="milik segel lain"):
        shares.join("AKS-2026-000008", first, second)
    with pytest.raises(ShareError, match="8 kelompok sesudah huruf pertama"):
        shares.join("AKS-2026-000007", first.rpartition("-")[0], second)
    with pytest.raises(ShareError, match="huruf A atau B"):
        shares.join("AKS-2026-000007", "", second)


def test_every_slip_of_a_finger_is_seen() -> None:
    first, second = shares.split("AKS-2026-000007").shares
    tried, named = 0, 0
    for place, letter in itertools.product(range(2, len(first)), "A7"):
        if first[place] in {"-", letter}:
            continue
        wrong = first[:place] + letter + first[place + 1 :]
        with pytest.raises(ShareError) as error:
            shares.join("AKS-2026-000007", wrong, second)
        tried += 1
        named += f"kelompok ke-{(place - 2) // 6 + 1} salah ketik" in str(error.value)
    # One letter proves a group: of 32 slips about one is only seen by the last group, which proves them all.
    assert tried > 70
    assert named > tried * 3 // 4


def test_where_passphrases_come_from(tmp_path: Path) -> None:
    folder = tmp_path / "credentials"
    folder.mkdir()
    (folder / "spse-access").write_text("untuk-semua-kunci\n")
    (folder / "spse-access-krl").write_text("untuk-daftar-saja\n")
    for path in folder.iterdir():
        path.chmod(0o400)
    found = Passphrases.from_environment({"CREDENTIALS_DIRECTORY": str(folder)})
    assert [found.get(each).revealed for each in rules.PURPOSES] == [
        "untuk-semua-kunci",
        "untuk-semua-kunci",
        "untuk-daftar-saja",
    ]
    named = {"SPSE_OPS_ACCESS_PASSPHRASE_USER": str(folder / "spse-access-krl")}
    assert Passphrases.from_environment(named).get("user").revealed == "untuk-daftar-saja"
    (folder / "spse-access").chmod(0o640)
    with pytest.raises(PassphraseError, match="chmod 600"):
        found.get("user")
    (folder / "spse-access").chmod(0o600)
    for content, why in (("", "tepat satu baris"), ("a\nb", "tepat satu baris"), ("pendek", "terlalu pendek")):
        (folder / "spse-access").write_text(content)
        with pytest.raises(PassphraseError, match=why):
            found.new("user")
    with pytest.raises(PassphraseError, match="tidak dapat dibaca"):
        Passphrases({"user": tmp_path / "nowhere"}).get("user")


def test_what_is_typed_is_typed_twice() -> None:
    answers = iter(["kata-sandi-panjang", "kata-sandi-panjan", ""])
    typed = Passphrases({}, lambda _: next(answers))
    with pytest.raises(PassphraseError, match="tidak sama"):
        typed.new("user")
    with pytest.raises(PassphraseError, match="tidak diisi"):
        typed.get("user")


def test_where_things_are(tmp_path: Path) -> None:
    environment = {"SPSE_OPS_STATE": str(tmp_path), "SPSE_OPS_ACCESS_HOURS": "12"}
    place = Place.from_environment(environment)
    assert (place.published, place.keyring.folder) == (tmp_path / "access", tmp_path / "authority")
    assert (place.limits.hours, place.limits.lease) == (12, timedelta(hours=26))
    elsewhere = Place.from_environment(environment | {"SPSE_OPS_AUTHORITY": "/srv/kunci"})
    assert elsewhere.keyring.folder == Path("/srv/kunci")
    for wrong in ("0", "25", "x", "-1"):
        with pytest.raises(AccessError, match="bilangan 1 sampai 24"):
            Place.from_environment(environment | {"SPSE_OPS_ACCESS_HOURS": wrong})


def test_what_answers_openssh_can_be_run() -> None:
    assert os.access(Path(rules.__file__).with_name("askpass"), os.X_OK)
