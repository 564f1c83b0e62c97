"""How fast test hosts come up, and how fast we look at them."""

import json
import os
import statistics
import subprocess
from collections.abc import Iterator

from chatops.settings import PROGRAMS
from tests.bench.ground import LAB
from tests.bench.row import Measured, Row, seconds
from tests.hosts.image import IMAGES
from tests.hosts.paths import REPOSITORY
from tests.hosts.podman import podman


def start() -> Iterator[Measured]:
    """Hosts that let us in, beside containers of the same image that have merely been started, one after the other."""
    for count in (1, 10, 50):
        yield Measured(_start(count))


def _start(count: int) -> Row:
    names = [f"bare-{number}" for number in range(count)]
    image = IMAGES["debian12"].reference

    def run() -> None:
        for name in names:
            podman("run", "--detach", f"--name={name}", "--network=none", image, "sleep", "infinity")

    LAB.up(["warm"])
    theirs = seconds(run)
    podman("rm", "--force", "--time=0", *names)
    ours = seconds(lambda: LAB.up([f"w{number}" for number in range(count)]))
    LAB.down([host.name for host in LAB.hosts() if host.name != "warm"])
    return Row(f"{count} hosts, reachable over ssh", ours, f"{count} x podman run sleep", theirs)


def status() -> Iterator[Measured]:
    """`spse-ops status`, beside ansible-playbook on the same playbook, both with their connections open."""
    for count in (1, 10):
        yield Measured(_status(count))


def _status(count: int) -> Row:
    lpses = [f"w{number}" for number in range(count)]
    LAB.up(lpses)
    inventory = REPOSITORY / "artifacts" / "bench-hosts.yml"
    inventory.write_text(json.dumps(LAB.inventory()))
    playbook = ["ansible-playbook", "--inventory", str(inventory), "--limit", "w*", "playbooks/status.yml"]
    command = [str(PROGRAMS / "spse-ops"), "status", "--inventory", str(inventory), *lpses]
    environment = os.environ | {"PATH": f"{PROGRAMS}:{os.environ['PATH']}"}

    def run(argv: list[str]) -> None:
        subprocess.run(argv, capture_output=True, check=True, cwd=REPOSITORY, env=environment)

    for argv in (playbook, command):
        run(argv)
    ours = statistics.median(seconds(lambda: run(command)) for _ in range(3))
    theirs = statistics.median(seconds(lambda: run(playbook)) for _ in range(3))
    return Row(f"spse-ops status, {count} hosts", ours, "ansible-playbook playbooks/status.yml", theirs)
