"""What takes too long for every run. `make test` leaves it out or does less of it, and `make whole` does it all."""

import os
from collections.abc import Collection, Sequence

import pytest
from _pytest.mark import ParameterSet

WHOLE = os.environ.get("SPSE_WHOLE") == "1"

in_whole = pytest.mark.skipif(not WHOLE, reason="make whole")


def sampled(cases: Sequence[object], often: Collection[int]) -> list[ParameterSet]:
    """Cases of a test, of which only those at these places belong to every run."""
    return [
        pytest.param(*(case if isinstance(case, tuple) else (case,)), marks=() if place in often else in_whole)
        for place, case in enumerate(cases)
    ]
