"""Priority and class, by the nine rows of the agreement; what cannot be judged is refused."""

from typing import Any

import pytest

from chatops.errors import PriorityError
from chatops.sla.priority import assess, restored

ALL = tuple(range(1, 13))
# Stages, r, k, the printed p (where it can be read), p to two places, class.
ROWS = [
    ((1, 6, 7, 9, 10), 5, 1, None, 20.83, "emergency"),
    ((2, 3, 4), 1, 2, 1, 1.25, "minor"),
    ((1, 3, 5, 6, 7, 9, 10), 10, 3, 19, 19.44, "mayor"),
    (ALL, 10, 4, 25, 25, "emergency"),
    ((2, 3, 4), 10, 5, 5, 5, "minor"),
    ((5, 6, 7, 8, 9, 10), 10, 6, 8, 8.33, "minor"),
    (ALL, 10, 7, 14, 14.29, "mayor"),
    (ALL, 10, 8, 13, 12.5, "mayor"),
    (ALL, 10, 9, 11, 11.11, "mayor"),
]


@pytest.mark.parametrize(("stages", "r", "k", "printed", "p", "name"), ROWS)
def test_the_rows_of_the_agreement(
    stages: tuple[int, ...], r: int, k: int, printed: int | None, p: float, name: str
) -> None:
    judged = assess(stages, r, k)
    assert round(float(judged.p), 2) == p
    assert judged.name == name
    # Half up, as people round; Python's own round would make 12.5 a 12.
    assert printed is None or int(judged.p + judged.p.__class__(1, 2)) == printed


@pytest.mark.parametrize(("f", "name", "days"), [(9, "minor", 3), (10, "mayor", 2)])
def test_the_bounds_of_the_classes_belong_to_the_middle_one(f: int, name: str, days: int) -> None:
    judged = assess((), 1, 1, f=f, by="penanggung jawab", reason="jaringan")
    assert (judged.name, judged.working_days) == (name, days)
    assert assess(ALL, 2, 1).name == "mayor"
    assert assess(ALL, 3, 1).working_days == 1


def test_an_override_is_kept_with_who_and_why() -> None:
    judged = assess((2, 3), 4, 2, f=10, by="kepala seksi", reason="seluruh jaringan mati")
    assert judged.told()["override"] == {"by": "kepala seksi", "reason": "seluruh jaringan mati"}
    assert judged.told()["stages"] == [2, 3]
    assert float(judged.p) == 20


@pytest.mark.parametrize(("stages", "more"), [((1, 6, 7), {}), ((1,), {"f": 7, "by": "a", "reason": "b"})])
def test_what_a_ledger_keeps_is_read_back_exactly(stages: tuple[int, ...], more: dict[str, Any]) -> None:
    judged = assess(stages, 5, 3, **more)
    assert restored(judged.told()) == judged


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"stages": (1, 13), "r": 5, "k": 1}, "tahapan 13 tidak ada"),
        ({"stages": (0,), "r": 5, "k": 1}, "tahapan 0 tidak ada"),
        ({"stages": (), "r": 5, "k": 1}, "sebutkan tahapan"),
        ({"stages": (1,), "r": 0, "k": 1}, r"r \(dampak reputasi\) berisi 0, harus 1 sampai 10"),
        ({"stages": (1,), "r": 5, "k": 11}, r"k \(tingkat pemulihan\) berisi 11"),
        ({"stages": (1,), "r": 5, "k": 1, "f": 11, "by": "a", "reason": "b"}, "berisi 11"),
        ({"stages": (1,), "r": 5, "k": 1, "f": 3, "by": "a"}, "siapa yang menetapkannya dan alasannya"),
    ],
)
def test_what_cannot_be_judged_is_refused(given: dict[str, Any], words: str) -> None:
    with pytest.raises(PriorityError, match=words):
        assess(**given)
