"""`make bench`: each figure beside the bare tool's in the same run. The ratio counts; seconds are one machine's."""

import json
from collections.abc import Callable, Iterator
from dataclasses import asdict

import click

from tests.bench import access, backup, baseline, doors, hosts, ledger, probes, reports, sla, slack, upgrade
from tests.bench.ground import LAB, Ground
from tests.bench.row import DEAREST, Measured
from tests.hosts.paths import REPOSITORY

REPORT = REPOSITORY / "artifacts" / "bench.json"

MEASURES: dict[str, Callable[[Ground], Iterator[Measured]]] = {
    "hosts": lambda _: hosts.start(),
    "status": lambda _: hosts.status(),
    "again": upgrade.again,
    "upgrade": upgrade.one,
    "fleet": upgrade.many,
    "backup": lambda _: backup.measure(),
    "baseline": baseline.measure,
    "doors": lambda _: doors.measure(),
    "sla": lambda _: sla.measure(),
    "ledger": lambda _: ledger.measure(),
    "access": lambda _: access.measure(),
    "slack": lambda _: slack.measure(),
    "probes": lambda _: probes.measure(),
    "reports": lambda _: reports.measure(),
}


@click.command()
@click.argument("names", nargs=-1, type=click.Choice(list(MEASURES)))
def main(names: tuple[str, ...]) -> None:
    """Measure all, or some by their names; print one table, and keep it in artifacts/bench.json."""
    REPORT.parent.mkdir(exist_ok=True)
    ground = Ground()
    measured: list[Measured] = []
    try:
        for name in names or MEASURES:
            for one in MEASURES[name](ground):
                measured.append(one)
                click.echo(one.row)
                for task in one.tasks[:DEAREST]:
                    click.echo(task)
    finally:
        LAB.down()
    report = [asdict(one.row) | {"tasks": [asdict(task) for task in one.tasks[:DEAREST]]} for one in measured]
    REPORT.write_text(json.dumps(report, indent=2) + "\n")


if __name__ == "__main__":
    main()
