"""The catalogue of controls takes a right entry and refuses a wrong one by file and key."""

from pathlib import Path

import pytest

from chatops import controls
from chatops.controls import Severity
from chatops.errors import ControlError

ENTRY = """
title: Pintu
controls:
  - id: PTU-01
    title: Pintu tertutup
    reason: Siapa pun dapat masuk.
    remedy: Tutup pintunya.
    clause: S0-7
    severity: high
    settings: {Pintu: tertutup, Kunci: [satu, dua]}
"""


def test_a_right_entry(tmp_path: Path) -> None:
    (tmp_path / "pintu.yml").write_text(ENTRY)
    area = controls.load(tmp_path)["pintu"]
    assert area.title == "Pintu"
    assert area.controls == (
        controls.Control(
            "PTU-01",
            "pintu",
            "Pintu tertutup",
            "Siapa pun dapat masuk.",
            "Tutup pintunya.",
            "S0-7",
            Severity.HIGH,
            settings={"Pintu": "tertutup", "Kunci": "satu,dua"},
        ),
    )


@pytest.mark.parametrize(
    ("right", "wrong", "said"),
    [
        ("PTU-01", "pintu", "`id` `pintu` harus seperti SSH-01"),
        ("severity: high", "severity: parah", "pilih salah satu: low, medium, high, critical"),
        ("clause: S0-7", "clause: sembarang", "`clause` PTU-01 berisi `sembarang`"),
        ("reason: Siapa pun dapat masuk.", "reason: ''", "`reason` PTU-01 belum diisi"),
        ("    remedy: Tutup pintunya.\n", "", "kunci `remedy` tidak ada"),
        ("remedy:", "obat:", "kunci `obat` tidak dikenal"),
        ("Pintu: tertutup", "Pintu: no", "nilai `Pintu` harus berupa teks"),
        ("title: Pintu\n", "title: Pintu\nlain: 1\n", "kunci `lain` tidak dikenal"),
        ("controls:\n", "controls: [\n", "bukan YAML yang sah"),
    ],
)
def test_a_wrong_entry_is_refused(tmp_path: Path, right: str, wrong: str, said: str) -> None:
    assert right in ENTRY
    (tmp_path / "pintu.yml").write_text(ENTRY.replace(right, wrong, 1))
    with pytest.raises(ControlError) as refused:
        controls.load(tmp_path)
    assert "pintu.yml" in str(refused.value)
    assert said in str(refused.value)


def test_an_id_stands_for_one_control(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / f"{name}.yml").write_text(ENTRY)
    with pytest.raises(ControlError, match="`PTU-01` ada dua kali"):
        controls.load(tmp_path)
