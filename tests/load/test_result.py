"""Figures and picture of a load, from requests that are known."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.load import __main__ as command
from tests.load.plot import ROWS, placed, save
from tests.load.result import Kind, Mark, Request, Result, duration, percentile
from tests.load.server import serving


def request(number: int, latency: float = 0.01, kind: Kind = "success", *, rate: float = 10) -> Request:
    """One of a load."""
    due = number / rate
    status, cause = {"success": (200, ""), "maintenance": (503, "503 x"), "failed": (0, "closed before an answer")}[
        kind
    ]
    return Request(number, "GET", "/", due, due + 0.001, due + latency, status, kind, cause)


def result(*requests: Request, rate: float = 10) -> Result:
    """A load of these."""
    began = datetime(2026, 1, 5, 8, tzinfo=UTC)
    return Result("https://spse.example/eproc4", began, "beban-x", rate, requests, (Mark("switch", 1.0),))


@pytest.mark.parametrize(("percent", "value"), [(0, 1), (1, 1), (50, 50), (95, 95), (99, 99), (99.5, 100), (100, 100)])
def test_percentile(percent: float, value: int) -> None:
    assert percentile([float(number) for number in range(100, 0, -1)], percent) == value


def test_nothing_has_figures_too() -> None:
    summary = result().summary()
    assert (summary["requests"], summary["longest_gap_seconds"]) == (0, 0)


def test_the_gap_is_between_answers_that_are_ones() -> None:
    # 10 a second: three that fail, of which the last takes long.
    load = result(*(request(n, 0.9 if n == 7 else 0.01, "failed" if n in {5, 6, 7} else "success") for n in range(10)))
    gap = load.longest_gap
    assert gap.start == pytest.approx(0.41)
    assert gap.seconds == pytest.approx(0.4)


def test_the_gap_may_be_at_either_end() -> None:
    first = result(*(request(n, kind="failed" if n < 6 else "success") for n in range(10))).longest_gap
    assert first.start == 0
    assert first.end == pytest.approx(0.61)
    last = result(*(request(n, kind="failed" if n > 3 else "success") for n in range(10))).longest_gap
    assert last.start == pytest.approx(0.31)
    assert last.end == 1


def test_figures() -> None:
    load = result(request(0), request(1, 0.2, "maintenance"), request(2, 3, "failed"), request(3, 0.02))
    summary = load.summary()
    assert summary["kinds"] == {"success": 2, "maintenance": 1, "failed": 1}
    assert summary["statuses"] == {"0": 1, "200": 2, "503": 1}
    assert summary["causes"] == {"closed before an answer": 1}
    assert summary["latency_seconds"]["all"] == {"p50": 0.02, "p95": 3, "p99": 3, "max": 3}
    assert summary["latency_seconds"]["success"]["max"] == 0.02
    assert [failure.number for failure in load.failures] == [2]


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.0004, "0.4 ms"),
        (0.003, "3 ms"),
        (0.0123, "12 ms"),
        (0.9, "900 ms"),
        (1, "1 s"),
        (1.25, "1.2 s"),
        (30.4, "30 s"),
    ],
)
def test_durations_are_words(seconds: float, words: str) -> None:
    assert duration(seconds) == words


def test_labels_of_marks_do_not_hide_each_other() -> None:
    marks = [Mark("stop", 10), Mark("start", 10.2), Mark("answers", 12), Mark("much later", 40), Mark("end", 59.5)]
    labels = placed(marks, 0, 60)
    assert [label.row for label in labels] == [0, 1, 2, 0, 0]
    assert [label.is_before for label in labels] == [False, False, False, False, True]
    assert labels[0].text == "stop  10.0 s"
    # More of them than rows: the last row takes the rest.
    crowd = placed([Mark("x", 1 + number / 100) for number in range(9)], 0, 60)
    assert max(label.row for label in crowd) == ROWS - 1


def test_a_picture_and_its_figures(tmp_path: Path) -> None:
    load = result(*(request(n, kind="failed" if 20 < n < 35 else "success") for n in range(50)))
    save(load, tmp_path / "deep" / "n1")
    assert (tmp_path / "deep/n1.png").read_bytes().startswith(b"\x89PNG")
    kept = json.loads((tmp_path / "deep/n1.json").read_text())
    assert kept["summary"]["marks"] == [{"name": "switch", "at": 1.0}]
    assert len(kept["requests"]) == 50
    assert kept["requests"][21]["cause"] == "closed before an answer"


def test_nothing_has_a_picture_too(tmp_path: Path) -> None:
    save(result(), tmp_path / "empty")
    assert (tmp_path / "empty.png").exists()


def test_the_command(tmp_path: Path) -> None:
    with serving() as server:
        arguments = [
            "--url",
            server.url,
            "--rate",
            "20",
            "--seconds",
            "1",
            "--out",
            str(tmp_path / "x"),
            "--writes",
            "1",
        ]
        done = CliRunner().invoke(command.main, arguments)
    assert done.exit_code == 0, done.output
    assert json.loads((tmp_path / "x.json").read_text())["summary"]["kinds"]["success"] == pytest.approx(20, abs=2)
    assert len(server.written) == len(server.seen)
