"""Names that no role knows, and old ones: judged by the name alone."""

from pathlib import Path

import pytest

from library.plugins.action import spse_variables
from library.plugins.action.spse_variables import Known, Verdict

KNOWN = Known(
    {"spse_web": frozenset({"spse_web_redirect", "spse_web_timeout"}), "backup": frozenset({"backup_keep"})},
    {"spse_web_tls_only": "spse_web_redirect", "proxy_timeout": "spse_web_timeout"},
)


@pytest.mark.parametrize(
    "name",
    [
        "spse_web_redirect",
        "backup_keep",
        "spse_lpse",
        "ansible_host",
        "inventory_hostname",
        "vault_spse_web_key",
        "_spse_web_packages",
        "__spse_web_site",
        "backups",
        "anybodys",
    ],
)
def test_what_is_known_or_not_ours_passes(name: str) -> None:
    assert spse_variables.judge([name], KNOWN) == Verdict({}, {})


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("spse_web_redirct", "spse_web_redirect"),
        ("spse_web_time_out", "spse_web_timeout"),
        ("spse_lpsee", "spse_lpse"),
        ("backup_kep", "backup_keep"),
        ("backup_zzzzzzzzz", None),
        ("spse_", None),
    ],
)
def test_what_no_role_knows_is_named_with_what_was_meant(name: str, near: str | None) -> None:
    assert spse_variables.judge([name], KNOWN) == Verdict({name: near}, {})


@pytest.mark.parametrize("name", ["spse_web_tls_only", "proxy_timeout"])
def test_an_old_name_is_told_its_new_one_whatever_it_begins_with(name: str) -> None:
    assert spse_variables.judge([name], KNOWN) == Verdict({}, {name: KNOWN.renamed[name]})


def test_a_playbook_may_have_names_of_its_own() -> None:
    names = ["spse_reason", "spse_raeson", "proxy_timeout"]
    assert spse_variables.judge(names, KNOWN, also=["spse_reason", "proxy_timeout"]).unknown == {
        "spse_raeson": "spse_reason"
    }


def test_the_message_names_each_and_where_to_look() -> None:
    verdict = spse_variables.judge(["spse_web_redirct", "spse_zzzzzzz", "proxy_timeout"], KNOWN)
    assert spse_variables.message(verdict, KNOWN.options) == (
        "Variabel tidak dikenal, jadi isinya tidak akan dipakai: spse_web_redirct (maksud Anda spse_web_redirect?), "
        "spse_zzzzzzz. Variabel sudah berganti nama: proxy_timeout sekarang spse_web_timeout. Perbaiki namanya di "
        "inventaris, group_vars, atau --extra-vars. Daftar variabel yang dikenal: "
        "ansible-doc -t role -r roles backup spse_web"
    )


def test_options_of_every_entry_point_are_known(tmp_path: Path) -> None:
    path = tmp_path / "spse_web/meta/argument_specs.yml"
    path.parent.mkdir(parents=True)
    path.write_text(
        "argument_specs: {main: {options: {spse_web_a: {}}}, health: {options: {spse_web_b: {}}}, bare: {}}"
    )
    (tmp_path / "renamed.yml").write_text("---\n# none\n")
    known = spse_variables.read(tmp_path)
    assert known == Known({"spse_web": frozenset({"spse_web_a", "spse_web_b"})}, {})
    assert known.names == {"spse_web_a", "spse_web_b", "spse_lpse", "spse_province", "spse_zone"}
