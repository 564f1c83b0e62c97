"""Files of a log are read within the window only, rotated ones too, each once, and a line at a time."""

import bz2
import gzip
import lzma
import os
import tracemalloc
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest

from library.module_utils import spse_log_files as files
from library.module_utils import spse_log_lines as lines

BEGIN = datetime(2026, 11, 20).timestamp()  # noqa: DTZ001 - in the server's own zone


def written(second: int) -> str:
    return f"{datetime.fromtimestamp(BEGIN + second):%Y-%m-%d %H:%M:%S},000 INFO ~ baris {second}\n"  # noqa: DTZ006


def when(line: str) -> float | None:
    start = lines.application(line)
    return start.time if start else None


def read(path: Path, since: float) -> list[str]:
    return list(files.lines(path, since, when))


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """A line a second for two days."""
    path = tmp_path / "application.log"
    path.write_text("".join(written(second) for second in range(2 * 86400)))
    return path


@pytest.mark.parametrize("hour", [0, 1, 7, 24, 36, 47])
def test_everything_from_the_window_on_is_read_and_little_before(log: Path, hour: int) -> None:
    first = hour * 3600
    found = read(log, BEGIN + first)
    assert found[-2 * 86400 + first :] == [written(second) for second in range(first, 2 * 86400)]
    # What was not read before the window: all but the time that lines may be out of order, and a block.
    assert len(found) - (2 * 86400 - first) <= files.DISORDER + 64 * 1024 / 35 + 1


def test_a_window_after_all_that_was_written_reads_next_to_nothing(log: Path) -> None:
    assert len(read(log, BEGIN + 3 * 86400)) <= 64 * 1024 / 35 + 1


def test_lines_without_a_time_do_not_lead_astray(tmp_path: Path) -> None:
    path = tmp_path / "x.log"
    trace = "\tat spse.X.y(X.java:5)\n" * 20_000
    path.write_text("".join(written(second * 3600) + trace for second in range(10)))
    found = [line for line in read(path, BEGIN + 5 * 3600) if when(line)]
    assert found[-5:] == [written(second * 3600) for second in range(5, 10)]


@pytest.mark.parametrize(("suffix", "pack"), [(".gz", gzip.compress), (".bz2", bz2.compress), (".xz", lzma.compress)])
def test_a_packed_file_is_read(tmp_path: Path, suffix: str, pack: Callable[[bytes], bytes]) -> None:
    path = tmp_path / f"application.log.2{suffix}"
    path.write_bytes(pack((written(1) + written(2)).encode()))
    assert read(path, BEGIN) == [written(1), written(2)]
    path.write_bytes(path.read_bytes()[:-12])
    with pytest.raises(ValueError, match="rusak"):
        read(path, BEGIN)


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [("x.log", b"\0\1" * 5000, "tidak ada waktu"), ("x.log.1.zst", b"x", "zstd"), ("x.gz", b"no gzip", "rusak")],
)
def test_what_cannot_be_read_says_why(tmp_path: Path, name: str, content: bytes, reason: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ValueError, match=reason):
        read(tmp_path / name, BEGIN)


def test_a_line_without_an_end_does_not_fill_memory(tmp_path: Path) -> None:
    path = tmp_path / "x.log"
    with path.open("w") as file:
        file.write(written(1).rstrip() + " ")
        for _ in range(400):
            file.write("kata token=" + "x" * 100_000)
        file.write("\n" + written(2))
    tracemalloc.start()
    found = read(path, BEGIN)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert found == [written(1).rstrip() + " kata \n", written(2)]
    assert peak < 2 * 2**20


def test_nothing_that_a_power_cut_left_hides_a_line(tmp_path: Path) -> None:
    path = tmp_path / "x.log"
    path.write_bytes(written(1).encode() + b"\0" * 4000 + written(2).encode())
    assert read(path, BEGIN) == [written(1), written(2)]


def test_each_real_file_is_found_once_and_only_if_it_reaches_into_the_window(tmp_path: Path) -> None:
    logs = tmp_path / "site/4.5/logs"
    logs.mkdir(parents=True)
    for name in ("application.log", "application.log.1", "application.log.2.gz", "kosong.log"):
        (logs / name).write_text("" if name.startswith("kosong") else "x")
    os.utime(logs / "application.log.1", (BEGIN + 60, BEGIN + 60))
    os.utime(logs / "application.log.2.gz", (BEGIN - 86400, BEGIN - 86400))
    (logs / "hilang.log").symlink_to("nowhere")
    os.mkfifo(logs / "pipa.log")
    (tmp_path / "releases/4.5").mkdir(parents=True)
    (tmp_path / "releases/4.5/logs").symlink_to(logs)
    (tmp_path / "webapp").symlink_to("releases/4.5")
    found = files.find([f"{tmp_path}/webapp/logs/*", f"{tmp_path}/site/*/logs/*", "/nowhere/*"], BEGIN)
    assert [path.name for path in found] == ["application.log", "application.log.1"]
    assert {path.parent for path in found} == {logs}
