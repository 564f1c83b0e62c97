"""Machines know of each other for as long as the database knows them; one that it has lost is not taken for gone."""

import os
import signal
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from types import SimpleNamespace

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from chatops import presence
from chatops.ledger.store import Ledger
from chatops.presence import There
from tests.desk.office import until
from tests.postgres import Cluster


@contextmanager
def machines(url: str, *names: str) -> Iterator[list[There]]:
    """Machines, each with connections of its own."""
    with ExitStack() as stack:
        ledgers = [stack.enter_context(closing(Ledger.open(url))) for _ in names]
        made = [There(ledger.engine, name) for ledger, name in zip(ledgers, names, strict=True)]
        for each in made:
            stack.callback(each.close)
            each.say()
        yield made


def backends(engine: Engine) -> list[int]:
    """The processes of the server that hold machines."""
    query = (
        "SELECT pid FROM pg_locks JOIN pg_database ON pg_database.oid = database "
        "WHERE locktype = 'advisory' AND granted AND datname = current_database()"
    )
    with engine.connect() as connection:
        return list(connection.execute(text(query)).scalars())


def leave(going: There, staying: There) -> None:
    """Go, and be gone: the server takes a moment to notice."""
    going.close()
    until(lambda: len(backends(staying._engine)) == 1, 10)  # noqa: SLF001 - what it asks, too


def test_a_machine_that_is_there_is_not_gone(postgres: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(presence, "GRACE", 0)
    with machines(postgres.database(), "a", "b") as (one, other):
        assert not one.gone("b")
        leave(other, one)
        one.gone("b")
        assert one.gone("b")
        other.say()
        assert not one.gone("b")


def test_a_machine_is_missed_anew_where_nobody_has_looked(postgres: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [1000.0]
    with machines(postgres.database(), "a", "b") as (one, other):
        leave(other, one)
        # Its own clock alone: whatever else waits in this process would wait for that of the machine to come back.
        monkeypatch.setattr(presence, "time", SimpleNamespace(monotonic=lambda: now[0]))
        assert not one.gone("b")
        # It came back, and nothing of it ran, so that nobody looked; an hour later it is started anew.
        now[0] += 3600
        assert not one.gone("b")
        for _ in range(int(presence.GRACE)):
            now[0] += 1
            assert not one.gone("b")
        now[0] += 1
        assert one.gone("b")


def test_whoever_lost_the_database_says_so_again_and_nothing_of_others(postgres: Cluster) -> None:
    """A backend that is killed takes all others with it, and the server begins anew."""
    url = postgres.database()
    with machines(url, "a", "b") as (one, other), closing(Ledger.open(url)) as aside:
        held = backends(aside.engine)
        assert len(held) == 2
        os.kill(held[0], signal.SIGKILL)
        until(lambda: postgres.answers, 30)
        for lost in (one, other):
            # As a worker does, who comes again a second later, whatever has gone wrong.
            for _ in range(4):
                with suppress(SQLAlchemyError):
                    lost.gone("c")
                with suppress(DBAPIError):
                    lost.say()
        aside.engine.dispose()
        assert len(backends(aside.engine)) == 2
        assert not one.gone("b")
        assert not other.gone("a")
