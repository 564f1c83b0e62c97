"""Whatever a host says, it is an answer or it is garbage, and never a surprise."""

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatops.watch import answer
from chatops.watch.answer import Answer, GarbageError
from chatops.watch.look import Look, State, Target, with_clock
from chatops.watch.measures import MEASURES
from chatops.watch.standing import HostStanding
from chatops.watch.words import describe

TARGET = Target("spse.mamuju.example", "mamuju", "192.0.2.11")
GOOD: dict[str, Any] = {
    "version": 1,
    "at": 1_790_000_000.5,
    "measures": {"memory": 0.5, "disk:/": 0.01, "process:prod": 2},
    "facts": {"build:prod": "4.5.20260202"},
    "problems": {"certificate": "Connection refused"},
}
NUMBERS = st.one_of(st.integers(), st.floats(), st.booleans(), st.none(), st.text(max_size=5))
ANYTHING = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=10)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=10), inner, max_size=3)),
    max_leaves=10,
)
NAMES = st.one_of(st.text(max_size=20), st.sampled_from([f"{kind}:x" for kind in MEASURES]))


def read(raw: bytes) -> Answer | None:
    """An answer, or none because it is garbage, which says why."""
    try:
        return answer.parse(raw)
    except GarbageError as error:
        said = error.detail
    assert said.indonesian.isprintable()
    assert said.english.isprintable()
    return None


def shown(told: Answer) -> str:
    """It in words, after every step that it goes through."""
    seen = HostStanding(TARGET.host, TARGET.lpse).after(Look(TARGET, State.ANSWERED, 1.79e9, 0.2, told))
    again = HostStanding.of(json.loads(json.dumps(seen.told())))
    assert again == seen
    return "\n".join([*describe(again), *describe(again, "en", whole=False)])


@given(st.binary(max_size=200))
def test_bytes(raw: bytes) -> None:
    read(raw)


@given(st.dictionaries(st.sampled_from([*GOOD, "more"]), ANYTHING))
def test_documents_with_anything_in_them(parts: dict[str, Any]) -> None:
    if told := read(json.dumps(GOOD | parts).encode()):
        shown(told)


@given(
    st.fixed_dictionaries(
        {
            "version": st.just(1),
            "at": NUMBERS,
            "measures": st.dictionaries(NAMES, NUMBERS, max_size=5),
            "facts": st.dictionaries(NAMES, st.text(max_size=300), max_size=3),
            "problems": st.dictionaries(NAMES, st.text(max_size=300), max_size=3),
        }
    )
)
def test_what_passes_can_be_shown_and_reckoned_with(told: dict[str, Any]) -> None:
    found = read(json.dumps(told).encode())
    if found is None:
        return
    assert all(math.isfinite(value) for value in found.measures.values())
    assert all(text.isprintable() for text in shown(found).splitlines())


def test_a_whole_answer() -> None:
    told = answer.parse(json.dumps(GOOD).encode())
    lines = shown(told)
    assert "spse.mamuju.example: KRITIS, 4.5.20260202" in lines
    assert "X disk kosong /     1 %" in lines
    assert "? certificate: tidak terbaca — Connection refused" in lines


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (b"", "bukan JSON"),
        (b"Last login: Mon\n", "bukan JSON: `Last login: Mon `"),
        (b"[" * 100_000, "bukan JSON"),
        (b'{"version": 2}', "bukan dokumen yang dikenal"),
        (b'"' + b"x" * answer.MOST + b'"', "lebih dari 256 KiB"),
        (json.dumps(GOOD | {"at": "now"}).encode(), "tidak menyebut waktunya"),
        (json.dumps(GOOD | {"measures": {"memory": True}}).encode(), "`memory` bukan bilangan"),
        (json.dumps(GOOD | {"measures": {"memory": math.nan}}).encode(), "`memory` bukan bilangan"),
        (json.dumps(GOOD | {"measures": {"memory": 10**400}}).encode(), "`memory` bukan bilangan"),
        (json.dumps(GOOD | {"facts": {"\x1b[2J": ""}}).encode(), "`facts` memuat nama yang bukan nama"),
        (json.dumps(GOOD | {"facts": {f"a:{n}": "" for n in range(501)}}).encode(), "terlalu banyak"),
    ],
    ids=range(11),
)
def test_garbage_is_named(raw: bytes, why: str) -> None:
    with pytest.raises(GarbageError) as error:
        answer.parse(raw)
    assert why in str(error.value)


def test_what_a_host_says_cannot_hold_secrets_or_end_the_line() -> None:
    told = answer.parse(json.dumps(GOOD | {"problems": {"x": "db.pass=kenari-rahasia-1\nX"}}).encode())
    assert "kenari" not in told.problems["x"]
    assert "\n" not in told.problems["x"]


def test_a_clock_that_does_not_know_its_offset_is_known_by_ours() -> None:
    told = answer.parse(json.dumps(GOOD).encode())
    assert with_clock(told, told.at - 1, told.at + 1).measures["clock"] == 0
    assert with_clock(told, told.at + 90, told.at + 91).measures["clock"] == 90
    known = answer.parse(json.dumps(GOOD | {"measures": {"clock": 0.25}}).encode())
    assert with_clock(known, 0, 0).measures["clock"] == 0.25
