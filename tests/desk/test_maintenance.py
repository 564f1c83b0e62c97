"""Maintenance is announced in time or refused; drafts say when and how long; who was told is on record, and shown."""

import contextlib
import email
import json
from datetime import UTC, datetime, timedelta
from email import policy
from pathlib import Path

import pytest

from chatops import conditions, maintenance
from chatops.cases import Request
from chatops.errors import ForbiddenError, RefusedError
from chatops.ledger.chain import Entry
from chatops.ledger.course import Stage
from chatops.maintenance import Planned
from chatops.permissions import Identity
from chatops.runs import Runs
from chatops.sla import calendar as calendars
from chatops.sla import moments
from tests.desk.conftest import SpseOps
from tests.desk.office import BUDI, RINI, SARI, Office
from tests.unit.test_recommendation import Outline

at = moments.parse
TONO = Identity("slack", "U0TONO")
LATER = datetime.now(UTC).replace(microsecond=0) + timedelta(days=40)
PORTAL = Planned("Pembaruan Inaproc", LATER, LATER + timedelta(hours=3))


def announced(place: Office) -> str:
    """An operation that has to be announced, approved and waiting."""
    number = place.desk.request(RINI, Request("umumkan", ["mamuju"], at=LATER, waits=True)).number
    hash_of = place.desk.plan(number).course
    assert hash_of
    place.desk.approve(SARI, number, hash_of.hash)
    place.desk.approve(TONO, number, hash_of.hash)
    return number


def test_the_limit_is_the_close_of_work_of_the_seventh_day_before() -> None:
    calendar = calendars.as_shipped()
    start = at("2026-06-29T20:00+07:00")
    # The 16th is a holiday, and two week-ends lie between.
    assert conditions.told_by(start, 7, calendar).isoformat() == "2026-06-18T16:00:00+07:00"
    conditions.refuse_untold("x", start, 7, at("2026-06-18T16:00:00+07:00"), calendar)
    with pytest.raises(RefusedError, match="paling cepat 30 Juni 2026") as refused:
        conditions.refuse_untold("x", start, 7, at("2026-06-18T16:00:01+07:00"), calendar)
    assert "2026-06-30 at the earliest" in refused.value.told("en")


def test_what_can_no_longer_be_announced_is_refused(place: Office) -> None:
    soon = datetime.now(UTC) + timedelta(days=3)
    with pytest.raises(RefusedError, match="perlu diumumkan 7 hari kerja"):
        maintenance.plan(place.desk, RINI, Planned("x", soon, soon + timedelta(hours=1)))
    with pytest.raises(RefusedError, match="perlu diumumkan 7 hari kerja"):
        place.desk.request(RINI, Request("umumkan", ["mamuju"], at=soon))
    with pytest.raises(RefusedError, match="berakhir sebelum mulai"):
        maintenance.plan(place.desk, RINI, Planned("x", LATER, LATER))
    with pytest.raises(ForbiddenError):
        maintenance.plan(place.desk, BUDI, PORTAL)
    assert place.desk.events(0)[-1].kind == "calendar.applied"


def test_one_way_alone_is_not_enough_to_begin(place: Office) -> None:
    number = announced(place)
    place.desk.announce(RINI, number, ways=("website",), to="https://lpse.example/1")
    assert place.course(number).notice is None
    with pytest.raises(RefusedError, match="belum tercatat"):
        Runs(place.desk, "mesin")._refuse_time(place.course(number), place.desk.catalogue["umumkan"])  # noqa: SLF001 - what a worker asks itself
    place.desk.announce(SARI, number, ways=("email", "website"), to="240 penyedia, sandi=kenari123")
    course = place.course(number)
    assert [(each.told["ways"], each.actor) for each in course.notices] == [(["website"], "rini"), (["email"], "sari")]
    assert "kenari123" not in course.notices[1].told["to"]
    # A third time there is nothing left to tell.
    place.desk.announce(RINI, number)
    assert len(place.course(number).notices) == 2


@pytest.mark.parametrize("hours", [-1, 1])
def test_told_too_late_it_is_not_begun(place: Office, monkeypatch: pytest.MonkeyPatch, hours: int) -> None:
    number = announced(place)
    monkeypatch.setattr("chatops.ledger.course.Course.patience", timedelta(days=90))
    operation = place.desk.catalogue["umumkan"]
    limit = conditions.told_by(LATER, 7, calendars.as_shipped())

    class Clock(datetime):
        @classmethod
        def now(cls, tz: object = None) -> datetime:  # type: ignore[override]
            return LATER.astimezone(UTC) if tz else LATER

    monkeypatch.setattr("chatops.runs.datetime", Clock)
    body = {"at": (limit + timedelta(hours=hours)).isoformat(), "ways": ["website", "email"], "to": ""}
    with place.desk.ledger.writing() as writer:
        writer.append(Entry("notice.given", number, "rini", body, f"notice:{number}"))
    runs = Runs(place.desk, "mesin")
    refused = pytest.raises(RefusedError, match="7 hari kerja sebelumnya belum tercatat")
    with refused if hours > 0 else contextlib.nullcontext():
        runs._refuse_time(place.course(number), operation)  # noqa: SLF001 - what a worker asks itself


def test_a_maintenance_of_the_nation_is_done_once_everybody_was_told(place: Office) -> None:
    number = maintenance.plan(place.desk, RINI, PORTAL).number
    with pytest.raises(ForbiddenError):
        place.desk.announce(BUDI, number)
    assert place.desk.announce(RINI, number, ways=("website",)).change.state == "open"
    closed = place.desk.announce(RINI, number, ways=("email",)).change
    assert closed.closed
    assert (closed.state, closed.closed["met"], closed.closed["outcome"]) == ("closed", True, "done")


def test_an_old_notice_that_names_no_way_counts_for_all(place: Office) -> None:
    number = announced(place)
    with place.desk.ledger.writing() as writer:
        told = {"at": datetime.now(UTC).isoformat(timespec="seconds")}
        writer.append(Entry("notice.given", number, "rini", told, f"notice:{number}"))
    assert place.course(number).notice


def test_drafts_say_when_how_long_and_what(place: Office, call: SpseOps, tmp_path: Path) -> None:
    code, said, wrong = call(
        *("maintenance", "open", "mamuju", "--what", "Ganti <diska>", "--lpse-zone", "WITA"),
        *("--from", LATER.isoformat(), "--to", (LATER + timedelta(hours=2, minutes=30)).isoformat()),
    )
    assert (code, wrong) == (0, "")
    number = said.splitlines()[1].split()[0]
    assert call("announce", number, "--way", "website", "--to", "https://lpse.example/9")[1].startswith(
        f"{number}: berjalan"
    )
    assert "notice.given  rini  https://lpse.example/9" in call("change", "show", number)[1]
    out = tmp_path / "naskah"
    code, said, wrong = call("maintenance", "draft", number, "--contact", "helpdesk@lpse.example", "--out", str(out))
    assert (code, "Umumkan paling lambat" in wrong) == (0, True)
    assert sorted(path.name for path in out.iterdir()) == sorted(
        [f"situs-{number}.{kind}" for kind in ("txt", "html")]
        + [f"surel-{number}.{kind}" for kind in ("txt", "html", "eml")]
    )
    text = (out / f"situs-{number}.txt").read_text()
    for words in (
        "WITA",
        "WIB",
        "2 jam 30 menit",
        "Ganti <diska>",
        "LPSE mamuju",
        "helpdesk@lpse.example",
        "In short:",
    ):
        assert words in " ".join(text.split()), words
    html = (out / f"situs-{number}.html").read_text()
    assert "Ganti &lt;diska&gt;" in html
    assert Outline(html).all("h1") == ["Pemberitahuan pemeliharaan SPSE"]
    mail = email.message_from_bytes((out / f"surel-{number}.eml").read_bytes(), policy=policy.default)
    assert mail["X-Unsent"] == "1"
    assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"]
    plain = mail.get_body(("plain",))
    assert plain
    assert "Kepada Yth." in plain.get_content()
    (drafted,) = [event for event in place.desk.events(0) if event.kind == "notice.drafted"]
    assert set(drafted.told["files"]) == {path.name for path in out.iterdir()}


def test_the_change_and_the_list_show_who_was_told(place: Office, call: SpseOps) -> None:
    number = announced(place)
    assert "belum lengkap" in call("change", "show", number)[1]
    (row,) = json.loads(call("maintenance", "list", "--json")[1])
    assert (row["id"], row["missing"], row["days"]) == (number, ["website", "email"], 7)
    code, said, _ = call("announce", number, "--way", "website", "--to", "https://lpse.example/12", "--lang", "en")
    assert (code, "announced" in said, "website https://lpse.example/12" in said) == (0, True, True)
    assert "surel" in call("maintenance", "list")[1]
    assert call("announce", number, "--way", "email", "--to", "semua penyedia")[0] == 0
    assert "belum lengkap" not in call("change", "show", number)[1]
    assert place.course(number).stage is Stage.QUEUED


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["maintenance", "open", "--what", "x", "--from", "besok", "--to", "lusa", "--national"], "besok"),
        (["maintenance", "open", "--what", "x", "--from", "x", "--to", "y"], "Sebutkan LPSE, atau --national"),
        (["maintenance", "draft", "CHG-2020-000001"], "tidak ada dalam buku catatan"),
        (["announce", "CHG-2020-000001", "--way", "merpati"], "pilih salah satu: website, email"),
    ],
)
def test_wrong_use_says_what_to_do(call: SpseOps, words: list[str], said: str) -> None:
    code, out, wrong = call(*words)
    assert code != 0
    assert said in out + wrong
    assert "Traceback" not in wrong


def test_a_change_without_a_time_has_nothing_to_announce(place: Office, call: SpseOps) -> None:
    number = place.ask("siram").number
    code, _, wrong = call("maintenance", "draft", number, "--to", LATER.isoformat())
    assert (code, "tidak ada waktu mulainya" in wrong) == (1, True)
