"""The parts of the backup program that decide, without a database or a repository."""

import json
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from roles.backup.files.spse_backup import alone, guard, log, settings, status
from roles.backup.files.spse_backup.repository import Entry, choose, choose_for
from roles.backup.files.spse_backup.shell import BackupError

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
RAW: dict[str, Any] = {
    "host": "mamuju",
    "server": "/usr/lib/postgresql/15/bin",
    "cluster": "/var/lib/postgresql/15/main",
    "local": "/var/lib/pgbackrest",
    "repository": "rclone:spse",
    "options": [],
    "instances": {
        "prod": {"database": "epns_prod", "user": "epns", "home": "/home/a", "documents": "/home/b", "path": "/x"}
    },
    "configuration": ["/etc/spse"],
    "documents_query": "",
    "upload_kib": 0,
    "upload_kib_working_hours": 2048,
    "working_hours": [7, 17],
    "drill_port": 5499,
    "drill_http_port": 9499,
    "drill_pages": ["/"],
    "drill_version_page": "/versi",
    "drill_start_seconds": 60,
    "drill_megabytes": 100,
    "drill_documents": 5,
    "oldest_hours": 24,
    "reserve_megabytes": 100,
}


@pytest.fixture
def here(tmp_path: Path) -> settings.Settings:
    """The settings of a host."""
    file = tmp_path / "settings.json"
    file.write_text(json.dumps(RAW))
    return settings.read(file)


def entry(name: str, age: timedelta) -> Entry:
    """A restore point of so long ago."""
    return Entry(name, f"{name}-data", f"{name}-record", NOW - age)


POINTS = [entry("c", timedelta(hours=50)), entry("b", timedelta(hours=26)), entry("a", timedelta(hours=2))]


def test_a_host_that_is_not_set_up_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(BackupError, match="Jalankan playbook backup_server"):
        settings.read(tmp_path / "settings.json")


def test_an_unknown_instance_is_refused_by_its_name(here: settings.Settings) -> None:
    with pytest.raises(BackupError, match=r"Instans `latihan` tidak dicadangkan .* Yang ada: prod"):
        here.instance("latihan")


@pytest.mark.parametrize(
    ("at", "limit"),
    [
        ("2026-11-20 06:59", 0),
        ("2026-11-20 07:00", 2048),
        ("2026-11-20 16:59", 2048),
        ("2026-11-20 17:00", 0),
        ("2026-11-21 10:00", 0),  # a Saturday
    ],
)
def test_the_line_belongs_to_others_in_working_hours(here: settings.Settings, at: str, limit: int) -> None:
    assert here.upload_limit(datetime.fromisoformat(at).replace(tzinfo=UTC)) == limit


@pytest.mark.parametrize(("wanted", "found"), [("latest", "a"), ("b", "b"), ("c", "c")])
def test_a_point_is_chosen_by_its_id(wanted: str, found: str) -> None:
    assert choose(POINTS, wanted).id == found


def test_a_point_that_is_not_there_is_refused_with_those_that_are() -> None:
    with pytest.raises(BackupError, match=r"`x` tidak ada. Yang terakhir: c, b, a"):
        choose(POINTS, "x")
    with pytest.raises(BackupError, match="belum ada satu pun"):
        choose([], "latest")


@pytest.mark.parametrize(("hours", "found"), [(60, "c"), (50, "c"), (49, "b"), (3, "a")])
def test_a_moment_needs_the_first_point_behind_it(hours: int, found: str) -> None:
    """What the log and the documents of an earlier one do not hold yet, a later one does."""
    assert choose_for(POINTS, NOW - timedelta(hours=hours)).id == found


def test_a_moment_behind_the_last_point_is_refused() -> None:
    with pytest.raises(BackupError, match="Ambil dahulu titik pulih baru"):
        choose_for(POINTS, NOW)


def drill(*, passed: bool, age: timedelta) -> dict[str, Any]:
    """A record of a drill."""
    at = (NOW - age).isoformat()
    return {"at": at, "passed": passed, "wrong": [] if passed else ["Tabel rusak"], "restore_seconds": 4.2}


@pytest.mark.parametrize(
    ("points", "last", "wrong"),
    [
        (POINTS, drill(passed=True, age=timedelta(hours=8)), ""),
        (POINTS[:2], drill(passed=True, age=timedelta(hours=8)), "Titik pulih terbaru sudah 26 jam"),
        ([], drill(passed=True, age=timedelta(hours=8)), "Belum ada satu pun titik pulih"),
        (POINTS, None, "Belum pernah ada uji pemulihan"),
        (POINTS, drill(passed=False, age=timedelta(hours=8)), "gagal: Tabel rusak"),
        (POINTS, drill(passed=True, age=timedelta(hours=49)), "sudah lama"),
    ],
)
def test_a_backup_that_is_missing_old_or_unproven_is_loud(
    here: settings.Settings, tmp_path: Path, points: list[Entry], last: dict[str, Any] | None, wrong: str
) -> None:
    file = tmp_path / "drills.jsonl"
    file.write_text(f"{json.dumps(last)}\n" if last else "")
    told = status.report(here, points, NOW, file)
    assert told["healthy"] is (wrong == "")
    assert wrong in " ".join(told["wrong"])
    status.write(told, tmp_path / "status.json", tmp_path / "spse_backup.prom")
    assert json.loads((tmp_path / "status.json").read_text()) == told
    assert f"spse_backup_healthy {int(wrong == '')}\n" in (tmp_path / "spse_backup.prom").read_text()


def test_a_line_that_a_cut_has_torn_is_no_drill(tmp_path: Path) -> None:
    file = tmp_path / "drills.jsonl"
    file.write_text('{"at": "2026-11-19T04:00:00+00:00", "passed": true}\n{"at": "2026-11-2')
    last = status.last_drill(file)
    assert last is not None
    assert last["at"] == "2026-11-19T04:00:00+00:00"


def is_refused(lock: Path) -> None:
    """A second one that does not want to wait."""
    refusal = pytest.raises(BackupError, match="Masih ada pekerjaan lain: uji pemulihan, proses")
    with refusal, alone.alone("pengambilan", 0, lock):
        pytest.fail("two are at work at once")


def test_only_one_is_at_work(tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    with alone.alone("uji pemulihan", 0, lock):
        is_refused(lock)
    with alone.alone("pengambilan", 0, lock):
        assert "pengambilan" in lock.read_text()


@pytest.mark.parametrize(
    ("file", "age", "there"),
    [
        ("15-1/0000000100000000/000000010000000000000007-5ba93c9db0cff93f.zst", 0, True),
        ("15-1/0000000100000000/000000010000000000000007-5ba93c9db0cff93f", 0, True),
        ("15-1/0000000100000000/000000010000000000000007-5ba93c9db0cff93f.zst.pgbackrest.tmp", 0, False),
        ("15-1/0000000100000000/000000010000000000000006-5ba93c9db0cff93f.zst", 0, False),
        ("15-1/0000000100000000/000000010000000000000007-5ba93c9db0cff93f.zst", 60, False),
    ],
    ids=["compressed", "plain", "unfinished", "another segment", "of a cluster before"],
)
def test_a_segment_is_archived_when_it_is_there(tmp_path: Path, file: str, age: int, there: bool) -> None:  # noqa: FBT001 - a parameter of the test
    found = tmp_path / "archive/spse" / file
    found.parent.mkdir(parents=True)
    found.touch()
    written = found.stat().st_mtime
    assert log.archived(tmp_path, "000000010000000000000007", written + age) == there


KEEP = 'echo $$ >"$0.id"; cat >"$0.new" && mv "$0.new" "$0"'
"""A program that takes what comes until its end for the whole."""


def guarded(kept: Path) -> subprocess.Popen[bytes]:
    """That program behind the guard, once it runs."""
    argv = [sys.executable, guard.__file__, "sh", "-c", KEEP, str(kept)]
    started = subprocess.Popen(argv, stdin=subprocess.PIPE)
    until = time.monotonic() + 10
    while not kept.with_name("kept.new").exists():
        assert time.monotonic() < until
        time.sleep(0.01)
    return started


def test_what_has_come_whole_is_kept(tmp_path: Path) -> None:
    with guarded(tmp_path / "kept") as running:
        running.communicate(b'{"id": 1}' + guard.END)
    assert running.returncode == 0
    assert (tmp_path / "kept").read_bytes() == b'{"id": 1}'


@pytest.mark.parametrize("told", [b"", b'{"id": ', b'{"id": 1}'])
def test_what_was_cut_is_not_kept(tmp_path: Path, told: bytes) -> None:
    with guarded(tmp_path / "kept") as running:
        running.communicate(told)
    assert running.returncode == 1
    assert not (tmp_path / "kept").exists()


@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGKILL])
def test_a_guard_that_is_told_to_end_lets_nothing_through(tmp_path: Path, sent: signal.Signals) -> None:
    with guarded(tmp_path / "kept") as running:
        running.send_signal(sent)
    program = int((tmp_path / "kept.id").read_text())
    until = time.monotonic() + 10
    while Path(f"/proc/{program}").exists():
        assert time.monotonic() < until
        time.sleep(0.01)
    assert not (tmp_path / "kept").exists()
