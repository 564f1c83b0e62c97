"""What charts are drawn of is put together once, in parts, and says what was seen; on both databases."""

import json

from sqlalchemy import func, select

from chatops.ledger.schema import SAMPLES, SUMS
from chatops.ledger.store import Ledger
from chatops.watch.look import State
from chatops.watch.series import Series, as_text, put
from chatops.watch.sums import MOST, SETTLED, Step, Sums, read
from chatops.watch.thinning import DAY, HOUR, Grain, Sample, single
from tests.unit.test_watch_series import look, seen

START = Step.TWO_DAYS.start(1_781_492_400)
EVERY = HOUR // 4


def watched(ledger: Ledger, hours: int, host: str = "a", since: int = START) -> int:
    """So many hours of a host, whose values say at which minute they were seen; when they are over."""
    until = since + hours * HOUR
    taken = {at: single({"memory": (at - START) / HOUR, "clock": 1}, away=False) for at in range(since, until, EVERY)}
    rows = [{"host": host, "grain": Grain.LOOK, "at": at, "body": as_text([each])} for at, each in taken.items()]
    with ledger.aside() as connection:
        put(connection, SAMPLES, rows)
    return until


def kept(ledger: Ledger) -> dict[tuple[str, int, int], Sample]:
    """All sums."""
    with ledger.reading() as reader:
        rows = reader.connection.execute(select(SUMS.c.host, SUMS.c.step, SUMS.c.at, SUMS.c.body)).all()
    return {(host, step, at): Sample.of(json.loads(body)) for host, step, at, body in rows}


def counted(ledger: Ledger, host: str, since: int, until: int, step: Step) -> tuple[int, int]:
    """How many rows are read of a host, and how many looks they stand for."""
    with ledger.reading() as reader:
        rows = list(read(reader.connection, host, since, until, (step, *step.finer)))
    assert [at for at, _ in rows] == sorted(at for at, _ in rows)
    return len(rows), sum(told["n"] for _, told in rows)


def whole(ledger: Ledger, now: int) -> None:
    """Put together all that can be."""
    sums = Sums(ledger)
    while sums.add(now):
        pass


def test_what_is_over_is_summed_up_once(ledger: Ledger) -> None:
    until = watched(ledger, 53)
    Series(ledger).add(seen(look("b", START + 60, State.HANGING)))
    now = until + SETTLED
    whole(ledger, now)
    found = kept(ledger)
    mine = [(step, at) for host, step, at in found if host == "a"]
    assert {step: sum(each == step.seconds for each, _ in mine) for step in Step} == {
        Step.HALF_HOUR: 106,
        Step.QUARTER: 8,
        Step.TWO_DAYS: 1,
    }
    two_days = found["a", Step.TWO_DAYS.seconds, START]
    assert (two_days.looks, two_days.away) == (192, 0)
    # Nobody draws a clock.
    assert two_days.spreads.keys() == {"memory"}
    memory = two_days.spreads["memory"]
    assert (memory.low, memory.high, memory.count) == (0, 47.75, 192)
    assert abs(memory.mean - 47.75 / 2) < 1e-3
    assert (found["b", Step.TWO_DAYS.seconds, START].looks, found["b", Step.TWO_DAYS.seconds, START].away) == (1, 1)
    assert Sums(ledger).add(now) == 0


def test_what_may_still_come_is_waited_for(ledger: Ledger) -> None:
    until = watched(ledger, 12)
    whole(ledger, until)
    assert max(at for _, step, at in kept(ledger) if step == Step.HALF_HOUR.seconds) + HOUR // 2 == until - SETTLED


def test_who_must_catch_up_does_so_in_parts(ledger: Ledger) -> None:
    now = watched(ledger, 24) + SETTLED
    parts = [Sums(ledger).add(now) for _ in range(8)]
    assert max(parts) == MOST
    assert parts[-1] == 0
    assert sum(parts) == 48 + 4


def test_half_of_a_catching_up_hides_nothing(ledger: Ledger) -> None:
    until = watched(ledger, 100)
    since, sums = START, Sums(ledger)
    while True:
        for step in Step:
            assert counted(ledger, "a", since, until, step)[1] == 400
        if not sums.add(until + SETTLED):
            break
    assert counted(ledger, "a", since, until, Step.TWO_DAYS) == (2 + 4 * 2, 400)


def test_a_month_is_few_rows_and_every_look_of_it(ledger: Ledger) -> None:
    until = watched(ledger, 10 * 24 + 7)
    Series(ledger).thin(until)
    whole(ledger, until)
    # Ten days, four hours of the day and as many looks as are not settled.
    assert counted(ledger, "a", START, until, Step.QUARTER) == (40 + 8 + 3 * 4, 988)
    assert counted(ledger, "a", START, until, Step.TWO_DAYS) == (5 + 8 + 3 * 4, 988)


def test_a_host_that_is_new_is_summed_up_from_its_first_look(ledger: Ledger) -> None:
    watched(ledger, 48)
    until = watched(ledger, 13, "baru", START + 48 * HOUR + 600)
    whole(ledger, until + SETTLED)
    rows, looks = counted(ledger, "baru", START, until, Step.TWO_DAYS)
    assert looks == 52
    assert rows < 10


def test_what_nobody_can_ask_for_is_forgotten(ledger: Ledger) -> None:
    until = watched(ledger, 24)
    whole(ledger, until + SETTLED)
    for days, left in ((0, 52), (5, 4), (40, 0)):
        Sums(ledger).forget(until + days * DAY)
        assert len(kept(ledger)) == left
    with ledger.reading() as reader:
        assert reader.connection.execute(select(func.count()).select_from(SAMPLES)).scalar_one() == 96
