"""What was seen is kept, thinned with age, and in nobody's way; on both databases."""

import math
import threading
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection, event, func, select

from chatops.changes import Asked, Changes
from chatops.errors import LedgerFullError
from chatops.ledger.schema import SAMPLES
from chatops.ledger.store import Ledger
from chatops.watch import thinning
from chatops.watch.answer import Answer
from chatops.watch.look import Look, State, Target
from chatops.watch.series import Series
from chatops.watch.standing import HostStanding
from chatops.watch.thinning import DAY, HOUR, KEPT, Grain, Sample, single, together

NOW = int(datetime(2026, 6, 15, 3, tzinfo=UTC).timestamp())
VALUES = st.floats(-1e9, 1e9)
SAMPLES_ = st.lists(
    st.builds(single, st.dictionaries(st.sampled_from(["memory", "disk:/", "load"]), VALUES), away=st.booleans()),
    min_size=1,
    max_size=20,
)


def look(host: str, at: float, state: State = State.ANSWERED, **values: float) -> Look:
    """A look that has shown this."""
    answer = Answer(at, values, {}, {}) if state is State.ANSWERED else None
    return Look(Target(host, f"lpse-{host}", "192.0.2.1"), state, at, 0.2, answer)


def seen(*looks: Look) -> list[tuple[Look, HostStanding]]:
    """Looks with how their hosts stand after them."""
    return [(each, HostStanding(each.target.host, each.target.lpse).after(each)) for each in looks]


@given(SAMPLES_, st.integers(0, 19))
def test_put_together_in_any_way_they_are_the_same(samples: list[Sample], place: int) -> None:
    whole = together(samples)
    parts = together([together(samples[place:]), together(samples[:place])])
    assert (whole.looks, whole.away) == (parts.looks, parts.away)
    assert whole.spreads.keys() == parts.spreads.keys()
    for name, spread in whole.spreads.items():
        other = parts.spreads[name]
        assert (spread.count, spread.low, spread.high) == (other.count, other.low, other.high)
        assert math.isclose(spread.mean, other.mean, rel_tol=1e-9, abs_tol=1e-3)
        assert spread.low <= spread.mean <= spread.high


@given(SAMPLES_)
def test_what_is_kept_is_what_was_seen(samples: list[Sample]) -> None:
    whole = together(samples)
    kept = Sample.of(whole.told())
    assert (kept.looks, kept.away, kept.spreads.keys()) == (whole.looks, whole.away, whole.spreads.keys())
    for name, spread in whole.spreads.items():
        assert math.isclose(kept.spreads[name].mean, spread.mean, rel_tol=1e-4)


@given(st.integers(0, 4_000_000_000))
def test_a_moment_lies_in_its_hour_and_in_its_day_in_jakarta(at: int) -> None:
    hour, day = thinning.bucket(Grain.HOUR, at), thinning.bucket(Grain.DAY, at)
    assert day <= hour <= at < hour + HOUR <= day + DAY
    assert datetime.fromtimestamp(day, UTC).hour == 17


def fill(series: Series, host: str, hours: Sequence[int], each: int = 6) -> None:
    """Looks in these hours before NOW, ten minutes apart."""
    for hour in hours:
        begun = NOW - hour * HOUR
        looks = [look(host, begun + 600 * number, memory=number / 10) for number in range(each)]
        for one in looks:
            series.add(seen(one))


def test_it_is_thinned_with_age_and_nothing_is_lost(ledger: Ledger) -> None:
    series = Series(ledger)
    old, older = KEPT[Grain.LOOK] // HOUR + 3, KEPT[Grain.HOUR] // HOUR + 48
    fill(series, "a", [1, old, old + 1, older, older + 1])
    fill(series, "b", [1, old])
    series.add(seen(look("a", NOW - old * HOUR + 3599, State.HANGING)))
    series.thin(NOW)
    points = list(series.points("a", 0, NOW))
    assert [point.grain for point in points] == [Grain.DAY, Grain.HOUR, Grain.HOUR, *[Grain.LOOK] * 6]
    assert [point.sample.looks for point in points[:3]] == [12, 6, 7]
    assert points[2].sample.away == 1
    memory = points[1].sample.spreads["memory"]
    assert (memory.count, memory.low, memory.high) == (6, 0, 0.5)
    assert memory.mean == pytest.approx(0.25)
    assert [point.grain for point in series.points("b", 0, NOW)] == [Grain.HOUR, *[Grain.LOOK] * 6]
    assert series.thin(NOW) == 0
    # An hour that somebody's wrong clock fills once more.
    fill(series, "a", [old])
    series.thin(NOW)
    assert [point.sample.looks for point in series.points("a", 0, NOW)][2] == 13
    series.thin(NOW + KEPT[Grain.DAY] + DAY)
    assert list(series.points("a", 0, NOW)) == []


def test_how_hosts_stand_outlives_who_looks(ledger: Ledger) -> None:
    series = Series(ledger)
    first = look("a", NOW, memory=0.07)
    standing = HostStanding("a", "lpse-a").after(first)
    series.add([(first, standing)])
    found = Series(ledger).standings()["a"]
    assert found == standing
    second = look("a", NOW + 300, State.HANGING)
    series.add([(second, found.after(second))])
    again = series.standings()["a"]
    assert (again.state, again.since) == (State.HANGING, NOW + 300)
    # What was known of it is still known.
    assert again.values == {"memory": 0.07}


def test_a_look_that_is_added_twice_is_there_once(ledger: Ledger) -> None:
    series = Series(ledger)
    for value in (0.5, 0.6):
        series.add(seen(look("a", NOW, memory=value)))
    (point,) = series.points("a", 0, NOW + 1)
    assert point.sample.spreads["memory"].mean == 0.6


def test_a_change_does_not_wait_for_a_fleet(ledger: Ledger) -> None:
    """While six hundred hosts are kept and thinned, again and again, changes are recorded beside it."""
    series = Series(ledger)
    fleet = [look(f"host-{number}", NOW, memory=0.5, load=0.1) for number in range(600)]
    stop = threading.Event()

    def watch() -> None:
        at = NOW - KEPT[Grain.LOOK] - 2 * DAY
        while not stop.is_set():
            series.add([(Look(one.target, one.state, at, 0.1, one.answer), each) for one, each in seen(*fleet)])
            series.thin(NOW)
            at += HOUR

    thread = threading.Thread(target=watch)
    thread.start()
    changes = Changes(ledger, "penguji")
    took = []
    for number in range(10):
        began = time.monotonic()
        changes.open(Asked("upgrade", (f"lpse-{number}",), service="S0-5", mode="remote"))
        took.append(time.monotonic() - began)
    stop.set()
    thread.join(60)
    assert max(took) < 5
    assert ledger.verify().events >= 10


def test_a_full_disk_is_told_and_what_was_there_stays(tmp_path: Path) -> None:
    ledger = Ledger.open(f"sqlite:///{tmp_path / 'ledger.db'}")
    series = Series(ledger)
    series.add(seen(look("a", NOW, memory=0.5)))

    @event.listens_for(ledger.engine, "begin")
    def full(connection: Connection) -> None:
        connection.exec_driver_sql("PRAGMA max_page_count = 1")

    many = seen(*(look(f"host-{number}", NOW, memory=0.5) for number in range(2000)))
    with pytest.raises(LedgerFullError, match="disk penuh"):
        series.add(many)
    event.remove(ledger.engine, "begin", full)
    ledger.close()
    ledger = Ledger.open(f"sqlite:///{tmp_path / 'ledger.db'}")
    with ledger.reading() as reader:
        assert reader.connection.execute(select(func.count()).select_from(SAMPLES)).scalar_one() >= 1
    Changes(ledger, "penguji").open(Asked("upgrade", ("mamuju",), service="S0-5", mode="remote"))
    ledger.close()
