"""What charts are drawn of is the same, whether it was summed up already or not; on both databases."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import delete

from chatops.ledger.schema import SAMPLES, SUMS
from chatops.ledger.store import Ledger
from chatops.watch.answer import Answer
from chatops.watch.look import Look, State, Target
from chatops.watch.series import Series, put
from chatops.watch.sums import Step, Sums
from chatops.watch.thinning import DAY, HOUR, Grain, bucket
from chatops.web import graphs
from chatops.web.graphs import RANGES, Range
from tests.unit.test_watch_series import seen

SUM, LOOK = '{"n":6,"away":0,"v":{"memory":[6,0.5,1.0,2.0]}}', '{"n":1,"away":0,"v":{"memory":99.0}}'
START = bucket(Grain.DAY, int(datetime(2026, 6, 15, 3, tzinfo=UTC).timestamp()))


def seen_at(at: int, values: dict[str, float]) -> Look:
    """What the host has shown."""
    return Look(Target("a", "lpse-a", "192.0.2.1"), State.ANSWERED, at, 0.2, Answer(at, values, {}, {}))


@pytest.mark.parametrize("span", RANGES, ids=lambda span: span.name)
def test_sums_change_nothing(ledger: Ledger, span: Range) -> None:
    series, sums, until = Series(ledger), Sums(ledger), START + 5 * DAY + 7 * HOUR
    for number, at in enumerate(range(START, until, HOUR // 2)):
        series.add(seen(seen_at(at, {"load": 9, "memory": (number % 40) / 40, "disk:/home": 0.5})))
    series.thin(until)
    with ledger.reading() as reader:
        before = graphs.values(reader.connection, "a", until, span)
    while sums.add(until):
        pass
    with ledger.reading() as reader:
        after = graphs.values(reader.connection, "a", until, span)
    assert before.keys() == after.keys() == {"memory", "disk:/home"}
    for name, points in before.items():
        assert [(one.at, one.low, one.high) for one in points] == [(one.at, one.low, one.high) for one in after[name]]
        assert [one.mean for one in points] == pytest.approx([one.mean for one in after[name]], abs=1e-3)
        assert points[-1].at >= until - span.step.seconds
    with ledger.aside() as connection:
        connection.execute(delete(SUMS))


@pytest.mark.parametrize("span", RANGES, ids=lambda span: span.name)
def test_what_is_summed_up_is_not_read_look_by_look(ledger: Ledger, span: Range) -> None:
    until = START + 400 * DAY + 7 * HOUR + 77
    for step in Step:
        begun = step.start(until - step.value.kept)
        starts = range(begun, step.start(until), step.seconds)
        rows = [{"host": "a", "step": step.seconds, "at": at, "body": SUM} for at in starts]
        with ledger.aside() as connection:
            put(connection, SUMS, rows)
            put(connection, SAMPLES, [{"host": "a", "grain": 0, "at": each["at"], "body": LOOK} for each in rows])
    with ledger.reading() as reader:
        (points,) = graphs.values(reader.connection, "a", until, span).values()
    assert {one.high for one in points} == {2}
    assert len(points) >= span.days * DAY // span.step.seconds


def test_a_chart_says_what_was_seen(ledger: Ledger) -> None:
    until = START + 6 * HOUR
    for at in range(START, until, HOUR // 2):
        Series(ledger).add(seen(seen_at(at, {"disk:/home": 0.04 if at == START + HOUR else 0.3})))
    with ledger.reading() as reader:
        known = graphs.values(reader.connection, "a", until, RANGES[0])
    (chart,) = graphs.drawn(known, "a", until, RANGES[0], "WIT", [(START, START + 60)])
    assert chart.title == "Disk kosong /home"
    assert "terendah 4 %, tertinggi 30 %" in chart.says
    assert "ambang perlu perhatian 15 %; ambang kritis 5 %" in chart.says
    assert 'class="span"' in chart.svg
