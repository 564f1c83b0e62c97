"""What a host says of its yesterday is taken for what it can be, kept, and thinned; on both databases."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatops.ledger.store import Ledger
from chatops.watch import answer, digest
from chatops.watch.answer import Answer
from chatops.watch.digest import Digest, GarbageError
from chatops.watch.digests import Digests, Fresh
from chatops.watch.keeping import Keeper
from chatops.watch.look import Look, State, Target

NOW = int(datetime(2026, 11, 22, 3, tzinfo=UTC).timestamp())
STATEMENT = {"database": "epns_prod", "calls": 90, "seconds": 4.5, "rows": 90, "text": "SELECT * FROM paket"}
GOOD: dict[str, Any] = {
    "version": 1,
    "day": "2026-11-21",
    "made": 1.79e9,
    "since": None,
    "sources": {
        "application": {
            "lines": 100,
            "errors": 4,
            "warnings": 1,
            "unread": 0,
            "until": None,
            "frequent": [{"count": 4, "text": "Galat pada GET /paket/·"}],
        }
    },
    "slow": {"count": 2, "seconds": 5.5, "longest": 3.0},
    "databases": {
        "epns_prod": {
            "bytes": 1e9,
            "commits": 990,
            "rollbacks": 10,
            "deadlocks": 1,
            "active_seconds": 50,
            "temp_bytes": 0,
            "hit": 0.99,
        }
    },
    "statements": {"loaded": True, "calls": 90, "seconds": 4.5, "most_used": [STATEMENT], "slowest": [STATEMENT]},
    "problems": {},
}
NUMBERS = st.one_of(st.integers(), st.floats(), st.booleans(), st.none(), st.text(max_size=5))
ANYTHING = st.recursive(
    NUMBERS,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(st.text(max_size=10), inner, max_size=4)),
    max_leaves=12,
)


def look(host: str, told: Digest | None, at: float = NOW) -> Look:
    """A look at a host that has said this of its yesterday."""
    return Look(Target(host, f"lpse-{host}", "192.0.2.1"), State.ANSWERED, at, 0.1, Answer(at, {}, {}, {}, told))


def test_a_whole_one() -> None:
    told = digest.parse(GOOD)
    assert told.errors == 4
    assert told.databases["epns_prod"].seconds == 0.05
    assert told.statements
    assert told.statements.most_used[0].mean == 0.05
    assert digest.parse(json.loads(json.dumps(told.told()))) == told


@given(st.dictionaries(st.sampled_from(sorted(GOOD)), ANYTHING), st.sampled_from(sorted(GOOD)), ANYTHING)
def test_whatever_is_in_it_it_is_a_digest_or_garbage(parts: dict[str, Any], key: str, inner: Any) -> None:  # noqa: ANN401
    wrong = GOOD | parts
    if isinstance(wrong[key], dict):
        wrong = wrong | {key: dict.fromkeys(wrong[key], inner)}
    try:
        told = digest.parse(wrong)
    except GarbageError:
        return
    text = json.dumps(told.told(), allow_nan=False)
    assert digest.parse(json.loads(text)) == told
    assert len(text) < 60_000


@pytest.mark.parametrize("wrong", [7, [], {"version": 2}, GOOD | {"day": "2026-02-31"}, GOOD | {"made": -1}])
def test_one_that_is_broken_costs_nothing_but_itself(wrong: object) -> None:
    document = {"version": 1, "at": 1.0, "measures": {"memory": 0.5}, "facts": {}, "problems": {}}
    told = answer.parse(json.dumps(document | {"digest": wrong}).encode())
    assert told.measures == {"memory": 0.5}
    assert told.digest is None
    assert told.problems["digest"].startswith("ringkasan")


def test_what_a_host_writes_is_made_harmless() -> None:
    causes = [{"count": 1, "text": "a\x1b[2J\u202e\n password=kenari " + "x" * 999}] * 50
    wrong = GOOD | {"sources": {"application": GOOD["sources"]["application"] | {"frequent": causes}}}
    found = digest.parse(wrong).sources["application"].frequent
    assert len(found) == digest.MOST
    assert found[0].text.isprintable()
    assert "kenari" not in found[0].text
    assert len(found[0].text) <= digest.LETTERS


def test_it_is_kept_with_the_look_that_brought_it(ledger: Ledger) -> None:
    told = digest.parse(GOOD)
    Keeper(ledger, "pemantau").keep([look("satu", told), look("dua", None)])
    digests = Digests(ledger)
    assert digests.of_day("2026-11-21") == {"satu": told}
    assert digests.of_day("2026-11-21", ["lpse-dua"]) == {}
    assert digests.of_host("satu", 7, "2026-11-22") == {"2026-11-21": told}
    assert digests.newest() == {"satu": "2026-11-21"}
    again = replace(told, made=told.made + 1)
    digests.add([look("satu", again)])
    assert digests.of_day("2026-11-21") == {"satu": again}


@pytest.mark.parametrize("day", ["2099-01-01", "2026-11-24", "2026-09-01"])
def test_a_day_that_cannot_be_is_not_kept(ledger: Ledger, day: str) -> None:
    assert Digests(ledger).add([look("satu", replace(digest.parse(GOOD), day=day))]) == 0
    assert Digests(ledger).newest() == {}


def test_texts_go_with_age_and_figures_stay(ledger: Ledger) -> None:
    digests = Digests(ledger)
    told = digest.parse(GOOD)
    digests.add([look("satu", told), look("dua", told)])
    assert digests.thin(NOW) == 0
    assert digests.thin(NOW + 100 * 86400) == 2
    (kept, _) = digests.of_day("2026-11-21").values()
    assert kept.sources["application"].errors == 4
    assert kept.sources["application"].frequent == ()
    assert kept.databases == told.databases
    assert digests.thin(NOW + 100 * 86400) == 0
    assert digests.thin(NOW + 6 * 366 * 86400) == 2
    assert digests.newest() == {}


def test_what_is_said_all_day_long_is_taken_once() -> None:
    fresh, told = Fresh(), digest.parse(GOOD)

    def new() -> Digest | None:
        (found,) = fresh.only([look("satu", told)])
        return found.answer.digest if found.answer else None

    assert (new(), new()) == (told, None)
    fresh.lost([look("satu", None)])
    assert new() == told
