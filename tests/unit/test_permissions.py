"""Who may what: the example reads, everything wrong refuses everybody, and nobody unknown may anything."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from chatops.errors import ForbiddenError, RulesError, UnknownPersonError
from chatops.permissions import Identity, check, parse
from chatops.words import Said

EXAMPLE = Path(__file__).resolve().parents[2] / "inventory/example/rules.yml"
RULES = """
people:
  rini:
    name: Rini Contoh
    slack: U0RINI
    accounts: [rini]
    grants: [{role: operator}]
  budi:
    name: Budi Contoh
    slack: U0BUDI
    grants: [{role: admin, lpses: [mamuju, bogor]}]
  adi:
    name: Adi Contoh
    slack: U0ADI
    grants: []
groups:
  S0LKPP: [{role: approver}]
blackouts:
  - {since: "2026-12-20T00:00+07:00", until: "2027-01-03T00:00+07:00", reason: Tutup tahun, lpses: [bogor]}
"""
ASK = Said("meminta", "ask")


def test_the_example_is_right() -> None:
    rules = parse(EXAMPLE.read_text(), EXAMPLE.name)
    assert {grant.role for person in rules.people.values() for grant in person.grants} == {
        "operator",
        "approver",
        "auditor",
        "admin",
    }
    assert rules.groups
    assert rules.blackouts


def test_a_person_is_the_same_from_everywhere() -> None:
    rules = parse(RULES, "rules.yml")
    assert {
        rules.person(Identity("cli", "rini")),
        rules.person(Identity("slack", "U0RINI")),
        rules.person(Identity("web", "U0RINI")),
    } == {rules.people["rini"]}


@pytest.mark.parametrize(
    ("edge", "account"),
    [("cli", "U0RINI"), ("slack", "rini"), ("slack", ""), ("slack", "U0LAIN"), ("cli", "root"), ("cli", "budi")],
)
def test_whoever_is_unknown_there_may_nothing(edge: str, account: str) -> None:
    with pytest.raises(UnknownPersonError, match="tidak terdaftar"):
        parse(RULES, "rules.yml").person(Identity(edge, account, frozenset({"S0LKPP"})))  # type: ignore[arg-type]


def test_rights_are_for_the_offices_that_are_named() -> None:
    rules = parse(RULES, "rules.yml")
    rini, budi = rules.people["rini"], rules.people["budi"]
    check(rini, ["operator"], ["mamuju", "lain"], ASK)
    check(budi, ["operator", "admin"], ["mamuju", "bogor"], ASK)
    with pytest.raises(ForbiddenError, match=r"Budi Contoh tidak berhak .* mamuju, lain\. Yang berhak: admin"):
        check(budi, ["admin"], ["mamuju", "lain"], ASK)
    with pytest.raises(ForbiddenError):
        check(budi, ["operator", "approver", "auditor"], ["mamuju"], ASK)
    with pytest.raises(ForbiddenError):
        check(rules.people["adi"], ["operator", "approver", "auditor", "admin"], [], ASK)
    assert budi.offices(["admin"]) == {"mamuju", "bogor"}
    assert rini.offices(["admin"]) == frozenset()


def test_a_group_adds_and_never_takes_away() -> None:
    rules = parse(RULES, "rules.yml")
    assert not rules.person(Identity("slack", "U0ADI")).has(["approver"], ["bogor"])
    assert not rules.person(Identity("slack", "U0ADI", frozenset({"S0LAIN"}))).has(["approver"], ["bogor"])
    assert rules.person(Identity("slack", "U0ADI", frozenset({"S0LKPP"}))).has(["approver"], ["bogor"])


def test_a_blackout_is_for_its_time_and_offices() -> None:
    rules = parse(RULES, "rules.yml")
    within, after = datetime(2026, 12, 25, tzinfo=UTC), datetime(2027, 1, 2, 17, tzinfo=UTC)
    assert rules.blackout(["mamuju", "bogor"], within)
    assert rules.blackout(["mamuju"], within) is None
    assert rules.blackout(["bogor"], after) is None


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ("operator", "raja", "peran `raja` tidak ada"),
        ("role: operator", "role: operator, lpses: [mamuju]", "hanya untuk admin"),
        (", lpses: [mamuju, bogor]", "", "`lpses` harus disebut untuk admin"),
        ("[mamuju, bogor]", '["*"]', "LPSE yang disebut namanya"),
        ("U0BUDI", "U0RINI", "akun `U0RINI` milik dua orang"),
        ("rini:", "Rini Contoh:", "bukan slug"),
        ("accounts", "akun", "kunci tidak dikenal: akun"),
        ("name: Adi Contoh", "nama: Adi", "kunci tidak dikenal: nama"),
        ("grants: []", "grants: {}", "harus berupa daftar"),
        ("[rini]", "rini", "harus berupa daftar teks"),
        ("2027-01-03T00:00+07:00", "2027-01-03T00:00", "waktu tanpa zona"),
        ("2027-01-03", "2026-01-03", "berakhir sebelum mulai"),
        ("people:", "orang:", "kunci tidak dikenal: orang"),
        ("people:", "people: [", "bukan YAML yang sah"),
        ("blackouts:\n", "blackouts: kosong\nlain:\n", "kunci tidak dikenal: lain"),
    ],
)
def test_one_wrong_line_refuses_the_whole_file(before: str, after: str, words: str) -> None:
    assert before in RULES
    with pytest.raises(RulesError, match=words):
        parse(RULES.replace(before, after, 1), "rules.yml")


@pytest.mark.parametrize("text", ["", "[]", "people:", "people: {}\nblackouts: {a: 1}", "7"])
def test_an_empty_file_lets_nobody_in(text: str) -> None:
    with pytest.raises(RulesError, match="tidak seorang pun diizinkan"):
        parse(text, "rules.yml")
