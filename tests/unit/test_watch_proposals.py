"""What the figures of a day propose: by data, with its figures, once, and taken back when its reason is gone."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from chatops import catalogue
from chatops.errors import CatalogueError, SettingsError
from chatops.ledger import proposals
from chatops.ledger.chain import Entry
from chatops.ledger.proposals import Proposal
from chatops.ledger.schema import PROPOSALS
from chatops.ledger.store import Ledger
from chatops.sla import moments
from chatops.watch import proposal_words, proposing
from chatops.watch.daily import Daily, Morning
from chatops.watch.keeping import Keeper
from chatops.watch.measures import MEASURES
from chatops.watch.proposals import Proposer
from chatops.watch.summary import Days, FleetDay, HostDay, span
from tests.unit.conftest import SpseOps
from tests.unit.fleet import DAY, GIB, history, look, settled, statement, yesterdays

RULES = proposing.load()
NOW = span(DAY)[1] + 8 * 3600
YEAR = datetime.now(moments.zone("WIB")).year
HEAP = {"Galat pada GET /paket/· — java.lang.OutOfMemoryError": 3}


def kept(ledger: Ledger, state: str = "") -> list[Proposal]:
    """What the ledger has of proposals."""
    which = [PROPOSALS.c.state == state] if state else []
    with ledger.reading() as reader:
        return list(proposals.find(reader.connection, *which))


def mamuju(ledger: Ledger) -> HostDay:
    """The host of the day."""
    (found,) = Days(ledger).of(DAY, ["mamuju"]).hosts
    return found


def proposed(ledger: Ledger) -> dict[str, str]:
    """What is proposed for it, and about what."""
    return {each.rule.id: each.about for each in proposing.propose(RULES, mamuju(ledger), NOW)}


@pytest.mark.parametrize("rule", RULES.rules, ids=lambda rule: rule.id)
def test_every_rule_can_be_carried_out_and_told(rule: proposing.Rule) -> None:
    assert not rule.operation or rule.operation in catalogue.load()
    assert all([*rule.title, *rule.advice])
    for bound in rule.bounds:
        kind = bound.kind.partition(":")[0].removesuffix("_held")
        assert kind in MEASURES or kind in proposal_words.TITLES
    assert all(kind in MEASURES or kind in proposal_words.TITLES for kind in rule.show)
    named = [bound.kind.partition(":")[2] for bound in rule.bounds if bound.kind.startswith("cause:")]
    assert set(named) <= RULES.causes.keys()


def test_no_two_rules_have_one_name() -> None:
    assert len({rule.id for rule in RULES.rules}) == len(RULES.rules)


@pytest.mark.parametrize(
    "wrong",
    [
        "rules: [{id: x}]",
        "causes: {a: '('}\nrules: []",
        "causes: {}\nrules: [{id: a, title: [a, b], advice: [a, b], class: minor, when: {memory: {under: 1}}}]",
        "causes: {}\nrules: [{id: a, title: [a, b], advice: [a, b], class: keduanya, when: {memory: {below: 1}}}]",
    ],
)
def test_rules_that_are_wrong_are_refused(tmp_path: Path, wrong: str) -> None:
    (tmp_path / "rules.yml").write_text(wrong)
    with pytest.raises(CatalogueError):
        proposing.load(tmp_path / "rules.yml")


def test_a_disk_that_runs_full_is_proposed_with_its_figures(ledger: Ledger) -> None:
    settled(ledger)
    found = Days(ledger).of(DAY)
    (number,) = Proposer(ledger, "pemantau").propose(found, NOW)
    (one,) = kept(ledger)
    assert (number, one.made["host"], one.made["about"], one.made["class"]) == (
        f"USL-{YEAR}-000001",
        "spse.bogor.example",
        "/",
        "major",
    )
    assert set(proposal_words.evidence(one)) == {"disk habis dalam / 20 hari", "disk kosong / 50 %"}
    assert set(proposal_words.evidence(one, "en")) == {"disk gone in / 20 days", "disk left / 50 %"}
    assert f"USL-{YEAR}-000001 bogor /: Tambah kapasitas disk — belum dijawab" in proposal_words.line(one)


def test_what_the_digest_shows_is_proposed(ledger: Ledger) -> None:
    slow = [statement("SELECT count(*) FROM dokumen", 100, 300)]
    told = {"loaded": True, "calls": 900, "seconds": 400, "heaviest": slow}
    database = {"bytes": 1, "commits": 5000, "rollbacks": 900, "deadlocks": 3, "active_seconds": 9, "hit": 0.5}
    one = yesterdays(HEAP, statements=told, databases={"epns_prod": database})
    Keeper(ledger, "pemantau").keep([look("mamuju", one)])
    assert proposed(ledger) == {
        "heap-short": "",
        "queries-slow": "",
        "transactions-fail": "epns_prod",
        "cache-small": "epns_prod",
    }


def test_statements_that_are_not_counted_are_proposed(ledger: Ledger) -> None:
    Keeper(ledger, "pemantau").keep([look("mamuju", yesterdays({}, statements={"loaded": False}))])
    assert proposed(ledger) == {"statements-uncounted": ""}


def test_a_host_that_is_well_proposes_nothing(ledger: Ledger) -> None:
    Keeper(ledger, "pemantau").keep([look("mamuju", yesterdays({}))])
    assert proposed(ledger) == {}


def test_it_is_proposed_once_and_again_after_a_while(ledger: Ledger) -> None:
    settled(ledger)
    found, proposer = Days(ledger).of(DAY), Proposer(ledger, "pemantau")
    assert len(proposer.propose(found, NOW)) == 1
    assert proposer.propose(found, NOW) == []
    (one,) = kept(ledger)
    body = {"by": "siti", "reason": "disk sudah dipesan"}
    with ledger.writing(datetime.now(UTC) - timedelta(days=29)) as writer:
        writer.append(Entry("proposal.dismissed", one.id, "siti", body, f"proposal-answered:{one.id}"))
    assert proposer.propose(found, NOW) == []
    with ledger.writing(datetime.now(UTC) + timedelta(days=2)) as writer:
        # At a later time than any test can wait for.
        (wanted,) = proposing.propose(RULES, found.hosts[0], NOW)
        assert proposer._is_new(writer, wanted)  # noqa: SLF001


def test_what_nobody_has_answered_lapses_with_its_reason(ledger: Ledger) -> None:
    Keeper(ledger, "pemantau").keep([look("mamuju", yesterdays(HEAP))])
    proposer = Proposer(ledger, "pemantau")
    assert len(proposer.propose(Days(ledger).of(DAY), NOW)) == 1
    # A host that says nothing takes nothing back.
    silent = FleetDay(DAY, [HostDay(mamuju(ledger).standing)])
    proposer.propose(silent, NOW)
    assert [each.state for each in kept(ledger)] == ["open"]
    Keeper(ledger, "pemantau").keep([look("mamuju", yesterdays({}))])
    proposer.propose(Days(ledger).of(DAY), NOW)
    assert [each.state for each in kept(ledger)] == ["lapsed"]
    assert ledger.rebuild() == 0
    assert [each.state for each in kept(ledger, "lapsed")] == ["lapsed"]


def test_the_morning_comes_once_whoever_watches(ledger: Ledger) -> None:
    settled(ledger)
    two = [Daily(ledger, name, Morning(7 * 60)) for name in ("satu", "dua")]
    early, late = span(DAY)[1] + 6 * 3600, span(DAY)[1] + 7 * 3600
    assert [each.look(early) for each in two] == ["", ""]
    assert [each.look(late) for each in (*two, *two)] == [DAY, "", "", ""]
    assert Daily(ledger, "off", Morning(None)).look(late + 86400) == ""
    with ledger.reading() as reader:
        (event,) = [each for each in reader.events() if each.kind == "summary.made"]
    assert event.subject == f"RNG-{DAY}"
    assert event.told["lines"][0].startswith("Ringkasan ")
    assert (event.told["hosts"], event.told["errors"]["application"]) == (3, 12)
    assert len(kept(ledger)) == 1


@pytest.mark.parametrize(("given", "minute"), [("", 420), ("06:30", 390), ("off", None), ("0:00", 0)])
def test_the_hour_is_somebodys_choice(given: str, minute: int | None) -> None:
    assert Morning.from_environment({"SPSE_OPS_SUMMARY": given}).minute == minute


@pytest.mark.parametrize("given", ["7", "25:00", "07:60", "pagi", "07.00"])
def test_an_hour_that_is_none_is_refused(given: str) -> None:
    with pytest.raises(SettingsError, match="Isi SPSE_OPS_SUMMARY"):
        Morning.from_environment({"SPSE_OPS_SUMMARY": given})


def test_a_database_that_fills_its_disk_is_proposed(ledger: Ledger) -> None:
    Keeper(ledger, "pemantau").keep([look("mamuju", yesterdays({}))])
    history(ledger, "mamuju", 20, "database_bytes:epns_prod", 5 * GIB, -1 * GIB)
    assert proposed(ledger) == {"database-full": "epns_prod"}


def test_the_commands(spse_ops: SpseOps, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "hosts.yml").write_text(json.dumps({"spse": {"hosts": {"spse.bogor.example": {"spse_lpse": "bogor"}}}}))
    (tmp_path / "rules.yml").write_text("people: {uji: {name: Uji, accounts: [root], grants: [{role: operator}]}}\n")
    monkeypatch.setenv("SPSE_OPS_INVENTORY", str(tmp_path / "hosts.yml"))
    monkeypatch.delenv("SUDO_USER", raising=False)
    monkeypatch.setattr("os.getuid", lambda: 0)
    ledger = Ledger.open(f"sqlite:///{tmp_path / 'state/ledger.db'}")
    settled(ledger)
    Proposer(ledger, "pemantau").propose(Days(ledger).of(DAY), NOW)
    ledger.close()
    code, told, _ = spse_ops("proposals", "list", "bogor")
    assert (code, f"USL-{YEAR}-000001 bogor /: Tambah kapasitas disk" in told) == (0, True)
    code, told, _ = spse_ops("proposals", "show", f"usl-{YEAR}-000001", "--lang", "en")
    assert "Extend or replace the disk" in told
    code, told, _ = spse_ops("proposals", "open", f"USL-{YEAR}-000001")
    assert (code, told) == (0, f"USL-{YEAR}-000001 dibuka sebagai CHG-{YEAR}-000001.\n")
    code, told, _ = spse_ops("proposals", "open", f"USL-{YEAR}-000001", "--json")
    assert json.loads(told)["change"] == f"CHG-{YEAR}-000001"
    code, _, said = spse_ops("proposals", "dismiss", f"USL-{YEAR}-000001", "--reason", "tidak jadi")
    assert (code, f"sudah dibuka sebagai CHG-{YEAR}-000001" in said) == (1, True)
    assert spse_ops("proposals", "list")[1] == "Tidak ada.\n"
    assert json.loads(spse_ops("proposals", "list", "--all", "--json")[1])[0]["state"] == "opened"
    code, _, said = spse_ops("proposals", "show", f"USL-{YEAR}-000099")
    assert (code, "tidak ada dalam buku catatan" in said) == (1, True)
