"""Deadlines of the agreement: its vectors, its services, and the corners of a day."""

from datetime import date

import holidays
import pytest

from chatops.errors import MomentError, ServiceError, SlaError, UnknownZoneError
from chatops.sla import calendar as calendars
from chatops.sla import moments, services
from chatops.sla.calendar import Provider
from chatops.sla.deadline import Due, reckon
from chatops.sla.services import Term

CALENDAR = calendars.as_shipped()
LKPP = Provider("tik-spse")


def due(when: str, term: Term, provider: Provider = LKPP) -> Due:
    """When something is due."""
    return reckon(moments.parse(when), term, provider, CALENDAR)


@pytest.mark.parametrize(
    ("received", "days", "at"),
    [
        ("2026-03-17T10:00+07:00", 3, "2026-03-27T16:30:00+07:00"),
        ("2026-03-17T10:00+07:00", 2, "2026-03-26T16:00:00+07:00"),
        ("2026-03-13T17:00+07:00", 1, "2026-03-17T15:00:00+07:00"),
        # Before work, in the break, in its last second, and at the moment that it ends.
        ("2026-06-03T00:00+07:00", 1, "2026-06-04T16:00:00+07:00"),
        ("2026-06-03T12:30+07:00", 1, "2026-06-04T16:00:00+07:00"),
        ("2026-06-03T15:59:59+07:00", 1, "2026-06-04T16:00:00+07:00"),
        ("2026-06-03T16:00+07:00", 1, "2026-06-05T16:30:00+07:00"),
        # The same moment, said in another zone.
        ("2026-06-03T08:59:59+00:00", 1, "2026-06-04T16:00:00+07:00"),
    ],
)
def test_working_days(received: str, days: int, at: str) -> None:
    assert due(received, Term(days)).at.isoformat() == at


def test_the_provider_s_zone_governs() -> None:
    # At 15:30 WIB an office in Papua has gone home.
    moment = "2026-06-03T15:30+07:00"
    assert due(moment, Term(1), Provider("merauke", "WIT")).at.isoformat() == "2026-06-05T16:30:00+09:00"
    assert due(moment, Term(1)).at.isoformat() == "2026-06-04T16:00:00+07:00"


def test_calendar_days_end_with_the_day() -> None:
    at = due("2026-03-20T23:59+08:00", Term(1, calendar_days=True), Provider("mamuju", "WITA")).at
    assert at.isoformat() == "2026-03-21T23:59:59+08:00"


def test_notice_runs_backwards_over_days_off() -> None:
    # Seven working days before Monday the 30th: 27, 26, 25, then before the long leave 17, 13, 12 and 11.
    assert due("2026-03-30T22:00+07:00", Term(7, ahead=True)).at.isoformat() == "2026-03-12T15:00:00+07:00"
    assert due("2026-06-08T00:00+07:00", Term(2, ahead=True)).at.isoformat() == "2026-06-04T16:00:00+07:00"


def test_a_year_without_a_decree_makes_it_provisional() -> None:
    assert due("2026-12-30T10:00+07:00", Term(1)) == Due(moments.parse("2026-12-31T16:00+07:00"))
    into = due("2026-12-30T10:00+07:00", Term(2))
    assert into.provisional
    assert into.unknown_years == (2027,)
    assert due("2027-01-04T10:00+07:00", Term(7, ahead=True)).unknown_years == (2027,)


def test_all_services_of_the_agreement_are_there() -> None:
    parts = {12: "abc", 15: "abcd", 17: "abc"}
    wanted = {f"S0-{number}{part}" for number in range(1, 22) for part in parts.get(number, [""])}
    assert set(services.load()) == wanted


@pytest.mark.parametrize(
    ("service", "mode", "term"),
    [
        ("S0-4", "remote", Term(1)),
        ("S0-4", "at-lkpp", Term(1)),
        ("S0-4", "on-site", Term(7)),
        ("S0-5", "remote", Term(2)),
        ("S0-5", "on-site", Term(7)),
        ("S0-7", "standard", Term(3)),
        ("S0-8", "", Term(3)),
        ("S0-12a", "", Term(3)),
        ("S0-12c", "", Term(1)),
        ("S0-13", "", Term(7, ahead=True)),
        ("S0-21", "install", Term(2, ahead=True)),
        ("S0-21", "access-change", Term(1, calendar_days=True)),
    ],
)
def test_deadlines_of_services(service: str, mode: str, term: Term) -> None:
    assert services.find(service).deadline(mode).term == term


def test_budgets_and_frequencies() -> None:
    assert [each.hours for each in services.find("S0-5").budgets] == [24 * 30]
    assert [(each.hours, each.of) for each in services.find("S0-11").budgets] == [(5, "all")]
    often = [(each.id, each.frequency.times, each.frequency.per) for each in services.load().values() if each.frequency]
    assert often == [("S0-6", 3, "year"), ("S0-15a", 1, "day")]


def test_a_second_source_knows_the_same_days_off() -> None:
    theirs = holidays.country_holidays("ID", years=2026, categories=("public", "government"))
    decree = CALENDAR.decree(2026)
    assert decree
    assert sorted(theirs) == sorted(decree.holidays.keys() | decree.joint_leave.keys())
    assert (len(decree.holidays), len(decree.joint_leave)) == (17, 8)


def test_the_week_is_as_long_as_the_decree_says() -> None:
    for monday, hours in ((date(2026, 6, 8), 37.5), (date(2026, 3, 2), 32.5)):
        week = [CALENDAR.windows("", date(monday.year, monday.month, monday.day + number)) for number in range(7)]
        assert sum(closing - opening for day in week for opening, closing in day) == hours * 3600


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("2026-03-17T10:00", "zonanya tidak disebut"),
        ("kemarin", "bukan waktu ISO 8601"),
        ("1926-03-17T10:00+07:00", "tahunnya harus antara 2017 dan 2100"),
    ],
)
def test_a_moment_that_cannot_be_meant_is_refused(value: str, words: str) -> None:
    with pytest.raises(MomentError, match=words):
        moments.parse(value)


def test_further_wrong_questions() -> None:
    with pytest.raises(ServiceError, match=r"`S0-22` tidak ada dalam perjanjian; yang ada: S0-1,"):
        services.find("S0-22")
    with pytest.raises(ServiceError, match=r"tidak mempunyai cara `udara`; pilih dengan --mode: remote, on-site"):
        services.find("S0-5").deadline("udara")
    with pytest.raises(ServiceError, match="beberapa cara"):
        services.find("S0-5").deadline()
    with pytest.raises(ServiceError, match="tidak mempunyai tenggat dalam perjanjian"):
        services.find("S0-17b").deadline()
    with pytest.raises(SlaError, match="berisi 0, harus 1 sampai 1000"):
        due("2026-03-17T10:00+07:00", Term(0))
    with pytest.raises(UnknownZoneError, match="`WAT` tidak dikenal"):
        moments.zone("WAT")
    with pytest.raises(MomentError, match="2017 sampai 2100"):
        due("2099-12-31T10:00+07:00", Term(900))
