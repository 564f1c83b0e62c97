"""`make bench`: each figure beside the bare tool's in the same run. The ratio counts; seconds are one machine's."""

import json
import os
import statistics
import subprocess
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass

import click

from chatops.settings import PROGRAMS
from tests.hosts.image import IMAGES
from tests.hosts.lab import Lab
from tests.hosts.paths import REPOSITORY
from tests.hosts.podman import podman

REPORT = REPOSITORY / "artifacts" / "bench.json"
LAB = Lab("bench")


@dataclass(frozen=True)
class Row:
    """One comparison."""

    what: str
    ours: float
    beside: str
    theirs: float

    def __str__(self) -> str:
        ratio = self.ours / self.theirs
        return f"{self.what:32} {self.ours:6.2f} s   {self.beside:38} {self.theirs:6.2f} s   x {ratio:.2f}"


def seconds(action: Callable[[], object]) -> float:
    """Wall time of an action."""
    started = time.monotonic()
    action()
    return time.monotonic() - started


def hosts(count: int) -> Row:
    """Hosts that let us in, beside containers of the same image that have merely been started, one after the other."""
    names = [f"bare-{number}" for number in range(count)]
    image = IMAGES["debian12"].reference

    def start() -> None:
        for name in names:
            podman("run", "--detach", f"--name={name}", "--network=none", image, "sleep", "infinity")

    LAB.up(["warm"])
    theirs = seconds(start)
    podman("rm", "--force", "--time=0", *names)
    ours = seconds(lambda: LAB.up([f"w{number}" for number in range(count)]))
    LAB.down([host.name for host in LAB.hosts() if host.name != "warm"])
    return Row(f"{count} hosts, reachable over ssh", ours, f"{count} x podman run sleep", theirs)


def status(count: int) -> Row:
    """`spse-ops status`, beside ansible-playbook on the same playbook, both with their connections open."""
    LAB.up([f"w{number}" for number in range(count)])
    inventory = REPOSITORY / "artifacts" / "bench-hosts.yml"
    inventory.write_text(json.dumps(LAB.inventory()))
    playbook = ["ansible-playbook", "--inventory", str(inventory), "--limit", "w*", "playbooks/status.yml"]
    lpses = [f"w{number}" for number in range(count)]
    command = [str(PROGRAMS / "spse-ops"), "status", "--inventory", str(inventory), *lpses]
    environment = os.environ | {"PATH": f"{PROGRAMS}:{os.environ['PATH']}"}

    def run(argv: list[str]) -> None:
        subprocess.run(argv, capture_output=True, check=True, cwd=REPOSITORY, env=environment)

    for argv in (playbook, command):
        run(argv)
    ours = statistics.median(seconds(lambda: run(command)) for _ in range(3))
    theirs = statistics.median(seconds(lambda: run(playbook)) for _ in range(3))
    return Row(f"spse-ops status, {count} hosts", ours, "ansible-playbook playbooks/status.yml", theirs)


@click.command()
def main() -> None:
    """Measure, print one table, and keep it in artifacts/bench.json."""
    REPORT.parent.mkdir(exist_ok=True)
    rows = []
    try:
        for measure, count in ((hosts, 1), (hosts, 10), (hosts, 50), (status, 1), (status, 10)):
            rows.append(measure(count))
            click.echo(rows[-1])
    finally:
        LAB.down()
    REPORT.write_text(json.dumps([asdict(row) for row in rows], indent=2) + "\n")


if __name__ == "__main__":
    main()
