"""What a line of a log says: when, how bad, what belongs together, and which errors are the same."""

import json
import os
import time
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from library.module_utils import spse_log_lines as lines

NOW = datetime(2026, 11, 20, 10, 30)  # noqa: DTZ001 - in the server's own zone


@pytest.fixture(autouse=True)
def jakarta(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A server in the west of Indonesia."""
    monkeypatch.setenv("TZ", "Asia/Jakarta")
    time.tzset()
    lines.minute.cache_clear()
    yield
    monkeypatch.undo()
    time.tzset()
    lines.minute.cache_clear()


def at(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("2026-11-20 08:00", "2026-11-20 08:00"),
        ("2026-11-20 08:00:30", "2026-11-20 08:00:30"),
        ("2026-11-19", "2026-11-19 00:00"),
        ("08:00", "2026-11-20 08:00"),
        (" 8:05 ", "2026-11-20 08:05"),
        ("2h", "2026-11-20 08:30"),
        ("30m", "2026-11-20 10:00"),
        ("3d", "2026-11-17 10:30"),
    ],
)
def test_a_moment_is_what_an_operator_means(text: str, meant: str) -> None:
    assert lines.moment(text, NOW) == datetime.fromisoformat(meant)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("kemarin", "`kemarin` bukan waktu. Contoh: 2026-11-20 08:00"),
        ("", "`` bukan waktu. Contoh"),
        ("2", "bukan waktu. Contoh"),
        ("-2h", "bukan waktu. Contoh"),
        ("2026-11-20T08:00", "bukan waktu. Contoh"),
        ("2026-13-45", "bukan waktu yang ada"),
        ("25:00", "bukan waktu yang ada"),
        ("999999d", "bukan waktu yang ada"),
    ],
)
def test_what_is_no_moment_is_refused(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        lines.moment(text, NOW)


def test_a_bad_pattern_is_refused_with_what_is_wrong() -> None:
    with pytest.raises(ValueError, match=r"Pola `\(galat` bukan ekspresi reguler: missing \), unterminated"):
        lines.expression("(galat")
    assert lines.expression("galat").search("GALAT")


@pytest.mark.parametrize(
    ("parse", "line", "moment", "level", "text", "message"),
    [
        (
            lines.application,
            "2026-01-05 08:00:00,123 ERROR ~ Galat pada GET /paket/5",
            "2026-01-05T08:00:00.123+07:00",
            "error",
            "ERROR ~ Galat pada GET /paket/5",
            "Galat pada GET /paket/5",
        ),
        (
            lines.application,
            "2026-01-05 08:00:00,123 WARN  ~ x",
            "2026-01-05T01:00:00.123Z",
            "warning",
            "WARN  ~ x",
            "x",
        ),
        (
            lines.apache,
            '10.0.0.1 - budi [20/Nov/2026:08:00:00 +0000] "GET /eproc4/paket/5?x=1 HTTP/1.1" 503 299 "-" "curl"',
            "2026-11-20T08:00:00Z",
            "error",
            '10.0.0.1 - budi "GET /eproc4/paket/5?x=1 HTTP/1.1" 503 299 "-" "curl"',
            "GET /eproc4/paket/5 → 503",
        ),
        (
            lines.apache,
            'host:80 ::1 - - [20/Nov/2026:08:00:00 +0900] "GET /\\"x HTTP/1.1" 404 0',
            "2026-11-19T23:00:00Z",
            "warning",
            'host:80 ::1 - - "GET /\\"x HTTP/1.1" 404 0',
            'GET /\\"x → 404',
        ),
        (
            lines.apache,
            "[Fri Nov 20 08:00:00.123456 2026] [proxy:error] [pid 9:tid 8] (111)Connection refused: AH00957: HTTP",
            "2026-11-20T01:00:00.123Z",
            "error",
            "[proxy:error] [pid 9:tid 8] (111)Connection refused: AH00957: HTTP",
            "(111)Connection refused: AH00957: HTTP",
        ),
        (
            lines.apache,
            "[Fri Nov  6 08:00:00 2026] [warn] x",
            "2026-11-06T01:00:00Z",
            "warning",
            "[warn] x",
            "x",
        ),
        (
            lines.postgresql,
            '2026-11-20 08:00:00.123 WIB [77] epns@epns_prod ERROR:  relation "x" does not exist at character 15',
            "2026-11-20T01:00:00.123Z",
            "error",
            'epns@epns_prod ERROR:  relation "x" does not exist at character 15',
            'relation "x" does not exist at character 15',
        ),
        (
            lines.postgresql,
            "2026-11-20 08:00:00.123 UTC [77] epns@epns_prod/PostgreSQL JDBC Driver FATAL:  the database system is x",
            "2026-11-20T08:00:00.123Z",
            "error",
            "epns@epns_prod/PostgreSQL JDBC Driver FATAL:  the database system is x",
            "the database system is x",
        ),
        (
            lines.postgresql,
            "2026-11-20 08:00:00.123 +08 [77] LOG:  x",
            "2026-11-20T00:00:00.123Z",
            "info",
            "LOG:  x",
            "x",
        ),
        (
            lines.postgresql,
            "2026-11-20 08:00:00.123 XYZ [7] WARNING:  x",
            "2026-11-20T01:00:00.123Z",
            "warning",
            "WARNING:  x",
            "x",
        ),
    ],
)
def test_a_line(parse: object, line: str, moment: str, level: str, text: str, message: str) -> None:
    assert callable(parse)
    start = parse(line)
    assert (start.level, start.text, start.message) == (level, text, message)
    assert start.time == pytest.approx(at(moment))


@pytest.mark.parametrize(
    "line",
    [
        "",
        "\tat spse.X.y(X.java:5)",
        "08:00:00,123 INFO ~ x",
        "2026-13-05 08:00:00,123 INFO ~ x",
        '"GET / HTTP/1.1" 200',
    ],
)
def test_a_line_without_a_time_begins_nothing(line: str) -> None:
    assert [parse(line) for parse in (lines.application, lines.apache, lines.postgresql)] == [None] * 3


TRACE = """\
	at spse.Lama.sisa(Lama.java:1)
2026-01-05 08:00:00,123 ERROR ~ Galat pada GET /paket/5
java.sql.SQLException: FATAL: terminating connection
	at spse.Queries.run(Queries.java:50)
2026-01-05 08:00:01,000 INFO ~ baik
Exception in thread "main" java.lang.OutOfMemoryError: Java heap space
	at spse.Lain.x(Lain.java:2)
"""


def test_a_stack_trace_belongs_to_its_first_line() -> None:
    found = list(lines.entries(TRACE.splitlines(), lines.application))
    assert [(entry.level, entry.text.count("\n")) for entry in found] == [("error", 2), ("info", 0), ("error", 1)]
    assert found[0].cause == "Galat pada GET /paket/5 — java.sql.SQLException: FATAL: terminating connection"
    assert found[2].cause == 'Exception in thread "main" java.lang.OutOfMemoryError: Java heap space'


def test_details_of_postgresql_belong_to_their_error() -> None:
    head = "2026-11-20 08:00:00.123 WIB"
    text = [
        f"{head} [77] a@b ERROR:  syntax error",
        f"{head} [77] a@b STATEMENT:  select",
        "\t1",
        f"{head} [78] c@d STATEMENT:  another's",
    ]
    found = list(lines.entries(text, lines.postgresql))
    assert [entry.text for entry in found] == [
        "a@b ERROR:  syntax error\na@b STATEMENT:  select\n\t1",
        "c@d STATEMENT:  another's",
    ]


def test_an_entry_does_not_grow_without_end() -> None:
    begin = time.monotonic()
    endless = ["2026-01-05 08:00:00,123 ERROR ~ x", *["\tat spse.X.y(X.java:5)"] * 300_000]
    (entry,) = lines.entries(endless, lines.application)
    assert len(entry.text) <= lines.LONGEST_ENTRY + 2
    assert time.monotonic() - begin < 5


@pytest.mark.parametrize(
    ("message", "normal"),
    [
        ("Galat pada GET /paket/5", "Galat pada GET /paket/#"),
        ("GET /eproc4/paket/5 → 503", "GET /eproc4/paket/# → 503"),
        ("AH00957: HTTP: 127.0.0.1:9090", "AH00957: HTTP: #.#.#.#:#"),
        ("sesi 9f0c6a52-1f3b-4c1e-9d7e-0a1b2c3d4e5f habis", "sesi # habis"),
        ("dokumen12 dan dokumen1234", "dokumen12 dan dokumen#"),
        ("objek spse.X@1a2b3c4d hilang", "objek spse.X@# hilang"),
        ("berkas 0badc0ffee12 rusak", "berkas # rusak"),
        ("dekade fasad", "dekade fasad"),
        ("x" * 300, " …"),
    ],
)
def test_errors_that_differ_only_in_numbers_are_one(message: str, normal: str) -> None:
    assert lines.normalise(message) == normal


def test_memory_is_not_for_different_errors_to_fill() -> None:
    summary = lines.Summary()
    for number in range(lines.DISTINCT_ERRORS + 10):
        summary.add(lines.Entry(number, "error", "", ""), f"galat {number}")
    assert summary.errors == lines.DISTINCT_ERRORS + 10
    assert len(summary.causes) == lines.DISTINCT_ERRORS + 1
    assert summary.causes[lines.OTHERS] == 10
    assert (summary.first, summary.last) == (0, lines.DISTINCT_ERRORS + 9)


def test_nothing_moves_the_cursor_of_who_reads() -> None:
    assert lines.clean("a\x1b[2Jb\rc\u202ed\te\n") == "a\\x1b[2Jb\\x0dc\\x202ed\te\n"


def journal(**fields: object) -> str:
    return json.dumps(
        {"__REALTIME_TIMESTAMP": "1795000000500000", "_PID": "7", "SYSLOG_IDENTIFIER": "spse", "PRIORITY": "6"} | fields
    )


@pytest.mark.parametrize(
    ("fields", "level", "text", "message"),
    [
        ({"MESSAGE": "x", "PRIORITY": "3"}, "error", "spse[7]: x", "x"),
        ({"MESSAGE": "x", "PRIORITY": "4"}, "warning", "spse[7]: x", "x"),
        ({"MESSAGE": "2026-01-05 08:00:00,123 ERROR ~ x"}, "error", "spse[7]: ERROR ~ x", "x"),
        ({"MESSAGE": [97, 255, 98]}, "info", "spse[7]: a\ufffdb", "a\ufffdb"),
        ({"MESSAGE": None, "_PID": None}, "info", "spse: ", ""),
    ],
)
def test_an_entry_of_the_journal(fields: dict[str, object], level: str, text: str, message: str) -> None:
    start = lines.journal(journal(**fields))
    assert start is not None
    assert (start.time, start.level, start.text, start.message) == (1795000000.5, level, text, message)


def test_a_stack_trace_in_the_journal_is_one_entry() -> None:
    text = [
        journal(MESSAGE="2026-01-05 08:00:00,123 ERROR ~ Galat"),
        journal(MESSAGE="\tat spse.X"),
        journal(MESSAGE="lain", _PID="8"),
        journal(MESSAGE="\tat spse.Y"),
    ]
    assert [entry.text for entry in lines.entries(text, lines.journal)] == [
        "spse[7]: ERROR ~ Galat\n\tat spse.X",
        "spse[8]: lain",
        "\tat spse.Y",
    ]


def test_the_zone_is_put_back() -> None:
    assert os.environ["TZ"] == "Asia/Jakarta"
    assert NOW.astimezone().utcoffset() == timedelta(hours=7)
