"""The figures say what the ledger says, of a fleet of the size that it is made for, and take no time."""

import json
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import event, insert

from chatops.changes import Asked, Changes
from chatops.ledger.chain import Entry
from chatops.ledger.course import Stage
from chatops.ledger.schema import CHANGES, WORK
from chatops.ledger.store import Ledger
from chatops.metrics.collector import LedgerCollector, deadlines, seen_in
from chatops.watch.answer import Answer
from chatops.watch.keeping import Keeper
from chatops.watch.look import Look, State, Target
from chatops.watch.series import Series
from chatops.watch.standing import HostStanding

FLEET = 600
YEAR = 50_000
"""Changes that are over."""
MEASURES = 33
"""Values of a host."""
STATEMENTS = 12
"""However many hosts there are."""
HOUR, DAY = 3600, 86400
NOW = datetime.now(UTC)

type Figures = dict[str, float]


def figures_of(ledger: Ledger) -> Figures:
    """What Prometheus reads, by name and labels as it writes them."""
    registry = CollectorRegistry()
    registry.register(LedgerCollector(ledger))
    families = text_string_to_metric_families(generate_latest(registry).decode())
    return {named(sample.name, sample.labels): sample.value for each in families for sample in each.samples}


def named(name: str, labels: dict[str, str]) -> str:
    """As one writes it in a query."""
    told = ",".join(f"{key}={value}" for key, value in sorted(labels.items()))
    return f"{name}{{{told}}}" if told else name


def looked(host: str, lpse: str, at: datetime, values: Mapping[str, float] | None = None) -> Look:
    """A look that has shown this; nobody was let in, if it has shown nothing."""
    told = at.timestamp()
    target = Target(host, lpse, "192.0.2.1", instances=("prod",))
    if values is None:
        return Look(target, State.REFUSED, told, 0.1)
    return Look(target, State.ANSWERED, told, 0.1, Answer(told, values, {}, {}))


def desk(ledger: Ledger, number: str, stage: Stage, **more: object) -> None:
    """A change as it would be after its events."""
    told: dict[str, object] = {"change": number, "stage": stage.value, "hosts": json.dumps(["a"]), "requester": "rini"}
    told |= {"planner": "worker", "changes_hosts": True, "held": False, "review": False, "not_before": None}
    with ledger.aside() as connection:
        connection.execute(insert(WORK), told | more)


def opened(ledger: Ledger, service: str = "S0-5", **given: object) -> str:
    """A change that was asked for."""
    asked = Asked("upgrade", ("mamuju",), service=service, **{"mode": "remote", "received": NOW} | given)  # type: ignore[arg-type]
    return Changes(ledger, "penguji").open(asked).id


def test_the_queue_is_told_as_it_is(ledger: Ledger) -> None:
    numbers = [opened(ledger) for _ in range(6)]
    with ledger.writing() as writer:
        queued = writer.append(Entry("run.queued", "CHG-0", "spse-ops", {}))
    assert queued
    late = (NOW + timedelta(hours=1)).isoformat(timespec="seconds")
    desk(ledger, numbers[0], Stage.QUEUED, queued=queued.seq)
    desk(ledger, numbers[1], Stage.QUEUED, queued=queued.seq, not_before=late)
    desk(ledger, numbers[2], Stage.RUNNING, held=True)
    desk(ledger, numbers[3], Stage.INTERRUPTED, held=True)
    desk(ledger, numbers[4], Stage.WAITING)
    desk(ledger, numbers[5], Stage.DONE, review=True)
    found = figures_of(ledger)
    stages = {stage: found.get(f"spse_changes{{stage={stage}}}") for stage in Stage}
    assert stages == dict.fromkeys(Stage, 0) | {
        Stage.QUEUED: 2,
        Stage.RUNNING: 1,
        Stage.INTERRUPTED: 1,
        Stage.WAITING: 1,
        Stage.DONE: None,
        Stage.CANCELLED: None,
    }
    assert found["spse_changes_held{stage=interrupted}"] == found["spse_changes_held{stage=running}"] == 1
    assert found["spse_changes_unreviewed"] == 1
    assert found["spse_queue_oldest_timestamp_seconds"] == datetime.fromisoformat(queued.at).timestamp()
    assert found["spse_approval_oldest_timestamp_seconds"] == int(NOW.timestamp())
    assert found["spse_ledger_events_total"] == queued.seq
    assert found["spse_ledger_last_event_timestamp_seconds"] == datetime.fromisoformat(queued.at).timestamp()


def test_nobody_waits_in_an_empty_queue(ledger: Ledger) -> None:
    found = figures_of(ledger)
    assert found["spse_ledger_up"] == 1
    assert found["spse_changes{stage=queued}"] == 0
    assert [name for name in found if "oldest" in name] == []


def test_deadlines_are_told_by_service(ledger: Ledger) -> None:
    book = Changes(ledger, "penguji")
    opened(ledger, received=NOW - timedelta(days=40))
    opened(ledger)
    paused = opened(ledger)
    book.pause(paused, "menunggu surat", NOW)
    opened(ledger, service="S0-17b", mode="")
    done = opened(ledger)
    book.close(done, "done", "beres", NOW + timedelta(seconds=1))
    found = figures_of(ledger)
    assert {name: value for name, value in found.items() if name.startswith("spse_sla_")} == {
        "spse_sla_changes{service=S0-5,standing=breached}": 1,
        "spse_sla_changes{service=S0-5,standing=running}": 1,
        "spse_sla_changes{service=S0-5,standing=paused}": 1,
        "spse_sla_changes{service=S0-17b,standing=untimed}": 1,
        "spse_sla_closed{met=yes,service=S0-5}": 1,
    }


def test_what_is_nearly_late_is_due_soon(ledger: Ledger) -> None:
    number = opened(ledger, received=NOW - timedelta(days=40))
    with ledger.reading() as reader:
        change = reader.change(number)
        due = change.due(reader.calendar())
        shares = dict(change.reminders(reader.calendar()))
    assert due
    for share, expected in ((75, "running"), (90, "due_soon")):
        # Whoever sends reminders has come so far.
        Changes(ledger, "penguji").remind(shares[share])
        with ledger.reading() as reader:
            told = list(deadlines(reader.connection, shares[share] + timedelta(seconds=1)))
        standing = {
            sample.labels["standing"] for each in told for sample in each.samples if "standing" in sample.labels
        }
        assert standing == {expected}


def test_hosts_outages_and_budgets_are_told(ledger: Ledger) -> None:
    at = NOW - timedelta(minutes=50)
    keeper = Keeper(ledger, "pemantau")
    for minute, there in ((0, 1), (5, 1), (10, 0), (15, 0)):
        when = at + timedelta(minutes=minute)
        well = looked("a1", "mamuju", when, {"backup": 3, "certificate": 40, "login:prod": there})
        keeper.keep([well, looked("b1", "bogor", when)])
    with ledger.writing() as writer:
        spent = {"service": "S0-4", "name": "masa-error", "lpse": "mamuju", "year": NOW.year, "seconds": 1200}
        writer.append(Entry("budget.spent", "budget:S0-4:mamuju", "pemantau", spent))
    found = figures_of(ledger)
    last = int((at + timedelta(minutes=15)).timestamp())
    assert found["spse_hosts{state=answered}"] == found["spse_hosts{state=refused}"] == 1
    assert found["spse_hosts{state=changed-key}"] == 0
    assert found["spse_hosts_level{level=critical}"] == 2
    assert found["spse_lpse_level{lpse=mamuju}"] == 2
    assert found["spse_look_newest_timestamp_seconds"] == found["spse_look_oldest_timestamp_seconds"] == last
    assert found["spse_host_restore_point_timestamp_seconds{host=a1,lpse=mamuju}"] == last - 3 * HOUR
    assert found["spse_host_certificate_end_timestamp_seconds{host=a1,lpse=mamuju}"] == last + 40 * DAY
    # Of whom nothing is known now nothing is told.
    assert [name for name in found if "host=b1" in name and "outage" not in name] == []
    began = int((at + timedelta(minutes=10)).timestamp())
    assert found["spse_outage_began_timestamp_seconds{host=a1,lpse=mamuju,planned=no,spse_instance=prod}"] == began
    assert found["spse_budget_spent_seconds{lpse=mamuju,service=S0-4}"] == 1200
    assert found["spse_budget_allowed_seconds{service=S0-4}"] == 24 * 30 * HOUR


def test_who_left_the_inventory_is_forgotten(ledger: Ledger) -> None:
    keeper = Keeper(ledger, "pemantau")
    keeper.keep([looked("gone", "bogor", NOW - timedelta(days=2), {"backup": 1}), looked("a1", "mamuju", NOW, {})])
    found = figures_of(ledger)
    assert sum(value for name, value in found.items() if name.startswith("spse_hosts{")) == 1
    assert [name for name in found if "gone" in name or "bogor" in name] == []
    assert found["spse_look_oldest_timestamp_seconds"] == int(NOW.timestamp())


def test_a_ledger_that_is_away_is_told_and_stops_nobody(ledger: Ledger) -> None:
    with ledger.aside() as connection:
        connection.exec_driver_sql("ALTER TABLE standings RENAME TO gone")
    found = figures_of(ledger)
    assert found.pop("spse_ledger_read_seconds") >= 0
    # Half of the figures would look as if the rest was well.
    assert found == {"spse_ledger_up": 0}


def test_the_whole_country_is_told_at_once(ledger: Ledger, figures: list[str]) -> None:
    values = {f"port:{number}": 1.0 for number in range(MEASURES - 2)} | {"backup": 3.0, "certificate": 90.0}
    looks = [looked(f"spse.lpse{number}.example", f"lpse{number}", NOW, values) for number in range(FLEET)]
    Series(ledger).add([(each, HostStanding(each.target.host, each.target.lpse).after(each)) for each in looks])
    first = Changes(ledger, "penguji")
    for number in range(200):
        change = first.open(Asked("upgrade", (f"lpse{number}",), service="S0-5", mode="remote", received=NOW)).id
        desk(ledger, change, Stage.WAITING)
    with ledger.aside() as connection:
        connection.execute(insert(CHANGES), [closed(number) for number in range(YEAR)])
    registry = CollectorRegistry()
    registry.register(LedgerCollector(ledger))
    fresh, again = [], []
    for _ in range(7):
        # As after a round of looks, which changes them all; and as between two.
        seen_in.cache_clear()
        fresh.append(milliseconds(registry))
        again.append(milliseconds(registry))
    size = sum(not line.startswith(b"#") for line in generate_latest(registry).splitlines())
    # One for each office or host, of few kinds.
    assert FLEET < size < 4 * FLEET
    kind = ledger.engine.dialect.name
    figures.append(
        f"metrics: {FLEET} hosts with {MEASURES} values, 200 open changes and {YEAR} of a year, {size} series, "
        f"on {kind}, the best of 7: {min(fresh):.0f} ms after a round of looks, {min(again):.0f} ms between two"
    )
    asked: list[str] = []
    event.listen(ledger.engine, "before_cursor_execute", lambda *told: asked.append(told[2]))
    generate_latest(registry)
    assert 0 < len(asked) <= STATEMENTS


def closed(number: int) -> dict[str, object]:
    """One of a year's changes, which is over."""
    at = (NOW - timedelta(days=365 * number / YEAR)).isoformat(timespec="seconds")
    told = {"id": f"CHG-2025-{number:06}", "year": 2025, "number": number, "operation": "upgrade", "lpse": "mamuju"}
    told |= {"service": "S0-5", "class": None, "state": "closed", "received": at, "due": at, "provisional": False}
    return told | {"closed": at, "outcome": "done", "met": number % 10 > 0, "remind": None}


def milliseconds(registry: CollectorRegistry) -> float:
    """How long whoever asks has to wait."""
    begun = time.perf_counter()
    generate_latest(registry)
    return 1000 * (time.perf_counter() - begun)
