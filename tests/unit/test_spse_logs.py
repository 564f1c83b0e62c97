"""The module's own work: several files as one, copies once, a pattern that sees what is shown, and the last lines."""

import os
import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from library import spse_logs

NOW = datetime.now()  # noqa: DTZ005 - in this machine's own zone


def line(minutes_ago: float, rest: str) -> str:
    return f"{NOW - timedelta(minutes=minutes_ago):%Y-%m-%d %H:%M:%S},000 {rest}\n"


def read(
    folder: Path, pattern: str = "", limit: int = 50, since: str = "1h"
) -> tuple[dict[str, Any], list[dict[str, str]]]:
    window = spse_logs.Window(since, "")
    reader = spse_logs.Reader(window, pattern, limit)
    said = reader.read("application", spse_logs.streams("application", [f"{folder}/*"], window))
    return said, reader.last()


def test_several_files_are_one_and_what_two_of_them_hold_counts_once(tmp_path: Path) -> None:
    both = line(10, "ERROR ~ Galat pada GET /paket/1\njava.lang.Error: x") + line(5, "ERROR ~ Galat pada GET /paket/2")
    (tmp_path / "application.log.1").write_text(line(300, "ERROR ~ lama") + line(30, "WARN ~ awal"))
    (tmp_path / "application.log").write_text(both + line(1, "INFO ~ sama") * 2)
    (tmp_path / "system.out").write_text("OpenJDK warning\n" + both + line(1, "INFO ~ sama") * 2)
    said, last = read(tmp_path)
    assert (said["lines"], said["errors"], said["warnings"]) == (5, 2, 1)
    assert said["frequent"] == [
        {"count": 1, "text": "Galat pada GET /paket/# — java.lang.Error: x"},
        {"count": 1, "text": "Galat pada GET /paket/#"},
    ]
    assert [text["text"] for text in last] == [
        "WARN ~ awal",
        "ERROR ~ Galat pada GET /paket/1\njava.lang.Error: x",
        "ERROR ~ Galat pada GET /paket/2",
        "INFO ~ sama",
        "INFO ~ sama",
    ]
    assert [Path(name).name for name in said["files"]] == ["application.log", "application.log.1", "system.out"]


@pytest.mark.parametrize(("limit", "kept"), [(0, []), (2, ["8", "9"]), (50, list("0123456789"))])
def test_only_the_last_lines_are_kept(tmp_path: Path, limit: int, kept: list[str]) -> None:
    (tmp_path / "x.log").write_text("".join(line(30 - number, f"INFO ~ {number}") for number in range(10)))
    said, last = read(tmp_path, limit=limit)
    assert said["lines"] == 10
    assert [text["text"][-1] for text in last] == kept


def test_a_pattern_sees_what_is_shown_and_no_secret(tmp_path: Path) -> None:
    (tmp_path / "x.log").write_text(line(3, "ERROR ~ masuk password=kenari-rahasia") + line(2, "INFO ~ lain"))
    said, last = read(tmp_path, pattern="MASUK")
    assert said["lines"] == 1
    assert "kenari" not in repr((said, last))
    assert read(tmp_path, pattern="kenari")[0]["lines"] == 0


def test_a_key_line_by_line_in_a_log_does_not_survive_anywhere(tmp_path: Path) -> None:
    body = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCkenari"
    mark = "-----{} PRIVATE KEY-----"
    rows = [mark.format("BEGIN"), body, mark.format("END")]
    (tmp_path / "x.log").write_text("".join(line(3, f"ERROR ~ {row}") for row in rows))
    said, last = read(tmp_path)
    assert said["errors"] == 3
    assert "kenari" not in repr((said, last))


def test_a_file_that_cannot_be_read_is_named_and_hides_no_other(tmp_path: Path) -> None:
    (tmp_path / "x.log").write_text(line(3, "INFO ~ baik"))
    (tmp_path / "x.log.1.gz").write_text("no gzip")
    said, _ = read(tmp_path)
    assert said["lines"] == 1
    assert said["files"] == [str(tmp_path / "x.log")]
    assert "rusak" in said["unread"][str(tmp_path / "x.log.1.gz")]


def test_a_window_that_ends_before_it_begins_is_refused() -> None:
    with pytest.raises(ValueError, match="sesudah akhir"):
        spse_logs.Window("1h", "2h")


def test_what_comes_after_the_window_is_left_out(tmp_path: Path) -> None:
    (tmp_path / "x.log").write_text(line(90, "INFO ~ a") + line(70, "INFO ~ b") + line(5, "INFO ~ c"))
    window = spse_logs.Window("2h", "1h")
    reader = spse_logs.Reader(window, "", 50)
    assert reader.read("application", spse_logs.streams("application", [f"{tmp_path}/*"], window))["lines"] == 2


def test_a_large_log_is_read_quickly_where_little_of_it_is_meant(tmp_path: Path, figures: list[str]) -> None:
    old = line(3 * 24 * 60, "INFO ~ " + "x" * 200)
    path = tmp_path / "x.log"
    with path.open("w") as file:
        for _ in range(200):
            file.write(old * 5000)
        file.write(line(3, "ERROR ~ baru"))
    begin = time.monotonic()
    said, _ = read(tmp_path)
    seconds = time.monotonic() - begin
    figures.append(f"logs: window at the end of {path.stat().st_size / 2**20:.0f} MiB read in {seconds * 1000:.0f} ms")
    assert said["lines"] == 1
    assert seconds < 1
    os.truncate(path, 0)
