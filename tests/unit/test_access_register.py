"""The register of access, its certificates and its list of what was revoked, with the real programs of OpenSSH."""

import hashlib
import json
import subprocess
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    SSHCertificate,
    load_ssh_public_identity,
)

from chatops.access import keys
from chatops.access.grant import Grant
from chatops.access.openssh import Wanted
from chatops.access.passphrases import Passphrases, Secret
from chatops.access.records import grants
from chatops.access.rules import Limits
from chatops.errors import AccessError, AuthorityError, GrantError, UnknownGrantError
from chatops.ledger.store import Ledger
from tests.unit.access import LIMITS, NOW, Office, key_pair, office, public

HOUR = timedelta(hours=1)


@pytest.fixture
def desk(ledger: Ledger, tmp_path: Path) -> Office:
    """A new register."""
    return office(tmp_path, ledger)


def read(certificate: str) -> SSHCertificate:
    """A certificate as somebody else's code reads it."""
    found = load_ssh_public_identity(certificate.encode())
    assert isinstance(found, SSHCertificate)
    found.verify_cert_signature()
    return found


def revoked(published: Path, folder: Path, certificate: str) -> bool:
    """Whether OpenSSH takes a certificate for revoked."""
    (folder / "asked-cert.pub").write_text(certificate + "\n")
    words = ["ssh-keygen", "-Q", "-f", str(published / "krl"), str(folder / "asked-cert.pub")]
    return subprocess.run(words, capture_output=True, check=False).returncode != 0


def genuine(published: Path) -> bool:
    """Whether a host takes the statement for ours, and for that of this list."""
    words = [
        "ssh-keygen",
        "-Y",
        "verify",
        "-f",
        str(published / "signers"),
        "-I",
        "spse-access",
        "-n",
        "spse-access-krl",
    ]
    text = (published / "krl.json").read_bytes()
    done = subprocess.run(
        [*words, "-s", str(published / "krl.json.sig")], capture_output=True, check=False, input=text
    ).returncode
    said = json.loads(text)["sha256"]
    return done == 0 and said == hashlib.sha256((published / "krl").read_bytes()).hexdigest()


def grant_in(desk: Office, number: str) -> Grant:
    """As the ledger has it."""
    with desk.register.ledger.reading() as reader:
        return next(each for each in grants(reader) if each.number == number)


def test_from_a_request_to_a_certificate(desk: Office) -> None:
    asked = desk.by("budi@meja").ask(desk.request(), NOW)
    assert asked.number == f"AKS-{NOW.year}-000001"
    assert asked.state(NOW, LIMITS) == "asked"
    grant, certificate = desk.by("kepala@meja").approve(asked.number, NOW + HOUR)
    found = read(certificate)
    assert found.key_id == b"budi/" + asked.number.encode()
    assert found.valid_principals == [b"operator@mamuju"]
    assert found.critical_options == {b"source-address": b"203.0.113.7/32,127.0.0.1/32"}
    assert found.extensions == {b"permit-pty": b""}
    assert found.valid_after == int((NOW + HOUR).timestamp()) - 60
    assert found.valid_before == int((NOW + 5 * HOUR).timestamp())
    # Whoever sees a serial in a log finds the event that it is of.
    with desk.register.ledger.reading() as reader:
        event = next(each for each in reader.events() if each.seq == found.serial)
    assert (event.kind, event.subject) == ("access.granted", asked.number)
    assert grant.serial == found.serial
    assert [grant.state(NOW + each * HOUR, LIMITS) for each in (1, 4, 5)] == ["active", "active", "expired"]
    # Said again, it is the same; nothing else is signed.
    before = desk.register.ledger.verify()
    assert desk.by("kepala@meja").approve(asked.number, NOW + 2 * HOUR)[1] == certificate
    assert desk.register.ledger.verify() == before


def test_two_people_neither_of_whom_gets_in(desk: Office) -> None:
    number = desk.by("wati@meja").ask(desk.request("budi"), NOW).number
    for actor in ("wati@lain", "Budi@meja"):
        with pytest.raises(GrantError, match="persetujuan harus dari orang lain"):
            desk.by(actor).approve(number, NOW)
    assert grant_in(desk, number).state(NOW, LIMITS) == "asked"


def test_what_is_over_cannot_be_approved(desk: Office) -> None:
    number = desk.by("budi@meja").ask(desk.request(), NOW).number
    with pytest.raises(GrantError, match="kedaluwarsa; minta lagi"):
        desk.by("kepala@meja").approve(number, NOW + 25 * HOUR)
    desk.by("kepala@meja").refuse(number, "belum perlu", NOW)
    with pytest.raises(GrantError, match="sudah ditolak"):
        desk.by("kepala@meja").approve(number, NOW)
    done, _ = desk.granted("sari")
    desk.register.revoke("selesai", number=done.number, now=NOW)
    for actor in ("kepala@meja", "lain@meja"):
        with pytest.raises(GrantError, match="sudah dicabut"):
            desk.by(actor).approve(done.number, NOW)
    with pytest.raises(UnknownGrantError):
        desk.by("kepala@meja").approve("AKS-2026-999999", NOW)


def test_a_key_is_one_persons(desk: Office) -> None:
    desk.granted("budi")
    wrong = replace(desk.request("budi"), person="sari")
    with pytest.raises(AccessError, match="pernah dipakai oleh budi"):
        desk.by("sari@meja").ask(wrong, NOW)
    authority = desk.house.all()[0]
    stolen = replace(desk.request("budi"), key=keys.parse(authority.public.encode(), "x"))
    with pytest.raises(AccessError, match="otoritas user-1"):
        desk.by("sari@meja").ask(stolen, NOW)
    # Asked again by the same person it is fine.
    assert desk.by("budi@meja").ask(desk.request("budi"), NOW).number.endswith("2")


def test_what_was_revoked_is_on_the_list_at_once(desk: Office, tmp_path: Path) -> None:
    (one, first), (two, second), (_, third) = (
        desk.granted("budi"),
        desk.granted("sari"),
        desk.granted("budi", "bogor"),
    )
    waiting = desk.by("budi@meja").ask(desk.request("budi"), NOW)
    desk.publish(NOW)
    assert genuine(desk.published)
    assert not any(revoked(desk.published, tmp_path, each) for each in (first, second, third))
    ended = desk.register.revoke("pindah tugas", person="budi", now=NOW)
    assert len(ended) == 3
    assert grant_in(desk, waiting.number).state(NOW, LIMITS) == "refused"
    statement = desk.publish(NOW)
    assert (statement.sequence, statement.revoked) == (2, 2)
    assert genuine(desk.published)
    assert [revoked(desk.published, tmp_path, each) for each in (first, second, third)] == [True, False, True]
    assert (grant_in(desk, one.number).revoked_for, grant_in(desk, two.number).revoked) == ("pindah tugas", None)
    with pytest.raises(AccessError, match="tidak ada yang berlaku"):
        desk.register.revoke("lagi", person="budi", now=NOW)
    desk.register.revoke("kantor ditutup", lpse="mamuju", now=NOW)
    desk.publish(NOW)
    assert revoked(desk.published, tmp_path, second)
    with pytest.raises(AccessError, match="salah satu saja"):
        desk.register.revoke("x", person="budi", lpse="mamuju")


def test_the_statement_says_how_long_it_may_be_believed(desk: Office) -> None:
    desk.publish(NOW)
    said = json.loads((desk.published / "krl.json").read_text())
    assert set(said) == {"sequence", "issued", "valid_until", "sha256", "authorities"}
    assert said["issued"] == (NOW - timedelta(minutes=1)).isoformat()
    assert said["valid_until"] == (NOW - timedelta(minutes=1) + 26 * HOUR).isoformat()
    assert said["authorities"] == (desk.published / "authorities.pub").read_text().split("\n")[:-1]
    # A letter changed, or a list of another day, and no host believes it.
    whole = (desk.published / "krl.json").read_text()
    (desk.published / "krl.json").write_text(whole.replace('"sequence": 1', '"sequence": 9'))
    assert not genuine(desk.published)
    (desk.published / "krl.json").write_text(whole)
    old = (desk.published / "krl").read_bytes()
    grant, _ = desk.granted()
    desk.register.revoke("x", number=grant.number, now=NOW)
    desk.publish(NOW)
    (desk.published / "krl").write_bytes(old)
    assert not genuine(desk.published)


def test_logins_are_counted_once_and_unknown_ones_are_told(desk: Office) -> None:
    grant, _ = desk.granted()

    def line(serial: int, at: str = NOW.isoformat()) -> str:
        login = {"serial": serial, "host": "mamuju", "at": at, "from": "203.0.113.7", "role": "operator"}
        return json.dumps(login)

    assert grant.serial
    lines = [line(grant.serial), "", line(grant.serial), line(999)]
    told = desk.register.use(lines, NOW)
    assert (told.new, told.known, [each["serial"] for each in told.unknown]) == (2, 1, [999])
    assert desk.register.use(lines, NOW).new == 0
    used = grant_in(desk, grant.number)
    assert used.last_used
    assert (used.last_used.host, used.last_used.source) == ("mamuju", "203.0.113.7")
    # The serial of an event that is no certificate is nobody's, too.
    assert desk.register.use([line(1)], NOW).unknown
    before = desk.register.ledger.verify()
    for wrong in ("{}", "x", line(-1), line(1, "2026-01-01T00:00:00"), line(1, (NOW + HOUR).isoformat()), "[]"):
        with pytest.raises(AccessError, match="baris 2 bukan laporan"):
            desk.register.use([line(grant.serial, "2026-11-20T10:00:00+07:00"), wrong], NOW)
    assert desk.register.ledger.verify() == before


def test_what_has_to_be_looked_at(desk: Office) -> None:
    wide = replace(desk.by("budi@meja"), limits=Limits(hours=12))
    number = wide.ask(desk.request(hours=12), NOW).number
    grant, _ = desk.by("kepala@meja").approve(number, NOW)
    assert grant.flags(NOW, LIMITS) == ["over-long"]
    assert grant.flags(NOW + 12 * HOUR, LIMITS) == ["over-long", "unused"]
    login = {"serial": grant.serial, "host": "h", "from": "x", "role": "operator"}
    desk.register.use([json.dumps(login | {"at": (NOW + 13 * HOUR).isoformat()})], NOW + 13 * HOUR)
    assert grant_in(desk, number).flags(NOW + 13 * HOUR, LIMITS) == ["over-long", "used-after-end"]


def test_one_authority_follows_another(desk: Office, tmp_path: Path) -> None:
    _, first = desk.granted("budi")
    desk.publish(NOW)
    with pytest.raises(AuthorityError, match="tidak ada kunci baru yang menunggu"):
        desk.house.switch("user", now=NOW)
    assert desk.house.rotate("user", now=NOW).state == "trusted"
    with pytest.raises(AuthorityError, match="user-2 sudah menunggu"):
        desk.house.rotate("user", now=NOW)
    # Nobody may be locked out: not before all that hosts believe has run out.
    with pytest.raises(AuthorityError, match="mungkin belum sampai"):
        desk.house.switch("user", now=NOW + 100 * HOUR)
    desk.publish(NOW + HOUR)
    assert len((desk.published / "authorities.pub").read_text().splitlines()) == 2
    with pytest.raises(AuthorityError, match="mungkin belum sampai"):
        desk.house.switch("user", now=NOW + 26 * HOUR)
    with pytest.raises(AccessError, match="user-1 sedang menandatangani"):
        desk.register.retire("user-1", now=NOW)
    assert desk.house.switch("user", now=NOW + 28 * HOUR).name == "user-2"
    _, second = desk.granted("sari", now=NOW)
    publics = [each.public for each in desk.house.all() if each.purpose == "user"]
    for certificate, signer in ((first, publics[0]), (second, publics[1])):
        own = read(certificate).signature_key()
        assert own.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode() == signer
    # Whoever has stolen it may have signed what the ledger knows nothing of.
    old = next(each for each in desk.house.all() if each.name == "user-1")
    with desk.register.keyring.agent(old) as agent:
        window = (NOW - HOUR, NOW + HOUR)
        stolen = agent.certificate(
            Wanted(desk.request().key.line, "x", 4242, ["operator@mamuju"], *window, ["::1/128"])
        )
    assert not revoked(desk.published, tmp_path, stolen)
    # The old one may go when nothing that it has signed is in force.
    with pytest.raises(AccessError, match="1 sertifikat dari user-1 masih berlaku"):
        desk.register.retire("user-1", now=NOW)
    assert desk.register.retire("user-1", revoke=True, now=NOW) == 1
    desk.publish(NOW)
    assert (desk.published / "authorities.pub").read_text().splitlines() == publics[1:]
    assert [revoked(desk.published, tmp_path, each) for each in (first, second, stolen)] == [True, False, True]
    assert [each.state for each in desk.house.all()] == ["revoked", "signing", "signing", "signing"]


def test_the_key_that_signs_lists_follows_another_too(desk: Office) -> None:
    desk.publish(NOW)
    desk.house.rotate("krl", now=NOW)
    desk.publish(NOW)
    (desk.published / "signers").rename(desk.published / "old")
    desk.house.switch("krl", reached=True, now=NOW)
    desk.register.retire("krl-1", now=NOW)
    desk.publish(NOW)
    assert genuine(desk.published)
    # A host that was told of the new one before believes it, as well.
    (desk.published / "old").rename(desk.published / "signers")
    assert genuine(desk.published)


def test_a_host_has_a_certificate_for_its_names(desk: Office, tmp_path: Path) -> None:
    key = public(key_pair(tmp_path / "host", "ssh_host_ed25519_key"))
    certificate = desk.register.certify_host(key, ("mamuju", "10.0.0.1"), NOW)
    found = read(certificate)
    assert sorted(found.valid_principals) == [b"10.0.0.1", b"mamuju"]
    assert found.valid_before == int((NOW + timedelta(weeks=52)).timestamp())
    desk.publish(NOW)
    host = next(each for each in desk.house.all() if each.purpose == "host")
    assert (desk.published / "known_hosts").read_text() == f"@cert-authority 10.0.0.1,mamuju {host.public}\n"
    with pytest.raises(AccessError, match="bukan nama host"):
        desk.register.certify_host(key, ("*",), NOW)
    # What is a host's is nobody's to log in with.
    with pytest.raises(AccessError, match="dipakai oleh server mamuju"):
        desk.by("budi@meja").ask(replace(desk.request(), key=key), NOW)
    # The same key again, with a name more.
    desk.register.certify_host(key, ("mamuju", "10.0.0.2"), NOW)


def test_a_wrong_passphrase_changes_nothing(desk: Office) -> None:
    number = desk.by("budi@meja").ask(desk.request(), NOW).number
    before = desk.register.ledger.verify()
    keyring = replace(desk.register.keyring, passphrases=Passphrases({}, lambda _: "salah-sama-sekali"))
    with pytest.raises(AuthorityError, match="kata sandi atau PIN salah"):
        replace(desk.by("kepala@meja"), keyring=keyring).approve(number, NOW)
    gone = replace(desk.register.keyring, folder=desk.folder / "nowhere")
    with pytest.raises(AuthorityError, match="tidak ada di komputer ini"):
        replace(desk.by("kepala@meja"), keyring=gone).approve(number, NOW)
    assert desk.register.ledger.verify() == before


def test_keys_at_rest_are_encrypted(desk: Office) -> None:
    files = sorted((desk.folder / "authority").glob("*-1"))
    assert [each.name for each in files] == ["host-1", "krl-1", "user-1"]
    for file in files:
        assert file.stat().st_mode & 0o777 == 0o600
        done = subprocess.run(["ssh-keygen", "-y", "-P", "", "-f", file], capture_output=True, check=False)
        assert done.returncode != 0
    assert repr(Secret("kenari")) == "Secret()"
    assert f"{Secret('kenari')}" == "***"


def test_without_an_authority_nothing_is_signed(ledger: Ledger, tmp_path: Path) -> None:
    desk = office(tmp_path, ledger)
    with pytest.raises(AuthorityError, match="sudah dibuat"):
        desk.house.init()
    other = Ledger.open(f"sqlite:///{tmp_path / 'other.db'}")
    try:
        with pytest.raises(AuthorityError, match="authority init"):
            replace(desk.register, ledger=other).certify_host(desk.request().key, ("mamuju",))
    finally:
        other.close()
