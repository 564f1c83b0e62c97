"""The notice of S0-21: its deadlines, what stands in it, and that no secret ever does."""

import json
import subprocess
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from chatops.errors import AccessError, NoticeError
from chatops.reports.notice import Notice
from chatops.sla import calendar as calendars
from chatops.sla import moments
from tests.unit.access import key_pair
from tests.unit.conftest import SpseOps

WHEN = moments.parse("2026-03-25T09:00+08:00")
PRINT = "SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU"
NOTICE = Notice(
    "mamuju", "WITA", "install", WHEN, "spse.mamuju.example.id", 2222, "lkpp-operator", (PRINT,), ("203.0.113.7/32",)
)
WORDS = ["access", "notice", "mamuju", "--address", "203.0.113.9", "--port", "22", "--user", "lkpp-operator"]


def test_two_working_days_before_an_install() -> None:
    # The days between are leave of Nyepi and Idul Fitri: of the office's days the second before is a Monday.
    assert NOTICE.due(calendars.as_shipped()).at.isoformat() == "2026-03-16T15:00:00+08:00"


def test_one_calendar_day_after_a_change() -> None:
    due = replace(NOTICE, mode="access-change").due(calendars.as_shipped())
    assert due.at.isoformat() == "2026-03-26T23:59:59+08:00"


def test_everything_that_has_to_be_told_is() -> None:
    letter = NOTICE.checked().letter(calendars.as_shipped(), datetime.now(UTC))
    text, page = letter.as_text(), letter.as_page()
    for told in (
        "spse.mamuju.example.id",
        "2222",
        "lkpp-operator",
        PRINT,
        "203.0.113.7/32",
        "25 Maret 2026 pukul 09.00 WITA",
        "16 Maret 2026 pukul 15.00 WITA",
        "2 hari kerja",
        "1 hari sesudah akses berubah",
    ):
        assert told in " ".join(text.split())
        assert told in page
    assert max(map(len, text.splitlines())) < 100


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"note": "kata sandi: kenari"}, "kata sandi atau kunci pribadi"),
        ({"note": "password is kenari"}, "kata sandi atau kunci pribadi"),
        ({"note": "Sandi=kenari"}, "kata sandi atau kunci pribadi"),
        ({"note": "passphrase adalah kenari"}, "kata sandi atau kunci pribadi"),
        ({"note": "-----BEGIN OPENSSH PRIVATE KEY-----"}, "kata sandi atau kunci pribadi"),
        ({"note": "b3BlbnNzaC1rZXktdjEAAAAABG5vbmU"}, "kata sandi atau kunci pribadi"),
        ({"note": "postgresql://epns:kenari@localhost/epns"}, "kata sandi atau kunci pribadi"),
        ({"note": "pakai Kenari#2026!kuning saja"}, "seperti kata sandi"),
        ({"user": "root"}, "bukan root"),
        ({"user": "root password: x"}, "kata sandi atau kunci pribadi"),
        ({"address": "10.0.0.5"}, "alamat lokal"),
        ({"address": "::1"}, "alamat lokal"),
        ({"address": "localhost"}, "bukan alamat IP"),
        ({"port": 0}, "port harus"),
        ({"fingerprints": ()}, "sidik jari"),
        ({"fingerprints": ("MD5:aa",)}, "sidik jari"),
    ],
)
def test_what_must_not_be_sent_is_refused(given: dict[str, Any], why: str) -> None:
    with pytest.raises(NoticeError, match=why) as error:
        replace(NOTICE, **given).checked()
    assert "kenari" not in str(error.value).lower()


def test_sentences_may_be_written() -> None:
    for note in (
        "Port diganti dari 22 ke 2222, firewall LPSE diperbarui.",
        "Hubungi Sari, 0812-0000-0000 (jam kerja).",
    ):
        assert replace(NOTICE, note=note).checked().note == note


def test_by_command(spse_ops: SpseOps, tmp_path: Path) -> None:
    key = key_pair(tmp_path, "host")
    fingerprint = subprocess.run(
        ["ssh-keygen", "-l", "-f", key], capture_output=True, check=True, text=True
    ).stdout.split()[1]
    out = tmp_path / "surat"
    words = [*WORDS, "--host-key", f"{key}.pub", "--out", str(out)]
    code, _, err = spse_ops(*words, "--when", "2030-01-08T09:00+07:00")
    assert code == 0, err
    assert "Paling lambat: 4 Januari 2030 pukul 16.30 WIB (sementara)" in err
    paper = subprocess.run(
        ["pdftotext", "-layout", out / "pemberitahuan-akses.pdf", "-"], capture_output=True, check=True, text=True
    ).stdout
    for name in ("txt", "html"):
        assert fingerprint in (out / f"pemberitahuan-akses.{name}").read_text()
    assert fingerprint in paper
    assert paper.count("\f") == 1
    code, told, err = spse_ops(*WORDS, "--fingerprint", PRINT, "--when", "2026-03-25T09:00+07:00", "--json")
    assert (code, json.loads(told)["late"]) == (0, True)
    # Who told what, and when, is recorded; a secret that was refused is not.
    assert (
        spse_ops(*WORDS, "--fingerprint", PRINT, "--when", "2026-03-25T09:00+07:00", "--note", "sandi: kenari")[0] == 1
    )
    exported = spse_ops("ledger", "export")[1]
    noticed = [json.loads(line) for line in exported.splitlines() if '"access.noticed"' in line]
    assert [each["actor"] for each in noticed] == ["penguji", "penguji"]
    assert json.loads(noticed[0]["body"])["fingerprints"] == [fingerprint]
    assert "kenari" not in exported


def test_the_other_way_round(spse_ops: SpseOps, tmp_path: Path) -> None:
    private = key_pair(tmp_path, "host")
    code, out, err = spse_ops(*WORDS, "--host-key", str(private), "--when", "2026-03-25T09:00+07:00")
    assert (code, out) == (1, "")
    assert "kunci PRIBADI" in err
    with pytest.raises(AccessError, match="bukan nama LPSE"):
        replace(NOTICE, lpse="Mamuju").checked()
