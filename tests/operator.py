"""Our playbooks as an LPSE's admin runs them: an inventory on disk and ansible-playbook, nothing in between."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from chatops.settings import PROGRAMS
from tests.hosts.paths import REPOSITORY

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tests.hosts.lab import Lab
    from tests.spse_app.build import Built

type Finished = subprocess.CompletedProcess[str]

RUNS = REPOSITORY / "artifacts" / "runs"

# Every secret of a test has these words in it; whoever runs one looks for them in the output.
CANARY = "kenari-rahasia"

INSTANCES: dict[str, dict[str, Any]] = {
    "prod": {
        "home": "/home/appserv/spse",
        "path": "/eproc4",
        "port": 9090,
        "spare_port": 9091,
        "documents": "/home/file/file_prod",
        "database": "epns_prod",
        "user": "epns",
    },
    "latihan": {
        "home": "/home/appserv/spselat",
        "path": "/eproc4lat",
        "port": 9009,
        "spare_port": 9010,
        "documents": "/home/file/file_latihan",
        "database": "epns_latihan",
        "user": "epns_latihan",
    },
}


def variables(builds: Mapping[str, Built], *instances: str) -> dict[str, Any]:
    """What an inventory says of SPSE, for these instances; small, because a test host sees the machine's memory."""
    folder = next(iter(builds.values())).file.parent
    return {
        "spse_app_instances": {name: INSTANCES[name] for name in instances},
        "spse_database_passwords": {name: f"{CANARY}-basis-data-{name}" for name in instances},
        "spse_app_session_secrets": {name: f"{CANARY}-sesi-{name}-0123456789abcdef" for name in instances},
        "spse_app_settings": {name: {"tugas.selang": 3600} for name in instances},
        "spse_app_builds": {built.build: {"sha256": built.sha256} for built in builds.values()},
        "spse_app_archives": str(folder),
        "spse_app_publisher_key": (folder / "release_key.pub").read_text().strip(),
        "spse_app_publisher": "rilis@lkpp.example",
        "spse_app_heap_mb": 192,
        "spse_app_java_options": ["-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"],
        "spse_app_start_seconds": 60,
        "spse_app_watch_seconds": 2,
        "spse_app_watch_closed_seconds": 1,
        "spse_app_watch_pause": 1,
        "spse_app_drain_seconds": 10,
        "spse_database_memory_mb": 512,
    }


@dataclass
class Operator:
    """Somebody with an inventory."""

    name: str
    inventory: Path
    environment: dict[str, str] = field(default_factory=dict)

    def command(self, playbook: str, *options: str, **extra: object) -> list[str]:
        """The words of a run."""
        words = ["ansible-playbook", "--inventory", str(self.inventory), f"playbooks/{playbook}.yml", *options]
        return [*words, "--extra-vars", json.dumps(extra)] if extra else words

    def play(self, playbook: str, *options: str, **extra: object) -> Finished:
        """Run a playbook to its end; no secret may be in what it says."""
        done = subprocess.run(
            self.command(playbook, *options, **extra),
            capture_output=True,
            check=False,
            cwd=REPOSITORY,
            env=self.surroundings,
            # Its own group: a test may kill it with all its children.
            start_new_session=True,
            text=True,
        )
        self._keep(playbook, done)
        assert CANARY not in done.stdout + done.stderr
        return done

    def read(self) -> dict[str, Any]:
        """The inventory as it is now."""
        read: dict[str, Any] = json.loads(self.inventory.read_text())
        return read

    def write(self, inventory: Mapping[str, Any]) -> None:
        """Put another inventory in its place."""
        self.inventory.write_text(json.dumps(inventory))

    def _keep(self, playbook: str, done: Finished) -> None:
        """What a run said, for whoever has to find out why a test has failed."""
        folder = RUNS / self.name
        folder.mkdir(parents=True, exist_ok=True)
        number = len(list(folder.iterdir())) + 1
        (folder / f"{number:03}-{playbook}.log").write_text(done.stdout + done.stderr)

    def succeed(self, playbook: str, *options: str, **extra: object) -> Finished:
        """Run a playbook that must end well."""
        done = self.play(playbook, *options, **extra)
        assert done.returncode == 0, done.stdout + done.stderr
        return done

    def fail(self, playbook: str, *options: str, **extra: object) -> str:
        """Run a playbook that must end as failed, and give what it said on one line."""
        done = self.play(playbook, *options, **extra)
        assert done.returncode != 0, done.stdout
        return " ".join((done.stdout + done.stderr).split())

    @property
    def surroundings(self) -> dict[str, str]:
        """The environment of a run."""
        path = {"PATH": f"{PROGRAMS}:{os.environ['PATH']}", "ANSIBLE_NOCOLOR": "1"}
        # What is done to the lab stands in no real ledger.
        state = {"SPSE_OPS_STATE": str(REPOSITORY / "artifacts" / "state")}
        return os.environ | path | state | self.environment


def changes(finished: Finished, host: str) -> int:
    """How many tasks changed something on a host, by the recap."""
    recap = next(line for line in finished.stdout.splitlines() if line.startswith(host) and "changed=" in line)
    return int(recap.partition("changed=")[2].split()[0])


def operator(folder: Path, lab: Lab, given: Mapping[str, Any], only: str = "") -> Operator:
    """Somebody with an inventory of a lab's hosts, or of one of them."""
    inventory = lab.inventory()
    hosts = inventory["spse"]["hosts"]
    inventory["spse"]["hosts"] = {name: about for name, about in hosts.items() if only in {"", name}}
    inventory["spse"]["vars"] = dict(given)
    path = folder / "hosts.yml"
    path.write_text(json.dumps(inventory))
    return Operator(f"{lab.name}{only and '-'}{only}", path)
