"""Charts: what is drawn is where it belongs, and who does not see it hears the same."""

import xml.etree.ElementTree as ET
from datetime import datetime
from typing import Any

import pytest

from chatops.reports import chart
from chatops.reports.chart import Bar, Frame, Limit, Point
from chatops.sla import moments

WIB = moments.zone("WIB")
SINCE = datetime(2026, 6, 1, tzinfo=WIB).timestamp()
HOUR = 3600.0


def frame(**more: Any) -> Frame:  # noqa: ANN401 - whatever a frame has
    """One day."""
    told: dict[str, Any] = {"say": "{:.0f} %".format, "gap": 2 * HOUR} | more
    return Frame("Disk kosong", SINCE, SINCE + 24 * HOUR, WIB, **told)


def points(*values: float, step: float = HOUR) -> list[Point]:
    """One an hour."""
    return [Point(SINCE + step * number, value - 1, value, value + 1) for number, value in enumerate(values)]


def parsed(made: str) -> ET.Element:
    """What was drawn, if it is whole."""
    return ET.fromstring(made)  # noqa: S314 - it was made a line above


def drawn(svg: str, kind: str) -> list[ET.Element]:
    """What is of a class."""
    return [each for each in parsed(svg).iter() if each.get("class") == kind]


def places(element: ET.Element) -> list[tuple[float, float]]:
    """The places of a line."""
    return [tuple(map(float, each.split(","))) for each in (element.get("points") or "").split()]  # type: ignore[misc]


def test_more_is_higher_and_later_is_to_the_right() -> None:
    (line,) = drawn(chart.line(points(10, 30, 20), frame()).svg, "line")
    (x1, y1), (x2, y2), (x3, y3) = places(line)
    assert x1 < x2 < x3
    assert y2 < y3 < y1


def test_a_threshold_lies_between_what_is_above_and_below_it() -> None:
    made = chart.line(points(10, 30), frame(limits=[Limit(20, "kritis")]))
    (_, below), (_, above) = places(drawn(made.svg, "line")[0])
    y = float((drawn(made.svg, "limit")[0].get("d") or "").split()[1].partition("H")[0])
    assert above < y < below
    assert "ambang kritis 20 %" in made.says


def test_where_nobody_looked_there_is_no_line() -> None:
    early, late = points(10, 20), [Point(SINCE + 9 * HOUR, 5, 6, 7)]
    made = chart.line([*early, *late], frame())
    assert [len(places(each)) for each in drawn(made.svg, "line")] == [2, 1]
    assert len(drawn(made.svg, "dot")) == 1


def test_who_hears_it_hears_the_same() -> None:
    made = chart.line(points(10, 30, 20), frame())
    assert made.says == "Disk kosong: terendah 9 %, tertinggi 31 %, terakhir 20 %"
    assert made.rows[1] == ("1 Jun 01.00", "29 %", "30 %", "31 %")
    root = parsed(made.svg)
    assert root.get("role") == "img"
    ids = {each.get("id") for each in root.iter() if each.get("id")}
    assert set((root.get("aria-labelledby") or "").split()) == ids


def test_many_values_are_few_rows() -> None:
    made = chart.line(points(*range(1000), step=60), frame())
    assert len(made.rows) == chart.ROWS
    assert chart.line(points(1, 2), frame(language="en")).heads == chart.HEADS["en"]


def test_nothing_is_said_to_be_nothing() -> None:
    assert chart.line([], frame()).html == "<p>Disk kosong: Belum ada data.</p>"
    assert chart.bars([], "Bulan", heads=("a", "b")).html == "<p>Bulan: Belum ada data.</p>"
    assert chart.sparkline([], "x") == ""


@pytest.mark.parametrize("evil", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "]]>&amp;"])
def test_names_are_words_and_nothing_else(evil: str) -> None:
    line = chart.line(points(1, 2), Frame(evil, SINCE, SINCE + HOUR, WIB, key=evil, limits=[Limit(1, evil)]))
    bars = chart.bars([Bar(evil, 1)], evil, heads=(evil, evil), key=evil)
    for made in (line.svg, bars.html, chart.sparkline([1, 2], evil, key=evil)):
        tree = parsed(made)
        assert evil in "".join(tree.itertext())
        assert not {"script", "img"} & {each.tag.rpartition("}")[2] for each in tree.iter()}


def test_bars_stand_beside_those_of_the_month_before() -> None:
    made = chart.bars([Bar("Minor", 4, 8), Bar("Mayor", 2, 0)], "Perubahan", heads=("Kelas", "Ini", "Lalu"))
    high = [float(each.get("height") or 0) for each in drawn(made.svg, "bar")]
    before = [float(each.get("height") or 0) for each in drawn(made.svg, "other")]
    assert high[0] == pytest.approx(2 * high[1], rel=0.01)
    assert before == [pytest.approx(2 * high[0], rel=0.01), 0]
    assert made.rows == [("Minor", "4", "8"), ("Mayor", "2", "0.0")]


def test_days_are_those_of_the_zone() -> None:
    week = Frame("x", SINCE, SINCE + 5 * 86400, WIB)
    labels = [each.text for each in drawn(chart.line(points(1, 2), week).svg, "label")]
    assert "2 Jun" in labels
    assert "4 Jun" in labels
