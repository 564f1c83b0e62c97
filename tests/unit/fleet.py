"""A small fleet with a history, for what is told of its days."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from chatops.ledger.schema import SAMPLES
from chatops.ledger.store import Ledger
from chatops.watch import digest
from chatops.watch.answer import Answer
from chatops.watch.digest import Digest
from chatops.watch.keeping import Keeper
from chatops.watch.look import Look, State, Target
from chatops.watch.series import put
from chatops.watch.summary import span, yesterday
from chatops.watch.thinning import Grain, single
from chatops.watch.thinning import together as whole

GIB = 1024.0**3
DAY = yesterday()
"""So that what is asked for without a day finds it."""
VALUES = {
    "memory": 0.6,
    "memory_bytes": 8 * GIB,
    "disk:/": 0.5,
    "disk_bytes:/": 20 * GIB,
    "login:prod": 1.0,
}


def statement(text: str, calls: float, seconds: float) -> dict[str, Any]:
    """A form of statement, as a host tells of it."""
    return {"database": "epns_prod", "calls": calls, "seconds": seconds, "rows": calls, "text": text}


def yesterdays(errors: Mapping[str, int], **more: Any) -> Digest:  # noqa: ANN401 - whatever a digest has
    """What a host says that had these errors of the application."""
    frequent = [{"count": count, "text": text} for text, count in errors.items()]
    source = {"lines": 500, "errors": sum(errors.values()), "warnings": 0, "frequent": frequent}
    database = {"bytes": 2 * GIB, "commits": 980, "rollbacks": 20, "deadlocks": 0, "active_seconds": 5}
    statements = {
        "loaded": True,
        "calls": 900,
        "seconds": 9,
        "most_used": [statement("SELECT ? FROM paket", 800, 4)],
        "slowest": [statement("SELECT count(*) FROM dokumen", 2, 5)],
    }
    told = {"version": 1, "day": DAY, "made": 1.0, "sources": {"application": source}}
    return digest.parse(told | {"databases": {"epns_prod": database}, "statements": statements} | more)


def look(
    host: str, told: Digest | None = None, at: float = 0, state: State = State.ANSWERED, page: float = 0.4
) -> Look:
    """A look at a host, an hour after the day."""
    answer = Answer(1.0, {**VALUES, "login_seconds:prod": page, **(told.measures if told else {})}, {}, {}, told)
    target = Target(f"spse.{host}.example", host, "192.0.2.1", instances=("prod",))
    return Look(target, state, at or span(DAY)[1] + 3600, 0.1, answer if state is State.ANSWERED else None)


def history(ledger: Ledger, host: str, days: int, name: str, last: float, per_day: float) -> None:
    """What was left on the evening of each of the days before."""
    evening = span(DAY)[0] + 23 * 3600
    rows = [
        {
            "host": f"spse.{host}.example",
            "grain": Grain.HOUR,
            "at": evening - 86400 * back,
            "body": _body({name: last + per_day * back}),
        }
        for back in range(days)
    ]
    with ledger.aside() as connection:
        put(connection, SAMPLES, rows)


def _body(values: Mapping[str, float]) -> str:
    return json.dumps(whole([single(values, away=False)]).told())


def settled(ledger: Ledger) -> None:
    """Three offices: one is well, one runs full, one is away."""
    keeper = Keeper(ledger, "pemantau")
    keeper.keep(
        [
            look("mamuju", yesterdays({"Galat pada GET /paket/·": 7, "Kehabisan memori": 2})),
            look("bogor", yesterdays({"Galat pada GET /paket/·": 3})),
            look("bone"),
        ]
    )
    keeper.keep([look("bone", at=span(DAY)[1] + 3700, state=State.UNREACHABLE)])
    history(ledger, "bogor", 20, "disk_bytes:/", 20 * GIB, 1 * GIB)


def later(days: int) -> date:
    """A day after the last one."""
    return date.fromisoformat(DAY) + timedelta(days=days)


def again(one: Look, seconds: float) -> Look:
    """The same, a while later."""
    return replace(one, at=one.at + seconds)
