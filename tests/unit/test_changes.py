"""The desk's book: what happens to a change, what a decree moves, who is told; all of it made again from events."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from chatops.changes import Asked, Changes, opened
from chatops.errors import ChangeError, ClockError, DecreeError, LedgerError, ServiceError, UnknownChangeError
from chatops.ledger import month
from chatops.ledger.change import moved
from chatops.ledger.schema import BUDGETS, CHANGES
from chatops.ledger.store import Ledger
from chatops.sla import calendar as calendars
from chatops.sla import decrees, moments
from chatops.sla.calendar import Provider
from chatops.sla.clock import replay
from chatops.sla.explain import explain
from chatops.sla.priority import assess

at = moments.parse
# A Wednesday, at ten.
START = at("2026-06-03T10:00+07:00")
UPGRADE = Asked("upgrade", ("mamuju",), service="S0-5", mode="remote", received=START, lpse_zone="WITA")


@pytest.fixture
def changes(ledger: Ledger) -> Changes:
    """The book of a new ledger."""
    return Changes(ledger, "penguji")


def due(changes: Changes, number: str) -> str:
    """A change's deadline, as the ledger has it."""
    with changes.ledger.reading() as reader:
        found = reader.change(number).due(reader.calendar())
    return found.at.isoformat() if found else "-"


def rows(ledger: Ledger) -> list[tuple[object, ...]]:
    """Everything that is read from events."""
    with ledger.reading() as reader:
        found = [
            sorted(map(tuple, reader.connection.execute(sa.select(table))), key=str) for table in (CHANGES, BUDGETS)
        ]
    return [row for table in found for row in table]


def a_decree(folder: Path, *more: str, name: str = "SKB 2/2026") -> Path:
    """A decree that takes the place of the shipped one, with further days of joint leave."""
    old = next(each for each in decrees.shipped() if isinstance(each, decrees.Decree))
    text = decrees.write(old).replace(f"decree: {old.decree}", f"decree: {name}\nreplaces: {old.decree}")
    days = "".join(f"  {day}: Cuti bersama tambahan\n" for day in more)
    path = folder / "skb.yml"
    path.write_text(text.replace("joint_leave:\n", f"joint_leave:\n{days}"))
    return path


def test_the_life_of_a_change(changes: Changes) -> None:
    number = changes.open(UPGRADE).id
    year = datetime.now(UTC).year
    assert number == f"CHG-{year}-000001"
    assert changes.open(UPGRADE).id == f"CHG-{year}-000002"
    assert due(changes, number) == "2026-06-05T16:30:00+07:00"
    assert changes.pause(number, "menunggu surat", START + timedelta(hours=1)).state == "paused"
    assert changes.resume(number, START + timedelta(hours=5)).state == "open"
    # Three hours of work, one of them was the break.
    assert due(changes, number) == "2026-06-08T10:30:00+07:00"
    changes.reprioritise(number, assess(range(1, 13), 10, 4), "semua terganggu", START + timedelta(hours=6))
    assert due(changes, number) == "2026-06-05T10:30:00+07:00"
    changes.transfer(number, Provider("merauke", "WIT"), "di tempat", START + timedelta(hours=7))
    # By eleven in Jakarta an office in Papua is at one, and half of the pause was after its day.
    assert due(changes, number) == "2026-06-05T10:30:00+09:00"
    closed = changes.close(number, "done", "selesai", START + timedelta(days=1))
    assert closed.closed
    assert (closed.state, closed.closed["met"]) == ("closed", True)
    assert changes.reopen(number, "kambuh").state == "open"


def test_what_cannot_be_is_refused_and_nothing_is_written(changes: Changes) -> None:
    number = changes.open(UPGRADE).id
    before = changes.ledger.verify()
    with pytest.raises(ClockError, match="tidak dijeda"):
        changes.resume(number)
    with pytest.raises(ClockError, match="lebih awal dari peristiwa sebelumnya"):
        changes.pause(number, "x", START - timedelta(hours=1))
    with pytest.raises(ClockError, match="alasannya belum diisi"):
        changes.pause(number, " ")
    with pytest.raises(ChangeError, match="belum terjadi"):
        changes.close(number, "done", at=datetime.now(UTC) + timedelta(days=1))
    with pytest.raises(UnknownChangeError, match="`CHG-2026-999999` tidak ada"):
        changes.close("CHG-2026-999999", "done")
    with pytest.raises(ServiceError, match="`S0-99` tidak ada"):
        changes.open(Asked("upgrade", ("mamuju",), service="S0-99"))
    with pytest.raises(ServiceError, match="beberapa cara"):
        changes.open(Asked("upgrade", ("mamuju",), service="S0-5"))
    with pytest.raises(ChangeError, match="bukan nama operasi atau LPSE"):
        changes.open(Asked("upgrade", ("mamuju,bogor",)))
    with pytest.raises(ChangeError, match="`Bimbingan Teknis` bukan slug"):
        changes.transfer(number, Provider("Bimbingan Teknis"), "x")
    assert changes.ledger.verify() == before


def test_what_an_office_delivers_goes_by_its_own_hours(changes: Changes, tmp_path: Path) -> None:
    hours = (decrees.FOLDER / "hours/perpres-21-2023.yml").read_text().replace("Perpres 21/2023", "Perbup 7/2026")
    (tmp_path / "jam.yml").write_text(hours.replace("about:", "provider: mamuju\nabout:").replace("16:00", "20:00"))
    changes.apply(tmp_path / "jam.yml")
    asked = Asked("akses", ("mamuju",), service="S0-12c", received=START, lpse_zone="WITA")
    assert due(changes, changes.open(asked).id) == "2026-06-04T20:00:00+08:00"


def test_a_secret_that_somebody_writes_down_is_masked(changes: Changes) -> None:
    number = changes.open(Asked("upgrade", ("mamuju",), reason="password: kenari-rahasia")).id
    changes.pause(number, "menunggu, sandi=kenari-rahasia")
    changes.reprioritise(number, assess((), 1, 1, f=2, by="kasi", reason="pwd=kenari-rahasia"), "x")
    changes.close(number, "done", "token=kenari-rahasia")
    with changes.ledger.reading() as reader:
        assert not [event for event in reader.events() if "kenari-rahasia" in event.body]


def test_without_a_deadline_a_change_is_recorded_all_the_same(changes: Changes) -> None:
    number = changes.open(Asked("restart", ("mamuju",), service="S0-17b", received=START)).id
    assert due(changes, number) == "-"
    changes.pause(number, "menunggu")
    # It begins to have one when somebody judges it, counted from its receipt.
    changes.reprioritise(number, assess((2, 3, 4), 1, 2), "dinilai")
    with changes.ledger.reading() as reader:
        found = reader.change(number).due(reader.calendar(), START)
    assert found
    assert found.at.isoformat() == "2026-06-08T16:00:00+07:00"
    assert changes.close(number, "cancelled").state == "closed"


def test_an_announcement_is_due_before_its_event(changes: Changes) -> None:
    event = datetime.now(UTC) + timedelta(days=60)
    number = changes.open(Asked("pemeliharaan", ("semua",), service="S0-13", received=event)).id
    assert due(changes, number) < event.isoformat()


def test_a_decree_moves_what_is_open_and_never_what_is_closed(changes: Changes, tmp_path: Path) -> None:
    kept, moved, far = (changes.open(UPGRADE).id for _ in range(3))
    changes.close(kept, "done", at=START + timedelta(hours=1))
    changes.close(far, "done", at=START + timedelta(days=30))
    before = {number: due(changes, number) for number in (kept, moved, far)}
    assert set(before.values()) == {"2026-06-05T16:30:00+07:00"}
    decree = a_decree(tmp_path, "2026-06-04")
    tried = changes.apply(decree, dry_run=True)
    assert [each.change for each in tried] == [moved]
    assert due(changes, moved) == before[moved]
    assert changes.apply(decree) == tried
    assert tried[0].after.at.isoformat() == due(changes, moved) == "2026-06-08T16:00:00+07:00"
    assert [due(changes, number) for number in (kept, far)] == [before[kept], before[far]]
    with pytest.raises(DecreeError, match="sudah berlaku"):
        changes.apply(decree)
    # The old version is kept: a closed change is still explained by the calendar that it was closed under.
    with changes.ledger.reading() as reader:
        change = reader.change(far)
        days = list(explain(change.clock, reader.calendar(change), START))
    assert [day.count for day in days] == [0, 1, 2]
    # Opened again, it goes on under the one in force.
    changes.reopen(kept, "kambuh")
    assert due(changes, kept) > before[kept]


def test_a_wrong_decree_changes_nothing(changes: Changes, tmp_path: Path) -> None:
    number = changes.open(UPGRADE).id
    before = changes.ledger.verify(), due(changes, number)
    wrong = a_decree(tmp_path, "2026-02-30")
    with pytest.raises(DecreeError, match=r"skb.yml tidak sah"):
        changes.apply(wrong)
    (tmp_path / "lain.yml").write_text(a_decree(tmp_path).read_text().replace("replaces: SKB 1497/2/5-2025\n", ""))
    with pytest.raises(DecreeError, match="tahun 2026 sudah diatur oleh SKB 1497/2/5-2025"):
        changes.apply(tmp_path / "lain.yml")
    assert (changes.ledger.verify(), due(changes, number)) == before


def test_each_reminder_comes_once_and_in_working_time(changes: Changes) -> None:
    number = changes.open(UPGRADE).id
    other = Changes(changes.ledger, "orang lain")

    def told(moment: str) -> list[int]:
        return [each.share for book in (changes, other) for each in book.remind(at(moment))]

    # 20 hours of work: half of them are gone on Thursday at 14:00, three quarters on Friday at 10:30.
    assert told("2026-06-04T13:00+07:00") == []
    assert told("2026-06-04T14:40+07:00") == [50]
    assert told("2026-06-04T15:00+07:00") == []
    # 75 % at night waits for nobody to be woken.
    assert told("2026-06-05T12:00+07:00") == []
    assert told("2026-06-05T13:10+07:00") == [75]
    assert told("2026-06-05T16:29:59+07:00") == [90]
    # The breach does not wait for Monday.
    assert told("2026-06-05T21:00+07:00") == [100]
    assert told("2026-06-08T10:00+07:00") == []
    with changes.ledger.reading() as reader:
        assert reader.change(number).reminded == {50, 75, 90, 100}


def test_whoever_waits_or_is_done_is_not_reminded(changes: Changes) -> None:
    paused, closed = changes.open(UPGRADE).id, changes.open(UPGRADE).id
    changes.pause(paused, "menunggu", START)
    changes.close(closed, "done", at=START)
    assert changes.remind(at("2026-06-10T10:00+07:00")) == []
    changes.resume(paused, at("2026-06-10T10:00+07:00"))
    # Of those that were missed, one says it all.
    told = changes.remind(at("2026-06-15T10:00+07:00"))
    assert [(each.change.id, each.share) for each in told] == [(paused, 100)]


def test_yearly_budgets_add_up_over_the_turn_of_a_year(changes: Changes) -> None:
    assert changes.spend("S0-11", "*", at("2026-02-01T10:00+07:00"), at("2026-02-01T12:30+07:00"), "putus") == 9000
    assert changes.spend("S0-11", "*", at("2025-12-31T23:00+07:00"), at("2026-01-01T01:00+07:00"), "putus") == 12600
    assert changes.spend("S0-5", "mamuju", at("2026-02-01T10:00+07:00"), at("2026-02-02T10:00+07:00"), "galat") == 86400
    with pytest.raises(LedgerError, match="tidak mempunyai batas tahunan"):
        changes.spend("S0-1", "*", START, START + timedelta(hours=1), "x")
    with pytest.raises(LedgerError, match="berakhir sesudah mulai"):
        changes.spend("S0-11", "*", START, START, "x")


def test_everything_is_read_from_events_alone(changes: Changes, tmp_path: Path) -> None:
    numbers = [changes.open(UPGRADE).id for _ in range(6)]
    changes.pause(numbers[0], "menunggu", START)
    changes.close(numbers[1], "failed", at=START + timedelta(days=10))
    changes.reprioritise(numbers[2], assess((1,), 1, 1), "ringan")
    changes.remind(at("2026-06-09T10:00+07:00"))
    changes.apply(a_decree(tmp_path, "2026-06-04"))
    changes.spend("S0-11", "*", START, START + timedelta(hours=1), "putus")
    before = rows(changes.ledger)
    assert len(before) == 7
    with changes.ledger.engine.begin() as connection:
        connection.execute(sa.delete(CHANGES))
        connection.execute(sa.update(BUDGETS).values(seconds=7))
    assert rows(changes.ledger) != before
    assert changes.ledger.rebuild() == 6
    assert rows(changes.ledger) == before


def test_a_month_in_figures(changes: Changes) -> None:
    numbers = [changes.open(UPGRADE).id for _ in range(3)]
    changes.open(Asked("restart", ("bogor",), received=at("2026-05-31T23:59+07:00")))
    changes.close(numbers[0], "done", at=START + timedelta(hours=1))
    changes.close(numbers[1], "done", at=START + timedelta(days=20))
    with changes.ledger.reading() as reader:
        read = month.read(reader.connection, 2026, 6)
    assert (read.received, read.before, read.closed, read.met, read.missed) == (3, 1, 2, 1, 1)
    assert read.by_service == {"S0-5": 3}


def test_explained_day_by_day() -> None:
    calendar = calendars.as_shipped()
    asked = Asked("upgrade", ("mamuju",), service="S0-5", mode="remote", received=at("2026-03-13T17:00+07:00"))
    assert asked.received
    days = list(explain(replay([moved("change.opened", opened(asked, START))]), calendar, START))
    assert [(day.day.day, day.count, str(day.why)) for day in days][:6] == [
        (13, None, "diterima sesudah jam kerja"),
        (14, None, "akhir pekan"),
        (15, None, "akhir pekan"),
        (16, 0, "hari diterima (hari 0)"),
        (17, 1, "hari kerja ke-1, jam Ramadan"),
        (18, None, "cuti bersama: Cuti bersama Hari Suci Nyepi (SKB 1497/2/5-2025)"),
    ]
    assert days[-1].count == 2
    assert sum(day.counted for day in days) == int((6.5 + 6.5 + 7.5) * 3600)
