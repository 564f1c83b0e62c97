"""The catalogue takes a right entry and refuses a wrong one by file and key."""

from pathlib import Path

import pytest

from chatops import catalogue
from chatops.errors import CatalogueError, InputError

ENTRY = """
name: periksa
title: Memeriksa sesuatu
service: S0-10
playbook: periksa.yml
changes_hosts: false
inputs: []
"""

ASKING = ENTRY.replace(
    "inputs: []\n",
    """inputs:
  - name: sejak
    variable: spse_periksa_since
    title: Sejak kapan
    required: false
    choices: [a, b]
    default: a
    help: Mulai dari sini.
  - name: build
    variable: spse_periksa_build
    title: Build
    required: true
""",
)


def test_a_right_entry(tmp_path: Path) -> None:
    (tmp_path / "periksa.yml").write_text(ENTRY)
    assert catalogue.load(tmp_path) == {
        "periksa": catalogue.Operation(
            "periksa", "Memeriksa sesuatu", "S0-10", "periksa.yml", changes_hosts=False, inputs=()
        )
    }


def test_an_entry_that_needs_a_group_of_the_inventory(tmp_path: Path) -> None:
    (tmp_path / "periksa.yml").write_text(f"{ENTRY}groups: [backup_servers]\n")
    assert catalogue.load(tmp_path)["periksa"].groups == ("backup_servers",)


def test_an_entry_with_inputs(tmp_path: Path) -> None:
    (tmp_path / "periksa.yml").write_text(ASKING)
    operation = catalogue.load(tmp_path)["periksa"]
    since = catalogue.Input(
        name="sejak",
        variable="spse_periksa_since",
        title="Sejak kapan",
        required=False,
        choices=("a", "b"),
        default="a",
        help="Mulai dari sini.",
    )
    build = catalogue.Input("build", "spse_periksa_build", "Build", required=True)
    assert operation.inputs == (since, build)
    assert operation.variables({"build": " 1 "}) == {"spse_periksa_since": "a", "spse_periksa_build": "1"}
    assert operation.variables({"build": "1", "sejak": "b"})["spse_periksa_since"] == "b"


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({}, "Masukan `build` belum diisi"),
        ({"build": " "}, "Masukan `build` belum diisi"),
        ({"build": "1", "sejak": "c"}, "Masukan `sejak` berisi `c`; pilih salah satu: a, b"),
        ({"build": "1", "lain": "c"}, "Masukan `lain` tidak dikenal oleh operasi `periksa`"),
        ({"build": "1\n2"}, "Masukan `build` memuat karakter yang tidak terlihat"),
    ],
)
def test_what_was_given_is_held_against_the_entry(tmp_path: Path, given: dict[str, str], message: str) -> None:
    (tmp_path / "periksa.yml").write_text(ASKING)
    operation = catalogue.load(tmp_path)["periksa"]
    with pytest.raises(InputError, match=message):
        operation.variables(given)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (ENTRY + "ongkos: 3\n", "kunci tidak dikenal: ongkos"),
        (ENTRY.replace("title: Memeriksa sesuatu\n", ""), "kunci belum diisi: title"),
        (ENTRY.replace("false", "perhaps"), "nilai `changes_hosts` harus bertipe bool"),
        (ENTRY.replace("name: periksa", "name: lain"), "seharusnya sama dengan nama berkas"),
        ("- satu\n- dua\n", "pasangan kunci dan nilai"),
        ("name: [", "bukan YAML yang sah"),
        (ENTRY.replace("[]", "{}"), "nilai `inputs` harus bertipe list"),
        (ENTRY.replace("[]", "[satu]"), "masukan ke-1 dalam `inputs`: isinya harus berupa pasangan"),
        (ASKING.replace("    title: Build\n", ""), "masukan ke-2 dalam `inputs`: kunci belum diisi: title"),
        (ASKING + "    jenis: teks\n", "masukan ke-2 dalam `inputs`: kunci tidak dikenal: jenis"),
        (ASKING.replace("true", "'true'"), "nilai `required` harus bertipe bool"),
        (f"{ENTRY}groups: ['all:!spse']\n", "bukan nama grup inventaris"),
        (f"{ENTRY}groups: backup_servers\n", "nilai `groups` harus bertipe list"),
        (ASKING.replace("default: a", "default: 1"), "nilai `default` harus bertipe str"),
        (ASKING.replace("default: a", "default: c"), "`default` bukan salah satu `choices`"),
        (ASKING.replace("[a, b]", "[a, 1]"), "isi `choices` harus berupa teks"),
        (ASKING.replace("[a, b]", "[a, a]"), "`choices` memerlukan dua pilihan"),
        (ASKING.replace("[a, b]", "[]"), "`choices` memerlukan dua pilihan"),
        (ASKING.replace("required: false", "required: true"), "yang wajib diisi tidak mempunyai `default`"),
        (ASKING.replace("name: build", "name: Build"), "`name` `Build` harus huruf kecil"),
        (ASKING.replace("name: build", "name: json"), "`name` `json` sudah dipakai"),
        (ASKING.replace("name: build", "name: sejak"), "`name` dua masukan dalam `inputs` sama"),
        (ASKING.replace("spse_periksa_build", "spse_periksa_since"), "`variable` dua masukan"),
        (ASKING.replace("spse_periksa_build", "ansible_user"), "`variable` `ansible_user` harus diawali spse_"),
        (ASKING.replace("spse_periksa_build", "spse_db_pass"), "rahasia tidak boleh menjadi masukan"),
        (ASKING.replace("name: build", "name: api-key"), "rahasia tidak boleh menjadi masukan"),
    ],
)
def test_a_wrong_entry_is_refused_by_file_and_key(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "periksa.yml").write_text(text)
    with pytest.raises(CatalogueError, match=message) as refused:
        catalogue.load(tmp_path)
    assert "berkas periksa.yml" in str(refused.value)


NAMES = {"spse_app_build", "spse_app_adopted_build", "spse_app_instance"}
NAMES |= {"backup_instance", "backup_from", "backup_point"}


def test_what_is_a_name_is_no_path() -> None:
    for operation in catalogue.load().values():
        for asked in operation.inputs:
            if asked.variable in NAMES:
                others = {each.name: (each.choices or ("x",))[0] for each in operation.inputs if each.required}
                for value in ("../x", "/x", "a/../x", "..", "-x", "a b", "{{ x }}", "a\x00b", "a\nb", "$(x)", "a;b"):
                    with pytest.raises(InputError, match="nama"):
                        operation.variables(others | {asked.name: value})
                told = operation.variables(others | {asked.name: "4.5.20260202-rc1+a~b"})
                assert told[asked.variable] == "4.5.20260202-rc1+a~b"
