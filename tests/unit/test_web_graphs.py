"""What charts are drawn of is the same, whether it was summed up already or not; on both databases."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import delete

from chatops.ledger.schema import SUMS
from chatops.ledger.store import Ledger
from chatops.watch.answer import Answer
from chatops.watch.look import Look, State, Target
from chatops.watch.series import Series
from chatops.watch.thinning import DAY, HOUR, Grain, bucket
from chatops.web import graphs
from chatops.web.graphs import RANGES, Range
from tests.unit.test_watch_series import seen

START = bucket(Grain.DAY, int(datetime(2026, 6, 15, 3, tzinfo=UTC).timestamp()))


def seen_at(at: int, values: dict[str, float]) -> Look:
    """What the host has shown."""
    return Look(Target("a", "lpse-a", "192.0.2.1"), State.ANSWERED, at, 0.2, Answer(at, values, {}, {}))


@pytest.mark.parametrize("span", RANGES, ids=lambda span: span.name)
def test_sums_change_nothing(ledger: Ledger, span: Range) -> None:
    series, until = Series(ledger), START + 5 * DAY + 7 * HOUR
    for number, at in enumerate(range(START, until, HOUR // 2)):
        series.add(seen(seen_at(at, {"load": 9, "memory": (number % 40) / 40, "disk:/home": 0.5})))
    series.thin(until)
    with ledger.reading() as reader:
        before = graphs.values(reader.connection, "a", until, span)
    while series.sum_up(until):
        pass
    with ledger.reading() as reader:
        after = graphs.values(reader.connection, "a", until, span)
    assert before.keys() == after.keys() == {"memory", "disk:/home"}
    for name, points in before.items():
        assert [(one.at, one.low, one.high) for one in points] == [(one.at, one.low, one.high) for one in after[name]]
        assert [one.mean for one in points] == pytest.approx([one.mean for one in after[name]], abs=1e-3)
        assert points[-1].at >= until - max(span.step, HOUR)
    with ledger.aside() as connection:
        connection.execute(delete(SUMS))


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
