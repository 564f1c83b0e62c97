"""The catalogue takes a right entry and refuses a wrong one by file and key."""

from pathlib import Path

import pytest

from chatops import catalogue
from chatops.errors import CatalogueError

ENTRY = """
name: periksa
title: Memeriksa sesuatu
service: S0-10
playbook: periksa.yml
changes_hosts: false
"""


def test_a_right_entry(tmp_path: Path) -> None:
    (tmp_path / "periksa.yml").write_text(ENTRY)
    assert catalogue.load(tmp_path) == {
        "periksa": catalogue.Operation("periksa", "Memeriksa sesuatu", "S0-10", "periksa.yml", changes_hosts=False)
    }


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (ENTRY + "ongkos: 3\n", "kunci tidak dikenal: ongkos"),
        (ENTRY.replace("title: Memeriksa sesuatu\n", ""), "kunci belum diisi: title"),
        (ENTRY.replace("false", "perhaps"), "nilai `changes_hosts` harus bertipe bool"),
        (ENTRY.replace("name: periksa", "name: lain"), "seharusnya sama dengan nama berkas"),
        ("- satu\n- dua\n", "pasangan kunci dan nilai"),
        ("name: [", "bukan YAML yang sah"),
    ],
)
def test_a_wrong_entry_is_refused_by_file_and_key(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "periksa.yml").write_text(text)
    with pytest.raises(CatalogueError, match=message) as refused:
        catalogue.load(tmp_path)
    assert "berkas periksa.yml" in str(refused.value)
