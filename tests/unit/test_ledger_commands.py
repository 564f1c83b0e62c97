"""`spse-ops change`, `calendar`, `ledger` and the clocks of `sla`, as people and programs call them."""

import json
import sqlite3
from pathlib import Path

import pytest

from tests.unit.conftest import SpseOps
from tests.unit.test_changes import a_decree

OPEN = ["change", "open", "--operation", "upgrade", "--lpse", "mamuju", "--service", "S0-5", "--mode", "remote"]
RECEIVED = ["--received", "2026-06-03T10:00+07:00"]


@pytest.fixture
def number(spse_ops: SpseOps) -> str:
    """An open change."""
    code, out, err = spse_ops(*OPEN, *RECEIVED, "--lpse-zone", "WITA", "--json")
    assert code == 0, err
    told = json.loads(out)["id"]
    assert isinstance(told, str)
    return told


def test_the_list_for_programs(spse_ops: SpseOps, number: str) -> None:
    code, out, _ = spse_ops("change", "list", "--json")
    listed = json.loads(out)
    assert code == 0
    assert {key: listed[0][key] for key in ("id", "operation", "lpse", "state", "due")} == {
        "id": number,
        "operation": "upgrade",
        "lpse": "mamuju",
        "state": "open",
        "due": "2026-06-05T16:30:00+07:00",
    }
    assert json.loads(spse_ops("change", "list", "--state", "closed", "--json")[1]) == []
    assert json.loads(spse_ops("change", "list", "--lpse", "bogor", "--json")[1]) == []


def test_a_long_list_ends_and_says_so(spse_ops: SpseOps, number: str) -> None:
    later = json.loads(spse_ops(*OPEN, *RECEIVED, "--lpse", "bogor", "--json")[1])["id"]
    code, out, err = spse_ops("change", "list", "--limit", "1", "--json")
    assert (code, [each["id"] for each in json.loads(out)]) == (0, [later])
    assert "dan 1 yang lebih lama" in err
    # One that is for two offices is in the list of each.
    for lpse, ids in (("bogor", [later]), ("mamuju", [number, later]), ("bog", []), ("%", [])):
        assert [each["id"] for each in json.loads(spse_ops("change", "list", "--lpse", lpse, "--json")[1])] == ids


def test_the_list_for_people(spse_ops: SpseOps, number: str) -> None:
    assert spse_ops("change", "list")[1].splitlines() == [
        "NOMOR            OPERASI  LPSE    KEADAAN   TENGGAT",
        f"{number}  upgrade  mamuju  berjalan  5 Juni 2026 pukul 16.30 WIB",
    ]
    assert "open   5 June 2026, 16:30 WIB" in spse_ops("change", "list", "--lang", "en")[1]


def test_pause_resume_close_reopen(spse_ops: SpseOps, number: str) -> None:
    said = spse_ops("change", "pause", number, "--reason", "menunggu surat", "--at", "2026-06-03T11:00+07:00")
    assert said[0] == 0
    assert said[1].startswith(f"{number}: dijeda, tenggat ")
    _, out, _ = spse_ops("change", "resume", number, "--at", "2026-06-03T13:30+07:00")
    assert out == f"{number}: berjalan, tenggat 8 Juni 2026 pukul 09.00 WIB\n"
    _, out, _ = spse_ops("change", "close", number, "--at", "2026-06-04T10:00+07:00", "--json")
    assert json.loads(out)["closed"]["met"] is True
    code, _, err = spse_ops("change", "close", number)
    assert (code, "sudah selesai" in err) == (1, True)
    _, out, _ = spse_ops("change", "reopen", number, "--reason", "kambuh", "--json")
    assert json.loads(out)["state"] == "open"
    judged = ["--stages", "1,2", "--reputation", "2", "--recoverability", "1", "--reason", "dinilai"]
    _, out, _ = spse_ops("change", "prioritise", number, *judged, "--json")
    assert (json.loads(out)["class"], json.loads(out)["basis"]) == ("minor", "Minor Change")
    _, out, _ = spse_ops("change", "transfer", number, "--provider", "bimbingan-teknis", "--reason", "x", "--json")
    assert json.loads(out)["provider"] == "bimbingan-teknis"
    _, out, _ = spse_ops("change", "show", number, "--json")
    kinds = [each["kind"].partition(".")[2] for each in json.loads(out)["history"]]
    assert kinds == ["opened", "paused", "resumed", "closed", "reopened", "reprioritised", "transferred"]
    assert "change.paused  penguji  menunggu surat" in spse_ops("change", "show", number)[1]


def test_explained(spse_ops: SpseOps, number: str) -> None:
    _, out, _ = spse_ops("sla", "explain", number)
    assert "Tenggat: 5 Juni 2026 pukul 16.30 WIB" in out
    assert "= 5 Juni 2026 pukul 17.30 WITA" in out
    assert "2026-06-05  2   7:30      -     hari kerja ke-2" in out
    told = json.loads(spse_ops("sla", "explain", number, "--json")[1])
    assert [day["count"] for day in told["days"]] == [0, 1, 2]
    code, _, err = spse_ops("sla", "explain", "CHG-2026-000099", "--lang", "en")
    assert (code, err.strip()) == (
        1,
        "Error: There is no change `CHG-2026-000099` in the ledger. See the list by `spse-ops change list`.",
    )


def test_what_is_due(spse_ops: SpseOps, number: str) -> None:
    spse_ops(*OPEN, "--received", "2026-06-01T10:00+07:00")
    told = json.loads(spse_ops("sla", "due", "--json")[1])
    assert [each["overdue"] for each in told] == [True, True]
    assert told[1]["id"] == number
    assert told[0]["due"] < told[1]["due"]
    reminded = json.loads(spse_ops("sla", "remind", "--json")[1])
    assert {(each["id"], each["share"]) for each in reminded} == {(each["id"], 100) for each in told}
    assert spse_ops("sla", "remind")[1] == ""
    assert json.loads(spse_ops("sla", "month", "2026-06", "--json")[1])["received"] == 2
    assert "bukan bulan" in spse_ops("sla", "month", "Juni")[2]


def test_an_outage(spse_ops: SpseOps) -> None:
    span = ["--from", "2026-03-01T10:00+07:00", "--to", "2026-03-01T12:30+07:00"]
    code, out, _ = spse_ops("sla", "outage", "--service", "S0-11", *span, "--reason", "putus")
    assert (code, out) == (0, "S0-11: terpakai 2:30 jam tahun ini\n")


def test_a_new_decree(spse_ops: SpseOps, number: str, tmp_path: Path) -> None:
    decree = str(a_decree(tmp_path, "2026-06-04"))
    code, out, _ = spse_ops("calendar", "apply", decree, "--dry-run")
    assert code == 0
    assert out.splitlines() == [
        f"{number}  mamuju  5 Juni 2026 pukul 16.30 WIB → 8 Juni 2026 pukul 16.00 WIB  (SKB 2/2026)",
        "SKB 2/2026: 1 tenggat akan bergeser.",
    ]
    told = json.loads(spse_ops("calendar", "apply", decree, "--json")[1])
    assert [each["id"] for each in told["moved"]] == [number]
    assert "2026-06-04  Cuti bersama tambahan" in spse_ops("calendar", "show", "2026")[1]
    assert [each["decree"] for each in json.loads(spse_ops("calendar", "list", "--json")[1])["decrees"]] == [
        "SKB 2/2026"
    ]
    told = json.loads(spse_ops("calendar", "history", "--json")[1])
    assert [(each["decree"], len(each["moved"])) for each in told][1:] == [("SKB 1497/2/5-2025", 0), ("SKB 2/2026", 1)]
    assert "SKB 1497/2/5-2025  0         spse-ops" in spse_ops("calendar", "history")[1]
    # From now on a bare deadline knows of it, too.
    _, out, _ = spse_ops("sla", "deadline", "--days", "1", *RECEIVED, "--json")
    assert json.loads(out)["due"] == "2026-06-05T16:30:00+07:00"
    code, _, err = spse_ops("calendar", "apply", decree)
    assert (code, "sudah berlaku" in err) == (1, True)
    assert "tahun 2031 belum ditetapkan" in spse_ops("calendar", "show", "2031")[2]


def attack(state: Path, *statements: str) -> None:
    """Change the file as somebody would who has it."""
    connection = sqlite3.connect(state / "ledger.db")
    for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
        connection.execute(f"DROP TRIGGER {name}")
    for statement in statements:
        connection.execute(statement)
    connection.commit()
    connection.close()


def test_verify_and_checkpoints(spse_ops: SpseOps, number: str, tmp_path: Path) -> None:
    state, key, away = tmp_path / "state", tmp_path / "kunci", tmp_path / "salinan.json"
    code, out, _ = spse_ops("ledger", "verify", "--json")
    assert (code, json.loads(out)["events"]) == (0, 4)
    spse_ops("ledger", "key", str(key))
    assert key.stat().st_mode & 0o077 == 0
    code, out, err = spse_ops("ledger", "verify", "--pubkey", f"{key}.pub")
    assert (code, "tidak ada satu pun untuk diperiksa" in err) == (1, True)
    made = json.loads(spse_ops("ledger", "checkpoint", "--key", str(key), "--json")[1])
    away.write_bytes(Path(made["file"]).read_bytes())
    code, out, _ = spse_ops("ledger", "verify", "--pubkey", f"{key}.pub")
    assert (code, "Sesuai dengan 1 titik periksa, terakhir pada nomor urut 4." in out) == (0, True)

    exported = tmp_path / "catatan.jsonl"
    assert spse_ops("ledger", "export", "--out", str(exported))[0] == 0
    assert spse_ops("ledger", "export")[1] == exported.read_text()
    proof = ["--pubkey", f"{key}.pub", "--checkpoint", str(away)]
    assert spse_ops("ledger", "verify", "--file", str(exported), *proof)[0] == 0
    exported.write_text(exported.read_text().replace(number, "CHG-2026-000007"))
    assert "nomor urut 4" in spse_ops("ledger", "verify", "--file", str(exported), *proof)[2]

    # A tail that is cut together with what the database knows of it shows by the copy that was kept elsewhere.
    attack(
        state,
        "DELETE FROM events WHERE seq = 4",
        "UPDATE head SET seq = 3, hash = (SELECT hash FROM events WHERE seq = 3)",
    )
    assert spse_ops("ledger", "verify")[0] == 0
    code, _, err = spse_ops("ledger", "verify", *proof)
    assert (code, "nomor urut 4: hilang sampai 4: ekornya terpotong" in err) == (1, True)


def test_with_a_key_the_first_bad_one_is_named_too(spse_ops: SpseOps, number: str, tmp_path: Path) -> None:
    del number
    key = tmp_path / "kunci"
    spse_ops("ledger", "key", str(key))
    spse_ops("ledger", "checkpoint", "--key", str(key))
    attack(tmp_path / "state", "UPDATE events SET body = replace(body, 'ledger', 'legder') WHERE seq = 1")
    code, _, err = spse_ops("ledger", "verify", "--pubkey", f"{key}.pub")
    assert (code, "tidak utuh mulai nomor urut 1:" in err) == (1, True)


def test_a_checkpoint_that_proves_nothing_is_refused(spse_ops: SpseOps, number: str, tmp_path: Path) -> None:
    del number
    key, other = tmp_path / "kunci", tmp_path / "lain"
    for path in (key, other):
        spse_ops("ledger", "key", str(path))
    assert "sudah ada dan tidak ditimpa" in spse_ops("ledger", "key", str(key))[2]
    made = Path(json.loads(spse_ops("ledger", "checkpoint", "--key", str(key), "--json")[1])["file"])
    told = json.loads(made.read_text())

    def refused(*words: str) -> str:
        code, out, err = spse_ops("ledger", "verify", *words)
        assert (code != 0, out) == (True, "")
        return err

    assert "tanda tangannya tidak cocok" in refused("--pubkey", f"{other}.pub")
    assert "periksa jalurnya" in refused("--pubkey", str(tmp_path / "tidak-ada"))
    assert "tidak dapat dibaca" in refused("--pubkey", str(key))
    assert "--checkpoint memerlukan --pubkey" in refused("--checkpoint", str(made))
    made.write_text(json.dumps(told | {"seq": 3}))
    assert "tanda tangannya tidak cocok" in refused("--pubkey", f"{key}.pub")
    made.write_text(made.read_text()[:40])
    assert "tidak dapat dibaca" in refused("--pubkey", f"{key}.pub")
    assert spse_ops("ledger", "checkpoint", "--key", f"{key}.pub")[0] == 1
    # A whole other ledger in place of this one.
    made.write_text(json.dumps(told))
    (tmp_path / "state/ledger.db").unlink()
    assert "tidak ada buku catatan" in refused()
    spse_ops(*OPEN, *RECEIVED)
    assert "milik buku catatan lain" in refused("--pubkey", f"{key}.pub")


@pytest.mark.parametrize(
    ("statement", "seq"),
    [
        ("UPDATE events SET body = replace(body, 'remote', 'remots') WHERE seq = 4", 4),
        ("DELETE FROM events WHERE seq = 2", 2),
        ("DELETE FROM events WHERE seq = 5", 5),
    ],
)
def test_verify_names_the_first_bad_one(
    spse_ops: SpseOps, number: str, tmp_path: Path, statement: str, seq: int
) -> None:
    spse_ops("change", "pause", number, "--reason", "menunggu")
    attack(tmp_path / "state", statement)
    code, out, err = spse_ops("ledger", "verify")
    assert (code, out) == (1, "")
    assert f"tidak utuh mulai nomor urut {seq}:" in err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([*OPEN, "--received", "2026-06-03T10:00"], "zonanya tidak disebut"),
        ([*OPEN, "--received", "2030-06-03T10:00+07:00"], "belum terjadi; periksa jam dan zonanya"),
        ([*OPEN, "--reputation", "3"], "Prioritas memerlukan --reputation dan --recoverability"),
        ([*OPEN, "--stages", "1", "--reputation", "12", "--recoverability", "1"], "harus 1 sampai 10"),
        (["change", "open", "--operation", "x", "--lpse", "a", "--service", "S1"], "tidak ada dalam perjanjian"),
        (["change", "pause", "CHG-2026-000001"], "Opsi --reason belum diisi."),
        (["change", "close", "CHG-2026-000001", "--outcome", "baik"], "pilih salah satu: done, cancelled, failed"),
        (["calendar", "apply", "/tidak/ada.yml"], "tidak dapat dibaca"),
        (["ledger", "checkpoint", "--key", "/tidak/ada"], "buat kunci baru dengan `spse-ops ledger key`"),
        (["change", "lists"], "Perintah `lists` tidak dikenal"),
    ],
)
def test_wrong_use_says_what_to_do(spse_ops: SpseOps, words: list[str], said: str) -> None:
    code, out, err = spse_ops(*words)
    assert code != 0
    assert out == ""
    assert said in err


def test_a_ledger_that_is_another_one_elsewhere_is_refused(
    spse_ops: SpseOps, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SPSE_OPS_LEDGER", "catatan.db")
    code, _, err = spse_ops("change", "list")
    assert code != 0
    assert "jalur lengkap seperti /srv/spse/ledger.db" in err
    assert list(tmp_path.iterdir()) == []
