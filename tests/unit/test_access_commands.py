"""`spse-ops access`, as people and programs call it; and that no secret is left anywhere."""

import io
import json
import os
import subprocess
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from chatops.access.authority import House
from chatops.access.place import Place
from chatops.ledger.store import Ledger
from chatops.settings import Records
from tests.unit.access import key_pair, seat
from tests.unit.conftest import SpseOps

CANARY = "kenari-rahasia-yang-panjang"
GRANT = ["--role", "operator", "--for", "4h", "--from", "203.0.113.7/32", "--reason", "perbaikan"]


@pytest.fixture
def ops(spse_ops: SpseOps, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SpseOps:
    """With an authority."""
    (tmp_path / "passphrase").write_text(CANARY + "\n")
    (tmp_path / "passphrase").chmod(0o600)
    monkeypatch.setenv("SPSE_OPS_ACCESS_PASSPHRASE", str(tmp_path / "passphrase"))
    # Its keys are quick to open; those that people make are slow on purpose.
    kept = Ledger.open(Records.from_environment().url)
    keyring = replace(Place.from_environment().keyring, rounds=1)
    House(kept, "penjaga", keyring).init()
    kept.close()
    hosts = "m1: {spse_lpse: mamuju}, b1: {spse_lpse: bogor}"
    (tmp_path / "hosts.yml").write_text(f"all: {{vars: {{ansible_connection: local}}, hosts: {{{hosts}}}}}\n")
    monkeypatch.setenv("SPSE_OPS_INVENTORY", str(tmp_path / "hosts.yml"))
    monkeypatch.delenv("SPSE_OPS_RULES", raising=False)
    monkeypatch.delenv("SUDO_USER", raising=False)
    seat(tmp_path / "rules.yml", "penguji")
    return spse_ops


def asked(ops: SpseOps, tmp_path: Path, person: str = "budi", lpse: str = "mamuju") -> str:
    """The number of a request."""
    key = tmp_path / "keys" / person
    if not key.exists():
        key_pair(key.parent, person)
    code, out, err = ops("access", "grant", lpse, "--person", person, "--key", f"{key}.pub", *GRANT)
    assert code == 0, err
    return out.splitlines()[0]


def listed(ops: SpseOps, *words: str) -> list[dict[str, object]]:
    """The register, for programs."""
    code, out, err = ops("access", "list", "--json", *words)
    assert code == 0, err
    found = json.loads(out)["grants"]
    assert isinstance(found, list)
    return found


def test_asked_approved_used_and_revoked(ops: SpseOps, tmp_path: Path) -> None:
    seat(tmp_path / "rules.yml", "dewi")
    number = asked(ops, tmp_path)
    out = tmp_path / "out"
    code, _, err = ops("access", "approve", number, "--out", str(out))
    assert code == 1
    assert "persetujuan harus dari orang lain" in err
    assert (
        "somebody else has to approve it. Nothing was changed."
        in ops("access", "approve", number, "--out", str(out), "--lang", "en")[2]
    )
    # Where it cannot be written nothing is signed.
    assert "tidak dapat ditulis" in ops("access", "approve", number, "--out", str(tmp_path / "passphrase"))[2]
    seat(tmp_path / "rules.yml", "kepala")
    code, told, err = ops("access", "approve", number, "--out", str(out))
    assert code == 0, err
    assert "lkpp-operator@SERVER" in told
    certificate = out / f"{number}-cert.pub"
    assert subprocess.run(["ssh-keygen", "-L", "-f", certificate], capture_output=True, check=False).returncode == 0
    (grant,) = listed(ops)
    assert {name: grant[name] for name in ("number", "lpse", "role", "person", "state", "uses", "flags")} == {
        "number": number,
        "lpse": "mamuju",
        "role": "operator",
        "person": "budi",
        "state": "active",
        "uses": 0,
        "flags": [],
    }
    login = {
        "serial": grant["serial"],
        "host": "mamuju",
        "at": grant["asked_at"],
        "from": "203.0.113.7",
        "role": "operator",
    }
    (tmp_path / "logins").write_text(json.dumps(login) + "\n")
    assert json.loads(ops("access", "used", str(tmp_path / "logins"), "--json")[1]) == {
        "new": 1,
        "known": 0,
        "unknown": [],
        "reviews": [],
    }
    assert listed(ops)[0]["uses"] == 1
    code, told, _ = ops("access", "revoke", number, "--reason", "selesai")
    assert (code, told.splitlines()) == (
        0,
        [f"{number}: dicabut", "Bawa ke server sekarang: `spse-ops access-krl --semua`"],
    )
    krl = tmp_path / "state" / "access" / "krl"
    asks = ["ssh-keygen", "-Q", "-f", str(krl), str(certificate)]
    assert subprocess.run(asks, capture_output=True, check=False).returncode == 1
    assert listed(ops, "--state", "active") == []
    assert listed(ops, "--person", "sari") == listed(ops, "--lpse", "bogor") == listed(ops, "--flagged") == []


def test_the_list_for_people(ops: SpseOps, tmp_path: Path) -> None:
    assert ops("access", "list")[1] == "Tidak ada.\n"
    numbers = [asked(ops, tmp_path), asked(ops, tmp_path)]
    _, out, _ = ops("access", "list", "--lang", "en")
    assert out.splitlines()[0].split()[:5] == ["NUMBER", "PERSON", "LPSE", "ROLE", "STATE"]
    assert out.splitlines()[1].split()[:5] == [numbers[0], "budi", "mamuju", "operator", "asked"]
    code, out, err = ops("access", "list", "--limit", "1")
    assert (code, numbers[0] in out, numbers[1] in out, err) == (
        0,
        False,
        True,
        "… 1 yang lebih lama; --limit 0 untuk semuanya\n",
    )


def test_a_login_that_nobody_was_given_is_an_alarm(ops: SpseOps, tmp_path: Path) -> None:
    login = {
        "serial": 99,
        "host": "mamuju",
        "at": "2026-11-20T10:00:00+07:00",
        "from": "198.51.100.1",
        "role": "operator",
    }
    (tmp_path / "logins").write_text(json.dumps(login))
    code, out, _ = ops("access", "used", str(tmp_path / "logins"))
    assert code == 1
    assert "ALARM: 1 kali masuk" in out
    assert ops("access", "used", str(tmp_path / "logins"))[0] == 0
    assert "ALARM: 1 kali masuk" in ops("access", "list")[1]
    assert ops("access", "used", str(tmp_path / "nowhere"))[0] == 1


def test_a_refusal_and_a_renewal(ops: SpseOps, tmp_path: Path) -> None:
    number = asked(ops, tmp_path)
    assert ops("access", "refuse", number, "--reason", "belum perlu")[0] == 1
    seat(tmp_path / "rules.yml", "dewi")
    assert ops("access", "refuse", number, "--reason", "belum perlu")[1] == f"{number}: ditolak\n"
    first = json.loads(ops("access", "krl", "--json")[1])
    second = json.loads(ops("access", "krl", "--json")[1])
    assert second["sequence"] == first["sequence"] + 1
    assert json.loads((tmp_path / "state" / "access" / "krl.json").read_text()) == second


def test_what_was_revoked_stays_so_when_the_list_cannot_be_signed(ops: SpseOps, tmp_path: Path) -> None:
    number = asked(ops, tmp_path)
    seat(tmp_path / "rules.yml", "kepala")
    ops("access", "approve", number, "--out", str(tmp_path))
    (tmp_path / "passphrase").write_text("bukan yang ini sama sekali\n")
    code, out, err = ops("access", "revoke", number, "--reason", "hilang")
    assert (code, out) == (1, "")
    assert "dicabut, dan itu tercatat; tetapi daftar untuk server BELUM dibuat" in err
    assert "spse-ops access krl" in err
    assert listed(ops)[0]["state"] == "revoked"
    (tmp_path / "passphrase").write_text(CANARY + "\n")
    assert ops("access", "krl")[0] == 0


def test_an_authority_is_made_once_and_published(
    spse_ops: SpseOps, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SPSE_OPS_ACCESS_PASSPHRASE", raising=False)
    # Each twice when it is made; that of the list once more, to sign the first.
    monkeypatch.setattr("sys.stdin", io.StringIO("\n".join([CANARY] * 7)))
    code, out, err = spse_ops("access", "authority", "init", "--json")
    assert code == 0, err
    assert [each["state"] for each in json.loads(out)] == ["signing"] * 3
    assert {each.name for each in (tmp_path / "state" / "access").iterdir()} == {
        ".lock",
        "authorities.pub",
        "known_hosts",
        "krl",
        "krl.json",
        "krl.json.sig",
        "signers",
    }
    assert spse_ops("access", "authority", "init")[0] == 1


def test_keys_of_the_authority_by_command(ops: SpseOps, tmp_path: Path) -> None:
    code, out, _ = ops("access", "authority", "rotate", "user", "--json")
    assert (code, json.loads(out)[0]["state"]) == (0, "trusted")
    assert ops("access", "authority", "rotate", "user", "--sign")[0] == 1
    assert ops("access", "authority", "rotate", "user", "--sign", "--reached")[0] == 0
    assert ops("access", "authority", "retire", "user-1")[0] == 0
    shown = json.loads(ops("access", "authority", "show", "--json")[1])
    assert [(each["name"], each["state"]) for each in shown] == [
        ("user-1", "retired"),
        ("host-1", "signing"),
        ("krl-1", "signing"),
        ("user-2", "signing"),
    ]
    key = key_pair(tmp_path / "host", "ssh_host_ed25519_key")
    code, out, _ = ops("access", "host", f"{key}.pub", "--name", "mamuju", "--name", "10.0.0.1", "--out", str(tmp_path))
    assert (code, out.splitlines()[1].split()[:2]) == (0, ["@cert-authority", "mamuju,10.0.0.1"])
    assert (tmp_path / "ssh_host_ed25519_key-cert.pub").exists()


def test_an_emergency_by_command(ops: SpseOps, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "segel"
    seat(tmp_path / "rules.yml", "kepala")
    words = ["access", "seal", "mamuju", "--from", "203.0.113.0/24", "--out", str(folder), "--json"]
    number = json.loads(ops(*words)[1])["number"]
    shares = []
    for name in ("surat-a-lkpp.txt", "surat-b-lpse.txt"):
        lines = (folder / name).read_text().splitlines()
        shares.append(" ".join(line.strip() for line in lines if line.startswith("    ")))
    reader, writer = os.pipe()
    os.write(writer, "\n".join([*shares, ""]).encode() * 2)
    os.close(writer)
    seat(tmp_path / "rules.yml", "dewi")
    with os.fdopen(reader) as stdin:
        monkeypatch.setattr("sys.stdin", stdin)
        code, out, err = ops("access", "open", str(folder), "--out", str(tmp_path / "kunci"))
        assert code == 0, err
        assert "lkpp-darurat@SERVER" in out
        assert listed(ops)[0]["flags"] == ["review", "seal-broken"]
        # Without any ledger the way in is open all the same, and says that nobody was told.
        monkeypatch.setenv("SPSE_OPS_LEDGER", "postgresql://spse@127.0.0.1:1/nowhere")
        code, out, _ = ops("access", "open", str(folder), "--out", str(tmp_path / "lagi"))
        assert code == 0
        assert "TIDAK TERCATAT" in out
        monkeypatch.delenv("SPSE_OPS_LEDGER")
    assert "tidak dapat meninjaunya sendiri" in ops("access", "review", number, "--note", "jaringan putus")[2]
    seat(tmp_path / "rules.yml", "kepala")
    assert ops("access", "review", number, "--note", "jaringan putus")[0] == 0
    assert listed(ops)[0]["flags"] == ["seal-broken"]


class Watch:
    """Looks at the command lines and environments of all processes, for as long as something else goes on."""

    def __init__(self) -> None:
        """Begin."""
        self.seen: set[bytes] = set()
        self.programs: set[bytes] = set()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look)
        self._thread.start()

    def _look(self) -> None:
        while not self._over.is_set():
            for process in Path("/proc").glob("[0-9]*"):
                try:
                    words = (process / "cmdline").read_bytes()
                    told = words + (process / "environ").read_bytes()
                except OSError:
                    continue
                self.programs.add(words.partition(b"\0")[0])
                self.seen |= {secret for secret in (CANARY.encode(),) if secret in told}

    def end(self) -> None:
        """End."""
        self._over.set()
        self._thread.join()


def test_no_secret_is_left_anywhere(ops: SpseOps, tmp_path: Path) -> None:
    watch = Watch()
    said = []
    try:
        number = asked(ops, tmp_path)
        seat(tmp_path / "rules.yml", "kepala")
        folder = tmp_path / "segel"
        for words in (
            ("approve", number, "--out", str(tmp_path / "out")),
            ("revoke", number, "--reason", f"kata sandi: {CANARY}"),
            ("seal", "mamuju", "--from", "203.0.113.0/24", "--out", str(folder)),
            ("authority", "rotate", "user"),
            ("list", "--json"),
        ):
            code, out, err = ops("access", *words)
            assert code == 0, err
            said += [out, err]
    finally:
        watch.end()
    # It has looked while keys were opened and certificates signed.
    assert {b"ssh-agent", b"ssh-add", b"ssh-keygen"} <= watch.programs
    assert watch.seen == set()
    secrets = [CANARY]
    for letter in folder.glob("surat-*.txt"):
        lines = [line.strip() for line in letter.read_text().splitlines() if line.startswith("    ")]
        secrets += [group for line in lines for group in line.split() if len(group) > 1]
    assert len(secrets) == 1 + 2 * 9
    state = [path for path in (tmp_path / "state").rglob("*") if path.is_file()]
    assert len(state) > 10
    content = b"".join(path.read_bytes() for path in state) + "".join(said).encode()
    assert [secret for secret in secrets if secret.encode() in content] == []
    assert b"PRIVATE KEY" not in b"".join(path.read_bytes() for path in state if "authority" not in path.parts)


def test_a_misspelt_name_is_told_before_anybody_waits(ops: SpseOps, tmp_path: Path) -> None:
    key = key_pair(tmp_path / "keys", "budi")
    words = ["--person", "budi", "--key", f"{key}.pub", *GRANT]
    code, _, err = ops("access", "grant", "mamju", *words)
    assert (code, "Maksud Anda `mamuju`?" in err) == (1, True)
    code, _, err = ops("access", "grant", "mamuju", "--key", f"{key}.pub", "--person", "budu", *GRANT)
    assert (code, "maksud Anda `budi`?" in err) == (1, True)
    assert listed(ops) == []
    # Nobody named is whoever asks.
    assert ops("access", "grant", "mamuju", "--key", f"{key}.pub", *GRANT)[0] == 0
    assert [each["person"] for each in listed(ops)] == ["penguji"]


def test_the_register_on_paper(ops: SpseOps, tmp_path: Path) -> None:
    number, other = asked(ops, tmp_path), asked(ops, tmp_path, "sari", "bogor")
    login = {"serial": 99, "host": "mamuju", "at": "2026-11-20T10:00:00+07:00", "from": "x", "role": "operator"}
    (tmp_path / "logins").write_text(json.dumps(login))
    ops("access", "used", str(tmp_path / "logins"))
    code, out, err = ops(
        "access", "report", "--lpse", "mamuju", "--since", "2026-01-01T00:00+07:00", "--out", str(tmp_path)
    )
    assert code == 0, err
    paper = subprocess.run(
        ["pdftotext", "-layout", out.splitlines()[1], "-"], capture_output=True, check=True, text=True
    ).stdout
    page = (tmp_path / "akses.html").read_text()
    for told in (number, "budi", "operator", "perbaikan", "203.0.113.7/32", "diminta", "ALARM"):
        assert told in page
        assert told in paper
    assert other not in page
    assert "Tidak ada." in page
    code, out, _ = ops("access", "report", "--since", "2030-01-01T00:00+07:00", "--out", str(tmp_path), "--json")
    assert json.loads(out) == [str(tmp_path / "akses.html"), str(tmp_path / "akses.pdf")]
    assert number not in (tmp_path / "akses.html").read_text()


def test_without_the_file_of_rights_it_says_what_to_do(ops: SpseOps, tmp_path: Path) -> None:
    (tmp_path / "rules.yml").unlink()
    key = key_pair(tmp_path / "keys", "budi")
    words = ["access", "grant", "mamuju", "--person", "budi", "--key", f"{key}.pub", *GRANT]
    code, _, err = ops(*words)
    assert code == 1
    assert f"Berkas hak akses {tmp_path / 'rules.yml'} tidak dapat dipakai: belum ada. Salin" in err
    assert "`inventory/example/rules.yml` ke sana" in err
    assert "Copy `inventory/example/rules.yml` there" in ops(*words, "--lang", "en")[2]
    assert listed(ops) == []


def test_whether_somebody_may_open_is_asked_where_it_can_be_told(
    ops: SpseOps, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, rules = tmp_path / "segel", tmp_path / "rules.yml"
    seat(rules, "kepala")
    assert ops("access", "seal", "mamuju", "--from", "203.0.113.0/24", "--out", str(folder))[0] == 0
    shares = []
    for letter in sorted(folder.glob("surat-*.txt")):
        lines = letter.read_text().splitlines()
        shares.append(" ".join(line.strip() for line in lines if line.startswith("    ")))
    for who in ("agus", "eko", "sari"):
        seat(rules, who)
        monkeypatch.setattr("sys.stdin", io.StringIO("\n".join([*shares, ""])))
        code, out, err = ops("access", "open", str(folder), "--out", str(tmp_path / "kunci"))
        assert (code, out, "tidak berhak membuka akses darurat untuk mamuju" in err) == (1, "", True)
    assert not (tmp_path / "kunci").exists()
    # On the office's own machine there is no such file, and nobody to ask.
    rules.unlink()
    monkeypatch.setattr("sys.stdin", io.StringIO("\n".join([*shares, ""])))
    code, out, _ = ops("access", "open", str(folder), "--out", str(tmp_path / "kunci"))
    assert code == 0
    assert "yang mengizinkan hanya kedua bagian itu" in out
    assert listed(ops)[0]["flags"] == ["review", "seal-broken"]
