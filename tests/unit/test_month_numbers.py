"""The numbers of a month: right on a ledger that one can count by hand, and the same three times over on a year."""

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from chatops.changes import Asked, Changes, opened
from chatops.errors import MonthError, ReportError
from chatops.ledger import facts as happened
from chatops.ledger.chain import Entry, Event, follow
from chatops.ledger.facts import Month
from chatops.ledger.schema import CHANGES, EVENTS, HEAD
from chatops.ledger.store import Ledger
from chatops.reports import analysis, recount
from chatops.reports.counting import Counted
from chatops.reports.monthly import Report
from chatops.reports.reconcile import BEFORE, Difference, differences
from chatops.sla import moments, priority
from tests.unit.test_ledger import behind_its_back
from tests.year.events import ledger_of
from tests.year.make import UNTIL

at = moments.parse
OCTOBER = Month(2026, 10)
JUNE = Month(2026, 6)
NOW = at("2026-07-20T09:00+07:00")
OFFICES = 40


def report(ledger: Ledger, month: Month, lpse: str = "", now: datetime = NOW, language: str = "id") -> Report:
    """As the command makes it."""
    with ledger.reading() as reader:
        return Report.of(happened.read(reader, month.after(-BEFORE), now), month, lpse, language)


def odd(ledger: Ledger, made: Report) -> list[Difference]:
    """Where a recount does not agree."""
    with ledger.reading() as reader:
        pages = recount.pages(reader.connection, made.facts.head[0])
    return differences(made.months, pages, made.lpse, made.facts.at)


def value(made: Report, name: str, month: Month | None = None) -> int | float | None:
    """A number of a report."""
    return made.months[str(month or made.month)].get(name, Counted(0)).value


@pytest.fixture
def june(ledger: Ledger) -> Ledger:
    """A handful of changes around June, and outages, on both databases."""
    book = Changes(ledger, "penguji")

    def begun(when: str, service: str = "S0-5", lpses: tuple[str, ...] = ("mamuju",), **more: Any) -> str:  # noqa: ANN401 - what may be asked
        mode = {"S0-5": "remote", "S0-4": "remote"}.get(service, "")
        return book.open(Asked("upgrade", lpses, service, mode, received=at(when), **more)).id

    urgent = priority.assess(range(1, 13), 10, 4)
    # Late: one working day, and it took three.
    late = begun("2026-06-03T10:00+07:00", "S0-17a", priority=urgent)
    book.close(late, "done", at=at("2026-06-08T10:00+07:00"))
    # In time; the pause moved the deadline.
    paused = begun("2026-06-10T10:00+07:00")
    book.pause(paused, "menunggu", at("2026-06-10T11:00+07:00"))
    book.resume(paused, at("2026-06-15T11:00+07:00"))
    book.close(paused, "done", at=at("2026-06-15T14:00+07:00"))
    # Received in May, closed on the first minute of June by the clock in Jakarta, which is still May in UTC.
    early = begun("2026-05-29T10:00+07:00", "S0-4", ("mamuju", "bogor"))
    book.close(early, "done", at=at("2026-06-01T00:00+07:00"))
    # Closed, and opened again the next month: at the end of June it was closed.
    again = begun("2026-06-20T10:00+07:00", lpses=("bogor",))
    book.close(again, "failed", at=at("2026-06-22T10:00+07:00"))
    book.reopen(again, "kambuh", at("2026-07-02T10:00+07:00"))
    # Judged anew after the month: then it was minor.
    judged = begun("2026-06-25T10:00+07:00", "S0-17a", ("bogor",), priority=priority.assess((2, 3, 4), 1, 2))
    book.reprioritise(judged, urgent, "semua terganggu", at("2026-07-01T09:00+07:00"))
    # Open and overdue, and one without any deadline.
    begun("2026-06-16T10:00+07:00", lpses=("bogor",))
    begun("2026-06-29T10:00+07:00", "S0-17b")
    book.spend("S0-11", "*", at("2026-05-31T23:00+07:00"), at("2026-06-01T01:30+07:00"), "listrik padam")
    with ledger.writing() as writer:
        began: dict[str, Any] = {
            "at": "2026-06-30T16:00:00+00:00",
            "host": "spse.bogor.example",
            "lpse": "bogor",
            "instance": "prod",
        }
        began |= {"last_there": None, "why": "refused", "planned": False, "zone": "WIB"}
        writer.append(Entry("outage.began", "GGN-2026-000001", "penguji", began))
        ended = {"at": "2026-06-30T18:00:00+00:00", "last_away": "2026-06-30T17:55:00+00:00", "returns": 1}
        ended |= {"there_seconds": 600, "unwatched_seconds": 0}
        writer.append(Entry("outage.ended", "GGN-2026-000001", "penguji", ended))
    return ledger


def test_the_numbers_of_a_month_that_one_can_count_by_hand(june: Ledger) -> None:
    made = report(june, JUNE)
    expected = {"received": 6, "incidents": 2, "requests": 4, "closed": 4, "closed.met": 3, "closed.late": 1}
    expected |= {"class.emergency": 1, "class.minor": 1, "late.emergency": 1, "open": 3, "open.overdue": 2}
    expected |= {"outcome.done": 3, "outcome.failed": 1, "installed": 1, "upgraded": 1, "offices": 2}
    # An hour and fifty minutes away, of which the last hour was in July.
    expected |= {"outages": 1, "outages.seconds": 50 * 60, "budget.S0-11.*": 2 * 3600 + 1800}
    assert {name: value(made, name) for name in expected} == expected
    assert (value(made, "budget.S0-11.*", Month(2026, 5)), value(made, "received", Month(2026, 5))) == (3600, 1)


def test_every_number_names_the_events_that_it_was_counted_from(june: Ledger) -> None:
    made = report(june, JUNE)
    with june.reading() as reader:
        kinds = {event.seq: event.kind for event in reader.events()}
    numbers = made.months[str(JUNE)]
    assert {kinds[seq] for seq in numbers["received"].seqs} == {"change.opened"}
    assert {kinds[seq] for seq in numbers["closed"].seqs} == {"change.closed"}
    assert [kinds[seq] for seq in numbers["outages.seconds"].seqs] == ["outage.began", "outage.ended"]
    for name in ("received", "closed", "installed", "runs", "outages"):
        assert len(numbers[name].seqs) == numbers[name].value
    assert not [name for name, each in numbers.items() if each.value and not each.seqs and name != "availability"]


def test_an_office_has_its_own_numbers(june: Ledger) -> None:
    made = report(june, JUNE, "bogor")
    assert (value(made, "received"), value(made, "closed"), value(made, "outages.seconds")) == (3, 2, 3000)
    assert value(made, "availability") == round(100 - 100 * 3000 / (30 * 86400), 3)
    assert value(report(june, JUNE, "mamuju"), "availability") == 100.0


def test_what_is_recounted_agrees(june: Ledger) -> None:
    for month in (Month(2026, 5), JUNE, Month(2026, 7)):
        for lpse in ("", "mamuju", "bogor"):
            assert odd(june, report(june, month, lpse)) == []


def test_a_maintenance_that_was_announced_is_still_to_come(june: Ledger) -> None:
    starts = at("2026-08-12T20:00+07:00")
    asked = Asked("maintenance", ("*",), "S0-13", "announcement", received=starts)
    with june.writing(at("2026-07-01T09:00+07:00")) as writer:
        told = {"maintenance": {"until": "2026-08-12T23:00+07:00", "what": "Pembaruan Inaproc"}}
        number = writer.next_number()
        writer.append(Entry("change.opened", number, "penguji", opened(asked, writer.now) | told))
    Changes(june, "penguji").close(number, "done", at=at("2026-07-03T09:00+07:00"))
    july = Month(2026, 7)
    made = report(june, july)
    assert (value(made, "scheduled"), value(made, "service.S0-13"), value(made, "kept.S0-13.met")) == (1, 1, 1)
    (row,) = analysis.scheduled(july, made.facts)
    assert row[1:4] == (analysis.NATIONAL, "maintenance: Pembaruan Inaproc", starts)
    assert odd(june, made) == []
    # It is nobody's own.
    assert value(made, "offices") == 0
    assert set(made.facts.offices) == {"mamuju", "bogor"}


def test_a_month_that_has_not_begun_and_an_office_that_nobody_knows_are_refused(june: Ledger) -> None:
    with pytest.raises(ReportError, match="belum mulai"):
        report(june, Month(2026, 8))
    with pytest.raises(ReportError, match="maksud Anda `bogor`"):
        report(june, JUNE, "bogr")


@pytest.mark.parametrize("text", ["2026", "2026-13", "2026-00", "2026-1", "26-10", "2026-1x", "", "2026-\u0661\u0660"])
def test_what_is_no_month_is_refused(text: str) -> None:
    with pytest.raises(MonthError, match="bukan bulan"):
        Month.parse(text)


def test_months_follow_each_other() -> None:
    assert [str(Month(2026, 1).after(count)) for count in (-13, -1, 0, 11, 12)] == [
        "2024-12",
        "2025-12",
        "2026-01",
        "2026-12",
        "2027-01",
    ]


@pytest.fixture(scope="module")
def year(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ledger]:
    """One for all tests of this file."""
    ledger = ledger_of(tmp_path_factory.mktemp("year") / "ledger.db", OFFICES)
    yield ledger
    ledger.close()


def copy(ledger: Ledger, path: Path) -> None:
    """Copy a ledger, with what is not yet in its file."""
    with closing(ledger.engine.raw_connection()) as connection:
        connection.cursor().execute("VACUUM INTO ?", (str(path),))


@pytest.fixture
def told(year: Ledger, tmp_path: Path) -> Iterator[Ledger]:
    """A ledger of that year that may be spoiled."""
    copy(year, tmp_path / "ledger.db")
    ledger = Ledger.existing(f"sqlite:///{tmp_path / 'ledger.db'}")
    yield ledger
    ledger.close()


def brutally(ledger: Ledger, first: str, last: str) -> Counter[str]:
    """Counted by hand: all events in one list, looked through again for each question."""
    with ledger.reading() as reader:
        events = [{**event.told, "kind": event.kind, "subject": event.subject} for event in reader.events()]

    def within(told: dict[str, Any]) -> bool:
        return at(first) <= datetime.fromisoformat(told["at"]) < at(last)

    found: Counter[str] = Counter()
    for told in events:
        if told["kind"] == "change.opened" and within(told):
            found["received"] += 1
            found[f"service.{told['service'] or '-'}"] += 1
            if told["priority"]:
                found[f"class.{told['priority']['class']}"] += 1
        if told["kind"] == "change.closed" and within(told):
            found["closed"] += 1
            found[{True: "closed.met", False: "closed.late", None: "closed.untimed"}[told["met"]]] += 1
        if told["kind"] == "run.finished" and within(told):
            found["runs"] += 1
        if (
            told["kind"] == "outage.began"
            and told["host"] != "*"
            and told["instance"] == "prod"
            and not told["planned"]
        ):
            over = [each for each in events if each["subject"] == told["subject"] and each["kind"] == "outage.ended"]
            away = set(range(_at(told), _at(over[0]) if over else _at({"at": last}), 60))
            there = over[0]["there_seconds"] if over else 0
            away = {second for second in away if second >= _at(told) + there}
            found["outages"] += within(told)
            found["minutes"] += sum(_at({"at": first}) <= second < _at({"at": last}) for second in away)
        if told["kind"] == "budget.spent" and datetime.fromisoformat(told["until"]) < at(last):
            found[f"budget.{told['service']}.{told['lpse']}"] += told["seconds"]
    return found


def _at(told: dict[str, Any]) -> int:
    return int(datetime.fromisoformat(told["at"]).timestamp())


@pytest.mark.parametrize("month", [Month(2026, 2), Month(2026, 7), OCTOBER, Month(2026, 12)], ids=str)
def test_a_year_comes_to_the_same_three_times(told: Ledger, month: Month, figures: list[str]) -> None:
    made = report(told, month, now=UNTIL)
    assert odd(told, made) == []
    last = min(at(f"{month.after(1)}-01T00:00+07:00"), UNTIL)
    counted = brutally(told, f"{month}-01T00:00+07:00", last.isoformat())
    numbers = made.months[str(month)]
    for name, count in counted.items():
        if name == "minutes" or (name.startswith("budget.") and month.number == 12):
            continue
        if name.startswith("budget."):
            # What lasted over the end of the month is counted in part there, and here not.
            assert int(numbers[name].value or 0) >= count
        else:
            assert numbers[name].value == count, name
    assert abs(int(numbers["outages.seconds"].value or 0) / 60 - counted["minutes"]) <= counted["outages"] + 1
    figures.append(
        f"reports: {sum(map(len, made.months.values()))} numbers of {month} agree, {made.facts.head[0]} events"
    )


def test_every_office_of_a_year_agrees(told: Ledger) -> None:
    with told.reading() as reader:
        facts = happened.read(reader, OCTOBER.after(-BEFORE), UNTIL)
        pages = recount.pages(reader.connection, facts.head[0])
    assert len(facts.offices) == OFFICES
    for lpse in facts.offices:
        made = Report.of(facts, OCTOBER, lpse, "id")
        assert differences(made.months, pages, lpse, UNTIL) == []


def rewritten(ledger: Ledger, kind: str, **changes: object) -> Event:
    """Somebody changes one event of a kind in October, and every sum behind it, so that the chain holds again."""
    with ledger.reading() as reader:
        events = list(reader.events())
    mine = next(
        event
        for event in events
        if event.kind == kind
        and OCTOBER.holds(datetime.fromisoformat(event.told["at"]))
        and any(event.told[name] not in {None, value} for name, value in changes.items())
    )
    behind_its_back(ledger)
    previous = events[0].previous
    with ledger.engine.begin() as connection:
        connection.execute(sa.delete(EVENTS))
        for event in events:
            body = event.told | (changes if event.seq == mine.seq else {})
            entry = Entry(event.kind, event.subject, event.actor, body, event.key)
            made = follow(event.seq, previous, entry, datetime.fromisoformat(event.at))
            previous = made.hash
            connection.execute(sa.insert(EVENTS), made._asdict())
        connection.execute(sa.update(HEAD).values(seq=made.seq, hash=made.hash))
    ledger.rebuild()
    assert ledger.verify().events == len(events)
    return mine


def test_an_event_that_says_a_breach_was_none_is_found(told: Ledger) -> None:
    mine = rewritten(told, "change.closed", met=True)
    found = odd(told, report(told, OCTOBER, now=UNTIL))
    assert [(each.name, each.events) for each in found] == [(f"due {mine.subject}", (mine.seq,))]


def test_a_deadline_that_was_moved_is_found(told: Ledger) -> None:
    mine = rewritten(told, "change.closed", due="2026-12-31T16:00:00+07:00", met=True)
    found = odd(told, report(told, OCTOBER, now=UNTIL))
    assert [(each.name, each.reported) for each in found] == [(f"due {mine.subject}", "2026-12-31T16:00:00+07:00")]


def test_a_row_that_is_not_what_its_events_say_is_found(told: Ledger) -> None:
    with told.engine.begin() as connection:
        number = connection.execute(
            sa.select(CHANGES.c.id).where(CHANGES.c.closed.between("2026-10-05", "2026-10-20")).limit(1)
        ).scalar_one()
        # The report is told that it was closed long ago.
        connection.execute(sa.update(CHANGES).where(CHANGES.c.id == number).values(closed="2025-01-01T00:00:00+00:00"))
    names = {each.name for each in odd(told, report(told, OCTOBER, now=UNTIL))}
    assert {"closed"} <= names
    told.rebuild()
    assert odd(told, report(told, OCTOBER, now=UNTIL)) == []


def test_the_year_has_what_these_tests_need(told: Ledger) -> None:
    made = [report(told, month, now=UNTIL) for month in (OCTOBER, Month(2026, 12))]
    for name in ("received", "closed.late", "outages.seconds", "planned.seconds", "runs", "class.mayor"):
        assert value(made[0], name), name
    # It is only at its end that something is left open.
    for name in ("open", "open.overdue"):
        assert value(made[1], name), name
    assert json.dumps(made[0].numbers())
    assert UNTIL - datetime(2026, 1, 1, tzinfo=UTC) > timedelta(days=360)
