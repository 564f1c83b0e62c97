"""Thresholds with two ends, whatever the values: nothing trembles, nothing is overlooked."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatops.watch.measures import MEASURES, Above, Below, Level, Measure, Standing, judge

VALUES = st.floats(allow_nan=False, allow_infinity=False)
every_measure = pytest.mark.parametrize("measure", MEASURES.values(), ids=lambda measure: measure.kind)
JUDGED = [measure for measure in MEASURES.values() if measure.warning or measure.critical]


def course(measure: Measure, values: list[float]) -> list[Standing]:
    """How it stands after each value, a minute apart."""
    standing = None
    found = []
    for at, value in enumerate(values):
        standing = judge(measure, standing, value, 60 * at)
        found.append(standing)
    return found


@every_measure
def test_the_two_ends_are_on_the_right_sides(measure: Measure) -> None:
    for side in (*measure.warning, *measure.critical):
        assert side.leave >= side.enter if isinstance(side, Below) else side.leave <= side.enter


@every_measure
def test_what_is_critical_has_been_worth_a_warning_before(measure: Measure) -> None:
    for milder, worse in zip(measure.warning, measure.critical, strict=False):
        assert type(milder) is type(worse)
        assert milder.enter > worse.enter if isinstance(milder, Below) else milder.enter < worse.enter


@given(measure=st.sampled_from(JUDGED), values=st.lists(VALUES, min_size=1, max_size=30))
def test_a_level_lasts_as_often_as_it_was_asked_for(measure: Measure, values: list[float]) -> None:
    standings = course(measure, values)
    for before, after in pairwise(standings):
        if after.level != before.level:
            assert after.since > before.since
            # Somebody has said so the last `times` times in a row.
            assert before.seen + 1 >= measure.times
        assert after.seen < measure.times


@given(measure=st.sampled_from(JUDGED), before=st.sampled_from(Level), data=st.data())
def test_between_the_two_ends_nothing_changes(measure: Measure, before: Level, data: st.DataObject) -> None:
    side = data.draw(st.sampled_from([*measure.warning, *measure.critical]))
    low, high = sorted((side.enter, side.leave))
    value = data.draw(st.floats(low, high))
    mine = Level.CRITICAL if side in measure.critical else Level.WARNING
    # Whoever was as bad as that stays so; whoever was not does not become it.
    assert (measure.level(before, value) >= mine) == (before >= mine) or value in {low, high}


@given(measure=st.sampled_from(JUDGED), before=st.sampled_from(Level), values=st.tuples(VALUES, VALUES))
def test_what_is_worse_is_never_judged_better(measure: Measure, before: Level, values: tuple[float, float]) -> None:
    sides = [type(side) for side in (*measure.warning, *measure.critical)]
    if len(set(sides)) > 1:
        return
    low, high = sorted(values)
    better, worse = (low, high) if sides[0] is Above else (high, low)
    assert measure.level(before, worse) >= measure.level(before, better)


@given(values=st.lists(st.floats(0.145, 0.175), min_size=2, max_size=40))
def test_a_disk_that_trembles_at_its_threshold_is_told_of_once(values: list[float]) -> None:
    levels = [standing.level for standing in course(MEASURES["disk"], values)]
    assert sum(before != after for before, after in pairwise(levels)) <= 1


def test_a_page_may_fail_once() -> None:
    levels = [standing.level for standing in course(MEASURES["login"], [1, 0, 1, 0, 0, 1, 1])]
    assert levels == [Level.WELL] * 4 + [Level.CRITICAL] * 2 + [Level.WELL]


def test_two_processes_of_one_instance_are_as_wrong_as_none() -> None:
    process = MEASURES["process"]
    assert [process.level(Level.WELL, count) for count in (0, 1, 2)] == [Level.CRITICAL, Level.WELL, Level.CRITICAL]
