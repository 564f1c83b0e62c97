"""When a disk runs full: right where the days agree, and not known where they do not."""

import math
import random
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatops.watch import forecast as forecasting
from chatops.watch.forecast import FEWEST, HORIZON, WINDOW, Forecast, Outlook, forecast

GIB = 1024.0**3
FIRST = 20_000
LOSSES = st.floats(0.1, 5.0)
LENGTHS = st.integers(14, WINDOW)


def line(left: float, per_day: float, days: int) -> list[tuple[int, float]]:
    """What was left on each of so many days, of which the last has `left`, in GiB."""
    return [(FIRST + day, (left + per_day * (days - 1 - day)) * GIB) for day in range(days)]


def noisy(points: list[tuple[int, float]], share: float, seed: int) -> list[tuple[int, float]]:
    """The same, each day off by up to a share of it."""
    dice = random.Random(seed)  # noqa: S311 - the same every time
    return [(day, value * (1 + dice.uniform(-share, share))) for day, value in points]


@given(st.floats(5, 200), LOSSES, LENGTHS)
def test_a_straight_line_ends_where_it_ends(left: float, per_day: float, days: int) -> None:
    found = forecast(line(left, per_day, days))
    if left / per_day > HORIZON * 1.001:
        assert found.outlook is Outlook.NOT_SOON
        assert found.day is None
    elif left / per_day < HORIZON * 0.999:
        assert found.outlook is Outlook.RUNS_OUT
        assert math.isclose(found.days, left / per_day, rel_tol=1e-6)
        assert math.isclose(found.per_day, per_day * GIB, rel_tol=1e-6)
        assert found.soonest <= found.days * 1.000001
        assert found.days <= found.latest * 1.000001


@given(st.floats(20, 100), st.floats(0.5, 3.0), LENGTHS, st.integers(0, 999))
def test_a_little_noise_moves_it_a_little(left: float, per_day: float, days: int, seed: int) -> None:
    found = forecast(noisy(line(left, per_day, days), 0.002, seed))
    assert found.outlook is Outlook.RUNS_OUT
    assert abs(found.days - left / per_day) < 0.35 * left / per_day
    assert found.soonest <= found.days <= found.latest


@given(st.floats(20, 80), st.floats(0.5, 3.0), st.integers(21, WINDOW), st.data())
def test_a_cleaning_up_that_happens_once_changes_nothing(
    left: float, per_day: float, days: int, data: st.DataObject
) -> None:
    points = line(left, per_day, days)
    place = data.draw(st.integers(1, days - 1))
    gained = data.draw(st.floats(0.5, 2.0)) * max(value for _, value in points)
    cleaned = [(day, value - gained if at < place else value) for at, (day, value) in enumerate(points)]
    found = forecast(cleaned)
    assert found.outlook is Outlook.RUNS_OUT
    assert math.isclose(found.days, left / per_day, rel_tol=0.05)


def test_who_cleans_up_every_week_does_not_run_full() -> None:
    saw = [(FIRST + day, (50 - 5 * (day % 7)) * GIB) for day in range(56)]
    assert forecast(saw).outlook is not Outlook.RUNS_OUT


@given(st.lists(st.tuples(st.integers(0, 5), st.floats(0, 1e15)), max_size=20))
def test_a_few_days_say_nothing(points: list[tuple[int, float]]) -> None:
    assert forecast(points).outlook is Outlook.TOO_FEW
    assert not forecast(points).known


@given(st.lists(st.tuples(st.integers(0, 30_000), st.floats(0, 1e18)), max_size=80))
def test_whatever_is_known_it_is_a_forecast(points: list[tuple[int, float]]) -> None:
    found = forecast(points)
    assert found.days >= 0
    assert found.soonest <= found.days <= found.latest
    if found.outlook is Outlook.RUNS_OUT:
        assert found.day
        assert (found.day - date(1970, 1, 1)).days >= max(day for day, _ in points)
        assert found.soonest <= HORIZON
    else:
        assert found.day is None


@given(
    st.floats(10, 50), st.floats(0.5, 2), LENGTHS, st.integers(0, 99), st.integers(-20, 20), st.integers(-9999, 9999)
)
def test_unit_and_calendar_do_not_matter(
    left: float, per_day: float, days: int, seed: int, power: int, later: int
) -> None:
    points = noisy(line(left, per_day, days), 0.003, seed)
    here, there = forecast(points), forecast([(day + later, math.ldexp(value, power)) for day, value in points])
    assert (here.outlook, here.days, here.soonest, here.latest) == (
        there.outlook,
        there.days,
        there.soonest,
        there.latest,
    )


def test_noise_without_a_direction_is_not_known() -> None:
    dice = random.Random(7)  # noqa: S311 - the same every time
    wild = [(FIRST + day, dice.uniform(1, 100) * GIB) for day in range(30)]
    assert forecast(wild).outlook is Outlook.TOO_NOISY


def test_what_stands_still_or_grows_is_not_soon() -> None:
    assert forecast([(FIRST + day, 10 * GIB) for day in range(30)]).outlook is Outlook.NOT_SOON
    assert forecast(line(10, -0.5, 30)).outlook is Outlook.NOT_SOON


def test_what_has_run_out_has_run_out_today() -> None:
    found = forecast(line(0, 1, 10))
    assert (found.outlook, found.days, found.day) == (Outlook.RUNS_OUT, 0, date(2024, 10, 13))


def test_of_a_day_the_least_counts_and_what_is_old_does_not() -> None:
    points = line(20, 1, 30)
    full = [(day, value + 9 * GIB) for day, value in points]
    assert forecast([*full, *points]) == forecast(points)
    assert forecast([(FIRST - 200, 1 * GIB), *points]) == forecast(points)


@pytest.mark.parametrize("days", [FEWEST - 1, FEWEST])
def test_a_week_is_enough(days: int) -> None:
    assert forecast(line(20, 1, days)).known is (days >= FEWEST)


def test_a_forecast_says_nothing_by_itself() -> None:
    assert Forecast(Outlook.TOO_FEW).day is None
    assert forecasting.forecast([]) == Forecast(Outlook.TOO_FEW)
