"""The year that is made up for pages and reports: its chain holds, and it is what the project itself would write."""

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from chatops.ledger import outages, projection
from chatops.ledger.course import Stage
from chatops.ledger.schema import CHANGES, EVENTS, OUTAGES, SAMPLES, WORK
from chatops.ledger.store import Ledger, Reader
from chatops.watch.keeping import Keeper
from chatops.watch.series import Series
from chatops.watch.sums import Sums
from chatops.watch.thinning import DAY, KEPT, Grain, Sample
from tests.unit.test_watch_outages import look
from tests.year.make import UNTIL, Year, make

OFFICES = 14


@pytest.fixture(scope="module")
def year(tmp_path_factory: pytest.TempPathFactory) -> Year:
    """One for all tests of this file."""
    return make(tmp_path_factory.mktemp("year"), OFFICES)


@pytest.fixture
def reader(year: Year) -> Iterator[Reader]:
    """Its ledger."""
    ledger = Ledger.existing(year.url)
    with ledger.reading() as found:
        yield found
    ledger.close()


def test_its_chain_holds_and_its_rows_are_those_of_its_events(year: Year) -> None:
    ledger = Ledger.existing(year.url)
    assert ledger.verify().events == year.events
    with ledger.reading() as reader:
        before = [reader.connection.execute(select(table)).all() for table in (CHANGES, WORK, OUTAGES)]
    assert ledger.rebuild() == year.changes == len(before[0])
    with ledger.reading() as reader:
        after = [reader.connection.execute(select(table)).all() for table in (CHANGES, WORK, OUTAGES)]
    ledger.close()
    assert [sorted(rows) for rows in after] == [sorted(rows) for rows in before]


def test_it_is_the_same_each_time(year: Year, tmp_path: Path) -> None:
    def bodies(url: str) -> list[str]:
        ledger = Ledger.existing(url)
        with ledger.reading() as reader:
            query = select(EVENTS.c.body).where(EVENTS.c.kind != "ledger.created").order_by(EVENTS.c.seq)
            found = list(reader.connection.execute(query).scalars())
        ledger.close()
        return found

    assert bodies(make(tmp_path, OFFICES, fine=0).url) == bodies(year.url)


def test_it_has_something_of_each_kind(reader: Reader) -> None:
    rows = list(reader.connection.execute(select(CHANGES)).mappings())
    assert {row["met"] for row in rows} == {True, False, None}
    assert {row["state"] for row in rows} >= {"open", "closed"}
    now = UNTIL.isoformat(timespec="seconds")
    assert any(row["state"] == "open" and row["due"] and row["due"] < now for row in rows), "nothing is overdue"
    stages = Counter(reader.connection.execute(select(WORK.c.stage)).scalars())
    assert {Stage.DONE, Stage.CANCELLED, Stage.WAITING} <= stages.keys()
    found = list(outages.find(reader.connection))
    assert {each.begun["planned"] for each in found} == {True, False}
    assert any(each.ended is None for each in found)
    assert any(each.ended and each.ended["returns"] for each in found)
    paused = select(EVENTS.c.seq).where(EVENTS.c.kind == "change.paused").limit(1)
    assert reader.connection.execute(paused).first()


def test_every_change_can_be_read_and_its_deadline_reckoned(reader: Reader) -> None:
    calendar = reader.calendar()
    for change in projection.changes(reader.connection):
        assert change.due(calendar) or change.term is None
        assert change.course is None or change.course.stage


def test_outages_are_told_as_the_watcher_tells_them(reader: Reader, ledger: Ledger) -> None:
    keeper = Keeper(ledger, "pemantau")
    for number, there in enumerate((1, 0, 0, 1, 1, 1, 1)):
        keeper.keep([look(int(UNTIL.timestamp()) + 300 * number, prod=there)])
    with ledger.reading() as own:
        (theirs,) = outages.find(own.connection)
    ours = next(each for each in outages.find(reader.connection) if each.ended)
    assert [each.told.keys() for each in ours.events] == [each.told.keys() for each in theirs.events]


@pytest.mark.parametrize("grain", list(Grain))
def test_samples_are_as_the_store_writes_them(reader: Reader, grain: Grain) -> None:
    query = select(SAMPLES.c.body).where(SAMPLES.c.grain == grain).limit(400)
    for text in reader.connection.execute(query).scalars():
        assert json.loads(json.dumps(Sample.of(json.loads(text)).told())) == json.loads(text)


def test_samples_are_kept_as_long_as_the_store_keeps_them(year: Year) -> None:
    ledger = Ledger.existing(year.url)
    series, now = Series(ledger), int(UNTIL.timestamp())
    assert series.thin(now) == 0
    host = year.offices[0].hosts[0].name
    ages = {grain: [now - point.at for point in series.points(host, 0, now) if point.grain is grain] for grain in Grain}
    ledger.close()
    assert max(ages[Grain.DAY]) > 360 * DAY
    assert max(ages[Grain.LOOK]) < KEPT[Grain.LOOK] + DAY
    assert all(ages.values())


def test_what_is_drawn_is_summed_up_already(year: Year) -> None:
    ledger = Ledger.existing(year.url)
    summed = Sums(ledger).add(int(UNTIL.timestamp()))
    ledger.close()
    assert summed == 0
