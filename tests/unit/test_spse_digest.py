"""What a host tells of its yesterday: counted right, in little, and with no value in it."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatops.watch import digest
from library.module_utils import spse_log_lines
from roles.probe.files.spse_digest import __main__ as program
from roles.probe.files.spse_digest import database, logs, wording
from roles.probe.files.spse_digest.settings import Settings
from tests.hosts.paths import REPOSITORY
from tests.postgres import Cluster, cluster

DAY = "2026-11-21"
WITA = timezone(timedelta(hours=8))
NOW = datetime(2026, 11, 22, 0, 20, tzinfo=WITA)
CANARY = "kenari"
# How values stand in what programs say.
FORMS = [
    "Galat pada GET /eproc4/paket/{0}?nama={0}",
    'invalid input syntax for type integer: "{0}"',
    "duplicate key value violates unique constraint \"paket_pkey\": '{0}'",
    "java.sql.SQLException: baris {0} rusak",
    "Pengguna {0}@contoh.id gagal masuk",
    "Tidak dapat membaca — java.lang.IllegalStateException: {0}",
    "tidak ada '{0}",
]
QUERIES = [
    "SELECT * FROM paket WHERE nama = '{0}'",
    "INSERT INTO t VALUES (E'\\'{0}', $${0}$$, $a${0}$a$) -- {0}",
    "/* {0} */ ALTER ROLE epns PASSWORD '{0}'",
    "SELECT 1 WHERE a = '{0}",
]


@pytest.mark.parametrize("form", FORMS)
@given(value=st.text(st.characters(codec="ascii", categories=["L", "N"]), min_size=1, max_size=12))
def test_no_value_of_an_error_leaves_the_host(form: str, value: str) -> None:
    assert f"{CANARY}{value}" not in wording.error(form.format(f"{CANARY}{value}9x8"))


@pytest.mark.parametrize("form", QUERIES)
@given(value=st.text(st.characters(exclude_characters="'\\$*\n/", exclude_categories=["Cs"]), max_size=12))
def test_no_value_of_a_statement_leaves_the_host(form: str, value: str) -> None:
    assert CANARY not in wording.query(form.format(f"{CANARY}{value}"))


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (
            "Galat pada GET /eproc4/paket/5 — java.sql.SQLException: x",
            "Galat pada GET /eproc4/paket/· — java.sql.SQLException",
        ),
        ("GET /eproc4lat/lelang/12/Budi?a=b → 500", "GET /eproc4lat/lelang/·/· → 500"),
        ("Penyedia PT Maju Jaya tidak ditemukan", "Penyedia # tidak ditemukan"),
        ('relation "paket" does not exist', 'relation "paket" does not exist'),
        ("AH01114: failed to make connection to backend", "AH01114: failed to make connection to backend"),
        ("can't open file", "can't open file"),
    ],
)
def test_errors_of_a_kind_read_alike(said: str, told: str) -> None:
    assert wording.error(said) == told


def test_statements_of_a_kind_read_alike() -> None:
    assert wording.query("INSERT INTO t VALUES ($1, $2),\n ($3, $4)") == "INSERT INTO t VALUES (?…), …"
    assert wording.query("SELECT a FROM b WHERE c IN ($1,$2,$3) LIMIT 10") == "SELECT a FROM b WHERE c IN (?…) LIMIT ?"
    assert wording.query("SELECT col1, t2.x FROM t2") == "SELECT col1, t2.x FROM t2"


@given(st.text(max_size=300))
def test_whatever_is_said_it_is_short_and_on_one_line(text: str) -> None:
    assert len(wording.query(text)) <= wording.LONGEST_QUERY + 2
    assert len(wording.query(text).splitlines()) <= 1
    assert len(wording.error(text)) <= wording.LONGEST_ERROR + 2


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A host whose clock is the office's."""
    monkeypatch.setenv("TZ", "Asia/Makassar")
    time.tzset()
    spse_log_lines.minute.cache_clear()
    (tmp_path / "application").mkdir()
    (tmp_path / "postgresql").mkdir()
    return tmp_path


def known(folder: Path, databases: dict[str, str] | None = None) -> Settings:
    """What the role says of it."""
    patterns = {name: (f"{folder}/{name}/*",) for name in ("application", "apache", "postgresql")}
    return Settings(8, databases or {}, **patterns)


def test_a_day_is_told_and_no_other(here: Path) -> None:
    (here / "application" / "application.log").write_text(
        "2026-11-20 23:59:59,000 ERROR ~ Galat kemarin dulu\n"
        f"{DAY} 08:00:00,000 INFO  ~ Mulai\n"
        f"{DAY} 09:00:00,000 ERROR ~ Galat pada GET /paket/1\njava.lang.IllegalStateException: 1\n"
        f"{DAY} 09:00:01,000 ERROR ~ Galat pada GET /paket/2\njava.lang.IllegalStateException: 2\n"
        f"{DAY} 09:00:02,000 ERROR ~ Galat pada GET /paket/3\njava.lang.IllegalStateException: 3\n"
        "2026-11-22 00:00:01,000 ERROR ~ Galat hari ini\n"
    )
    (here / "postgresql" / "postgresql.log").write_text(
        f"{DAY} 10:00:00.000 WITA [5] epns@epns_prod LOG:  duration: 2500.000 ms  execute <unnamed>: SELECT 'Budi'\n"
        f'{DAY} 10:00:01.000 WITA [5] epns@epns_prod ERROR:  invalid input syntax for type integer: "Budi"\n'
        f"{DAY} 10:00:01.000 WITA [5] epns@epns_prod STATEMENT:  SELECT 'Budi'\n"
    )
    told = program.digest(known(here), here, NOW)
    assert told["problems"] == {}
    assert (told["day"], told["sources"]["application"]["errors"]) == (DAY, 3)
    assert told["sources"]["application"]["frequent"] == [
        {"count": 3, "text": "Galat pada GET /paket/· — java.lang.IllegalStateException"}
    ]
    assert told["sources"]["postgresql"]["frequent"] == [
        {"count": 1, "text": "invalid input syntax for type integer: #"}
    ]
    assert told["slow"] == {"count": 1, "seconds": 2.5, "longest": 2.5}
    assert "Budi" not in json.dumps(told)
    assert digest.parse(json.loads(program.fitting(told))).errors == 4


def test_a_log_that_is_too_long_is_told_of_as_far_as_it_was_read(here: Path) -> None:
    lines = (f"{DAY} 09:{number // 60 % 60:02}:{number % 60:02},000 ERROR ~ Galat\n" for number in range(2000))
    (here / "application" / "application.log").write_text("".join(lines))
    source = logs.Source(spse_log_lines.application, (f"{here}/application/*",))
    since = datetime(2026, 11, 21, tzinfo=WITA).timestamp()
    day = logs.read(source, since, since + 86400, patience=0)
    assert day.until is not None
    assert day.summary.errors < 2000


def test_what_cannot_be_read_is_counted_and_not_named(here: Path) -> None:
    (here / "application" / "rusak.log.gz").write_bytes(b"\x1f\x8bxx")
    os.utime(here / "application" / "rusak.log.gz")
    source = logs.Source(spse_log_lines.application, (f"{here}/application/*",))
    assert logs.read(source, 0, time.time()).told()["unread"] == 1


def test_a_document_that_would_be_too_large_is_shortened(here: Path) -> None:
    told = program.digest(known(here), here, NOW)
    cause = {"count": 1, "text": "x" * 2000}
    told["sources"]["application"]["frequent"] = [dict(cause) for _ in range(10)]
    told["statements"] = {"loaded": True, "most_used": [dict(cause) for _ in range(30)]}
    assert len(program.fitting(told).encode()) <= program.LARGEST


def test_what_is_counted_anew_begins_at_nothing() -> None:
    before = {"databases": {"epns": {"commits": 900, "hit": 5}}, "statements": {"epns:1": [50, 5000.0, 50]}}
    now = {
        "databases": {"epns": {"bytes": 7, "commits": 100, "hit": 15, "read": 10, "active_ms": 2000}},
        "statements": {"epns:1": [20, 1000.0, 20], "epns:2": [5, 100.0, 5]},
        "loaded": True,
    }
    told = database.databases(now, before)["epns"]
    assert (told["commits"], told["active_seconds"], told["hit"]) == (100, 2.0, 0.5)


@pytest.fixture(scope="module")
def counting() -> Iterator[Cluster]:
    """A PostgreSQL that counts statements, as the role sets it."""
    more = "-c shared_preload_libraries=pg_stat_statements -c pg_stat_statements.track_utility=off"
    with cluster(more) as server:
        yield server


@pytest.fixture
def asked(counting: Cluster, monkeypatch: pytest.MonkeyPatch) -> str:
    """One of its databases, which is asked as a host asks its own; its name."""
    url = counting.database()
    name = url.partition("/d")[2].partition("?")[0]
    where = {"PGHOST": str(counting.folder), "PGUSER": "spse", "PATH": f"{counting.programs}:/usr/bin:/bin"}
    monkeypatch.setattr(database, "WHERE", database.WHERE | where)
    return f"d{name}"


def run(server: Cluster, name: str, statement: str) -> None:
    """As the application does."""
    server.run("psql", "--host", str(server.folder), "--username", "spse", "--dbname", name, "--command", statement)


@pytest.mark.skipif(os.geteuid() != 0, reason="it becomes the account of PostgreSQL")
def test_postgresql_tells_which_statements_are_used(counting: Cluster, asked: str) -> None:
    assert database.counters([asked])["made"] is False
    run(counting, "postgres", "CREATE EXTENSION IF NOT EXISTS pg_stat_statements")
    run(counting, asked, "CREATE TABLE paket (id int PRIMARY KEY, nama text)")
    before = database.counters([asked])
    run(counting, asked, "INSERT INTO paket VALUES (1, 'kenari')")
    run(counting, asked, "INSERT INTO paket VALUES (2, 'kenari')")
    run(counting, asked, "INSERT INTO paket VALUES (3, 'kenari lain')")
    run(counting, asked, "SELECT pg_sleep(0.2)")
    run(counting, asked, f"CREATE ROLE r{os.getpid()} PASSWORD '{CANARY}'")
    # Statistics come a little later.
    end = time.monotonic() + 10
    while (now := database.counters([asked]))["databases"][asked]["commits"] < before["databases"][asked][
        "commits"
    ] + 5:
        assert time.monotonic() < end
        time.sleep(0.1)
    told = database.statements(now, before)
    assert told["most_used"][0] | {"seconds": 0} == {
        "database": asked,
        "calls": 3,
        "seconds": 0,
        "rows": 3,
        "text": "INSERT INTO paket VALUES (?…)",
    }
    assert told["slowest"][0]["text"] == "SELECT pg_sleep(?)"
    assert told["slowest"][0]["seconds"] >= 0.2
    assert CANARY not in json.dumps(told)
    counted = database.databases(now, before)[asked]
    assert counted["commits"] >= 5
    assert counted["bytes"] > 1_000_000
    whole = {"version": 1, "day": DAY, "made": 1.0, "databases": {asked: counted}, "statements": told}
    assert digest.parse(whole).databases[asked].seconds is not None


@pytest.mark.skipif(os.geteuid() != 0, reason="it becomes the account of PostgreSQL")
def test_it_says_that_statements_are_not_counted_yet(
    postgres: Cluster, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    where = {"PGHOST": str(postgres.folder), "PGUSER": "spse", "PATH": f"{postgres.programs}:/usr/bin:/bin"}
    monkeypatch.setattr(database, "WHERE", database.WHERE | where)
    told = program.digest(known(tmp_path, {"prod": "epns_prod"}), tmp_path, NOW)
    assert told["statements"] == {"loaded": False}
    monkeypatch.setattr(database, "WHERE", database.WHERE | {"PGHOST": "/nowhere"})
    assert "database" in program.digest(known(tmp_path, {"prod": "epns_prod"}), tmp_path, NOW)["problems"]


def test_the_program_as_a_host_runs_it(tmp_path: Path) -> None:
    """With nothing but Python's library and what the role brings along; what it has written is not done again."""
    settings = {"ahead": 7, "databases": {}, "application": [f"{tmp_path}/*.log"], "apache": [], "postgresql": []}
    (tmp_path / "digest-settings.json").write_text(json.dumps(settings))
    for shared in ("spse_log_files", "spse_log_lines", "spse_log_secrets"):
        (tmp_path / f"{shared}.py").write_text((REPOSITORY / f"library/module_utils/{shared}.py").read_text())
    code = (
        "import sys; sys.path[:0] = [sys.argv[1], sys.argv[2]]\n"
        "from pathlib import Path\n"
        "from spse_digest import settings, __main__ as program\n"
        "settings.read.__defaults__ = (Path(sys.argv[1]) / 'digest-settings.json',)\n"
        "program.main(Path(sys.argv[1]))\n"
    )
    argv = [sys.executable, "-I", "-B", "-c", code, str(tmp_path), str(REPOSITORY / "roles/probe/files")]
    subprocess.run(argv, check=True, timeout=60)
    written = tmp_path / "digest.json"
    told = digest.parse(json.loads(written.read_text()))
    assert told.day == f"{datetime.now(UTC) + timedelta(hours=7) - timedelta(days=1):%Y-%m-%d}"
    before = written.stat().st_mtime_ns
    subprocess.run(argv, check=True, timeout=60)
    assert written.stat().st_mtime_ns == before
    assert written.stat().st_mode & 0o007 == 0


def test_settings_are_what_the_role_writes() -> None:
    text = (REPOSITORY / "roles/probe/vars/main.yml").read_text().partition("_probe_digest:")[2]
    assert all(f"\n  {name}:" in text for name in Settings.__dataclass_fields__)
