"""What may happen to a clock, and in which order; a pure function of its events."""

from datetime import UTC, datetime, timedelta

import pytest

from chatops.errors import ClockError, MomentError
from chatops.sla import calendar as calendars
from chatops.sla.calendar import Provider
from chatops.sla.clock import Event, Kind, replay
from chatops.sla.deadline import SHARES, due, run
from chatops.sla.services import Term

CALENDAR = calendars.as_shipped()
# Wednesday, 3 June 2026, 10:00 WIB.
START = datetime(2026, 6, 3, 3, tzinfo=UTC)
HOUR = timedelta(hours=1)
RECEIVED = Event(Kind.RECEIVED, START, term=Term(3), provider=Provider("tik-spse"))


def event(
    kind: Kind,
    hours: float,
    reason: str = "menunggu surat",
    *,
    term: Term | None = None,
    provider: Provider | None = None,
) -> Event:
    """Something that happened so many hours after the receipt."""
    return Event(kind, START + hours * HOUR, reason, term, provider)


def test_a_priority_change_keeps_start_and_pauses() -> None:
    paused = [RECEIVED, event(Kind.PAUSED, 1), event(Kind.RESUMED, 3)]
    # Two hours, one of which was the break.
    before = due(replay(paused), CALENDAR, START).at
    assert before.isoformat() == "2026-06-09T08:30:00+07:00"
    after = due(replay([*paused, event(Kind.REPRIORITISED, 4, term=Term(1))]), CALENDAR, START).at
    assert after.isoformat() == "2026-06-05T08:30:00+07:00"


def test_a_pause_that_lasts_counts_until_now() -> None:
    clock = replay([RECEIVED, event(Kind.PAUSED, 0)])
    assert clock.state == "paused"
    assert due(clock, CALENDAR, START).at.isoformat() == "2026-06-08T16:00:00+07:00"
    assert due(clock, CALENDAR, START + HOUR).at.isoformat() == "2026-06-09T08:30:00+07:00"


def test_a_pause_after_the_deadline_saves_nobody() -> None:
    late = [RECEIVED, event(Kind.PAUSED, 24 * 10), event(Kind.RESUMED, 24 * 12)]
    assert due(replay(late), CALENDAR, START) == due(replay([RECEIVED]), CALENDAR, START)


def test_what_is_reopened_goes_on_where_it_stopped() -> None:
    closed = [RECEIVED, event(Kind.RESOLVED, 1)]
    assert replay(closed).state == "resolved"
    again = replay([*closed, event(Kind.REOPENED, 25)])
    assert again.state == "running"
    # A whole working day was nobody's: 7.5 hours.
    assert due(again, CALENDAR, START).at.isoformat() == "2026-06-09T16:00:00+07:00"


def test_another_provider_s_zone_governs_from_the_receipt_on() -> None:
    moved = replay([RECEIVED, event(Kind.TRANSFERRED, 2, provider=Provider("merauke", "WIT"))])
    assert due(moved, CALENDAR, START).at.isoformat() == "2026-06-08T16:00:00+09:00"


def test_thresholds_fall_into_working_time_and_the_end_is_the_end() -> None:
    reckoned = run(replay([RECEIVED]), CALENDAR, START)
    told = [reckoned.threshold(share) for share in SHARES]
    assert [each.isoformat() for each in told] == [
        "2026-06-05T08:45:00+07:00",
        "2026-06-08T08:07:30+07:00",
        "2026-06-08T13:15:00+07:00",
        "2026-06-08T16:00:00+07:00",
    ]


def test_fractions_of_a_second_do_not_matter() -> None:
    half = Event(Kind.RECEIVED, START + timedelta(microseconds=500_000), term=Term(3), provider=Provider("tik-spse"))
    assert replay([half]) == replay([RECEIVED])


@pytest.mark.parametrize(
    ("events", "words"),
    [
        ([], "tidak ada peristiwa"),
        ([event(Kind.PAUSED, 0)], "yang pertama harus penerimaan"),
        ([RECEIVED, RECEIVED], "Peristiwa ke-2 .*sudah diterima"),
        ([RECEIVED, event(Kind.RESUMED, 1)], "tidak dijeda"),
        ([RECEIVED, event(Kind.PAUSED, 1, reason=" ")], "alasannya belum diisi"),
        ([RECEIVED, event(Kind.PAUSED, 1), event(Kind.PAUSED, 2)], "Peristiwa ke-3 .*tidak berjalan"),
        ([RECEIVED, event(Kind.PAUSED, 2), event(Kind.RESUMED, 1)], "lebih awal dari peristiwa sebelumnya"),
        ([RECEIVED, event(Kind.RESOLVED, 1), event(Kind.RESOLVED, 2)], "sudah selesai"),
        ([RECEIVED, event(Kind.RESOLVED, 1), event(Kind.REPRIORITISED, 2, term=Term(1))], "sudah selesai"),
        ([RECEIVED, event(Kind.REOPENED, 1)], "belum selesai"),
        ([RECEIVED, event(Kind.REPRIORITISED, 1)], "tidak lengkap"),
    ],
)
def test_what_is_out_of_order_or_impossible_is_refused(events: list[Event], words: str) -> None:
    with pytest.raises(ClockError, match=words):
        replay(events)


def test_a_naive_time_is_refused() -> None:
    with pytest.raises(MomentError, match="zonanya tidak disebut"):
        replay([Event(Kind.RECEIVED, datetime(2026, 6, 3, 10), term=Term(3), provider=Provider("a"))])  # noqa: DTZ001 - that


def test_what_is_counted_backwards_may_be_done_before_its_event() -> None:
    begun = event(Kind.RECEIVED, 500, term=Term(7, ahead=True), provider=Provider("lkpp"))
    done = event(Kind.RESOLVED, 20)
    assert replay([begun, done]).resolved == done.at
    with pytest.raises(ClockError, match="lebih awal"):
        replay([begun, done, event(Kind.REOPENED, 10)])
