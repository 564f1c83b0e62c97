"""What counts as well: judged on answers and log lines as the stand-in gives them."""

import pytest

from library.module_utils import spse_probe
from library.module_utils.spse_probe import Answer

VERSION = '{"aplikasi": "SPSE (tiruan)", "build": "4.5.20260105", "skema": 3}'
LOGIN = '<form><input type="password" name="password"></form>'


@pytest.mark.parametrize(
    ("answer", "build", "problem"),
    [
        (Answer(200, VERSION), "4.5.20260105", ""),
        (Answer(200, VERSION), "", ""),
        (Answer(200, VERSION), "4.5.20260202", "yang menjawab build 4.5.20260105, bukan 4.5.20260202"),
        (Answer(200, "<html>"), "", "jawabannya tidak memuat nomor build"),
        (Answer(200, "[]"), "", "jawabannya tidak memuat nomor build"),
        (Answer(503, ""), "", "menjawab 503"),
        (Answer(0, "ConnectionRefusedError: x"), "", "tidak menjawab (ConnectionRefusedError: x)"),
    ],
)
def test_version(answer: Answer, build: str, problem: str) -> None:
    assert spse_probe.check_version(answer, build).problem == problem


def test_a_login_page_has_a_field_for_the_password() -> None:
    wanted = r"<input[^>]*password"
    assert spse_probe.check_page("login", Answer(200, LOGIN), wanted).problem == ""
    assert spse_probe.check_page("login", Answer(200, "Sedang dipelihara"), wanted).problem


@pytest.mark.parametrize(("status", "well"), [(201, True), (200, False), (303, False), (500, False), (0, False)])
def test_only_something_created_was_written(status: int, *, well: bool) -> None:
    assert (spse_probe.check_write(Answer(status, "")).problem == "") is well


LOG = """\
2026-01-05 08:00:00,123 INFO ~ siap
2026-01-05 08:00:01,000 ERROR ~ Galat GET /paket/12
java.sql.SQLException: ERROR: column "pagu" does not exist
\tat spse.Queries.run(Queries.java:12)
2026-01-05 08:00:02,000 ERROR ~ Galat GET /paket/7
2026-01-05 08:00:03,000 WARN ~ lambat
2026-01-05 08:00:04,000 ERROR ~ Port 9090 tidak dapat dibuka
"""


def test_errors_are_counted_by_what_happened_and_their_stack_traces_are_not() -> None:
    probe, frequent = spse_probe.check_log(LOG.splitlines(), limit=2)
    assert probe.problem == "3 galat, batasnya 2"
    assert frequent == [("Galat GET /paket/#", 2), ("Port # tidak dapat dibuka", 1)]
    assert spse_probe.check_log(LOG.splitlines(), limit=3)[0].problem == ""


def test_nobody_there() -> None:
    # Port 1 of this machine: nothing may listen there.
    answer = spse_probe.Instance("127.0.0.1", 1, "/eproc4", timeout=2).ask("/")
    assert answer.status == 0
    assert answer.body.startswith("ConnectionRefusedError")
