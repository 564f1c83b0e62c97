"""Which runs may begin: none on a host that another one holds, and none before one that waits for the same host."""

import json
import random
import time
from datetime import UTC, datetime, timedelta

from sqlalchemy import insert

from chatops.engine import eligible
from chatops.ledger.schema import WORK
from chatops.ledger.store import Ledger

NOW = datetime(2026, 11, 22, tzinfo=UTC)


def row(number: int, hosts: list[str], stage: str = "queued", **more: object) -> dict[str, object]:
    """What the ledger would have of a change."""
    change = f"CHG-2026-{number:06}"
    told = {"change": change, "run": f"{change}-1", "stage": stage, "hosts": json.dumps(hosts), "queued": number}
    told |= {"requester": "rini", "planner": "worker", "changes_hosts": True, "held": stage == "running"}
    return told | {"review": False, "not_before": None} | more


def numbers(ledger: Ledger, rows: list[dict[str, object]]) -> list[int]:
    """Which of these may begin."""
    with ledger.aside() as connection:
        connection.execute(WORK.delete())
        connection.execute(insert(WORK), rows)
        return [int(change[-6:]) for change, _ in eligible(connection, NOW)]


def test_whoever_comes_first_on_a_host_goes_first(ledger: Ledger) -> None:
    late = (NOW + timedelta(hours=1)).isoformat()
    rows = [
        row(1, ["a"], "running"),
        row(2, ["a", "b"]),
        row(3, ["b"]),
        row(4, ["c"], not_before=late),
        row(5, ["c"]),
        row(6, ["a"], changes_hosts=False),
        row(7, ["d"], "interrupted", held=True),
        row(8, ["d"]),
        row(9, ["e"], "waiting"),
    ]
    assert numbers(ledger, rows) == [5, 6]
    # What has only ended does not hold; what was released does not, either.
    rows[0] |= {"stage": "done", "held": False}
    rows[6] |= {"held": False}
    assert numbers(ledger, rows) == [2, 5, 6, 8]


def test_no_two_of_six_hundred_share_a_host_and_it_is_quick(ledger: Ledger, figures: list[str]) -> None:
    generator = random.Random(20261122)  # noqa: S311 - repeatable, not secret
    hosts = [f"h{number}" for number in range(200)]
    rows = [row(number, generator.sample(hosts, generator.choice([1, 1, 1, 5]))) for number in range(1, 601)]
    since = time.monotonic()
    found = numbers(ledger, rows)
    seconds = time.monotonic() - since
    taken = [host for number in found for host in json.loads(str(rows[number - 1]["hosts"]))]
    assert len(taken) == len(set(taken))
    # Whatever was passed over waits for a host of one that came before it.
    before: set[str] = set()
    for number, each in enumerate(rows, start=1):
        own = set(json.loads(str(each["hosts"])))
        assert (number in found) == own.isdisjoint(before)
        before |= own
    figures.append(f"queue: who of 600 may begin, with writing them: {1000 * seconds:.0f} ms")
