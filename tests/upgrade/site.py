"""A host with SPSE on it as our playbook installs it, and what must not get lost there."""

from __future__ import annotations

import json
import shlex
import sys
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from tests.hosts.paths import REPOSITORY
from tests.operator import INSTANCES, Operator, operator, variables
from tests.spse_app.catalogue import BUILDS
from tests.spse_app.deployment import Deployment

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.conftest import Builds
    from tests.hosts.host import Host
    from tests.hosts.lab import Lab

SEED = REPOSITORY / "tests/spse_app/seed.py"
CALLBACKS = REPOSITORY / "tests/upgrade/callback"

# Everything that a run could change; what the services and Ansible's own way in write anyway is left out.
FINGERPRINT = (
    "find / -xdev -type f -newer /root/.before -not -path '/proc/*' -not -path '/sys/*' -not -path '/run/*' "
    "-not -path '/tmp/*' -not -path '/var/log/*' -not -path '/var/lib/postgresql/*' "
    "-not -path '/home/appserv/*/logs/*' -not -path '/root/.ansible/*' -not -path '/home/ansible/*' "
    "-not -path '/var/lib/systemd/*' -not -path '/dev/*' "
    "-not -path '/var/lib/sudo/*' -not -path '/var/tmp/*' "
    # Where the database hands its log over to, every few minutes.
    "-not -path '/var/lib/pgbackrest/archive/*' -not -path '/var/spool/pgbackrest/*'"
)


@dataclass(frozen=True)
class Snapshot:
    """What an upgrade that fails must leave as it was, as checksums."""

    build: str
    database: str
    documents: str
    configuration: str
    integrity: str


@dataclass(frozen=True)
class Site:
    """A host, and somebody who operates it."""

    host: Host
    operator: Operator
    builds: Builds
    lab: Lab
    instance: str = "prod"

    def for_instance(self, name: str) -> Site:
        """The same host and operator, looking at another instance."""
        return replace(self, instance=name)

    @property
    def about(self) -> dict[str, Any]:
        """The instance as the inventory describes it."""
        return INSTANCES[self.instance]

    @property
    def application(self) -> Deployment:
        """What answers on the instance's port."""
        about = self.about
        return Deployment(self.host, f"{about['home']}/current", about["port"], about["path"])

    @property
    def running(self) -> str:
        """The build that answers; empty if none does."""
        reply = self.application.request("/versi")
        return str(reply.json["build"]) if reply.status == 200 else ""

    @property
    def url(self) -> str:
        """Where visitors come."""
        return f"https://{self.host.address}{self.about['path']}"

    def snapshot(self) -> Snapshot:
        """What is there now."""
        about = self.about
        sums = {
            # pg_dump puts a word of its own, made up each time, around what it writes. In `tugas` every process of the
            # application writes down when it was alive, the old ones too. Numbers of sequences PostgreSQL takes 32 at a
            # time: after a power cut it goes on behind them.
            "database": f"cd / && runuser -u postgres -- pg_dump --exclude-table-data='tugas*' {about['database']} "
            "| grep -ve '^.[un]*restrict ' -e '^SELECT pg_catalog.setval('",
            "documents": f"cd {about['documents']} && find . -type f | sort | xargs -r sha256sum",
            "configuration": f"cat {about['home']}/current/webapp/conf/application.conf",
            "integrity": f"cd {about['home']}/current/ && find . -type f | sort | xargs sha256sum",
        }
        script = "; ".join(f"({command}) | sha256sum | cut -d' ' -f1" for command in sums.values())
        script = f"readlink {about['home']}/current | xargs basename; {script}"
        lines = self.host.run(shlex.join(["bash", "-euo", "pipefail", "-c", script])).stdout.split()
        return Snapshot(lines[0], **dict(zip(sums, lines[1:], strict=True)))

    def seed(self, packages: int, documents: int, *more: str) -> None:
        """Fill database and documents."""
        self.host.put(SEED, "/root/seed.py")
        conf = f"{self.about['home']}/current/webapp/conf/application.conf"
        numbers = ["--packages", str(packages), "--documents", str(documents), *more]
        self.host.run(shlex.join(["python3", "/root/seed.py", "--conf", conf, *numbers]), timeout=600)

    def upgrade_with(self, task: str, command: str, *, time: int = 1) -> Operator:
        """An operator in whose runs something happens just before a task; `kill` ends the run itself."""
        return replace(
            self.operator,
            environment={
                "ANSIBLE_CALLBACK_PLUGINS": str(CALLBACKS),
                "ANSIBLE_CALLBACKS_ENABLED": "interfere",
                "INTERFERE_TASK": task,
                # In a run for many hosts, it happens to this one.
                "INTERFERE_HOST": self.host.name,
                "INTERFERE_TIME": str(time),
                "INTERFERE_COMMAND": command,
                # A line that is dead is noticed in seconds instead of a minute.
                "ANSIBLE_SSH_ARGS": "-o ControlMaster=auto -o ControlPersist=60s -o ServerAliveInterval=2 "
                "-o ServerAliveCountMax=3",
                "ANSIBLE_TIMEOUT": "5",
            },
        )

    def on_host(self, command: str) -> str:
        """A shell command of this machine that runs a command on the host as root."""
        ssh = ["ssh", *self.host.ssh_options, f"ansible@{self.host.address}", "sudo /bin/sh -c " + shlex.quote(command)]
        return shlex.join(ssh)

    def fault(self, name: str) -> str:
        """A shell command of this machine that lets a fault happen to the host."""
        words = [sys.executable, "-m", "tests.hosts", "--lab", self.lab.name, "fault", name, self.host.name]
        return f"cd {shlex.quote(str(REPOSITORY))} && {shlex.join(words)}"

    def journal(self) -> list[dict[str, Any]]:
        """What the host has written down of its changes."""
        text = self.host.run(f"cat /var/lib/spse/journal/{self.instance}.jsonl").stdout
        return [json.loads(line) for line in text.splitlines()]

    def flags(self) -> list[str]:
        """Every flag that closes, holds, freezes or leads astray."""
        folders = "/var/lib/spse/maintenance /var/lib/spse/hold /var/lib/spse/frozen /run/spse-*-candidate"
        return self.host.run(f"ls -1d {folders.replace(' ', '/* ')}/* 2>/dev/null", check=False).stdout.split()

    def units(self) -> list[str]:
        """The units of ours that run."""
        shown = self.host.run("systemctl list-units --plain --no-legend --state=active 'spse-*'").stdout
        return [line.split()[0] for line in shown.splitlines()]

    def databases(self) -> list[str]:
        """Every database on the host."""
        query = "select datname from pg_database where not datistemplate and datname <> 'postgres' order by 1"
        return self.host.run(f"cd / && runuser -u postgres -- psql -qAtc {shlex.quote(query)}").stdout.split()

    def is_tidy(self) -> None:
        """Nothing is left over: no flag, no second process, no second database."""
        assert self.flags() == []
        assert self.units() == [f"spse-{self.instance}.service"]
        assert self.databases() == [self.about["database"]]
        assert len(self.application.processes()) == 1


def make(
    folder: Path, lab: Lab, host: Host, builds: Builds, instances: tuple[str, ...] = ("prod",), **given: object
) -> Site:
    """Somebody with an inventory of this host alone, in which it has these instances."""
    settings = variables({name: builds[name] for name in BUILDS}, *instances)
    return Site(host, operator(folder, lab, settings | given, host.name), builds, lab)


@contextmanager
def unwritten(host: Host) -> Iterator[None]:
    """Nothing is written on a host meanwhile."""
    # A file that is written within the same tick of the kernel's clock would not be newer.
    host.run("touch /root/.before; sleep 0.01")
    yield
    assert host.run(FINGERPRINT).stdout == ""


@contextmanager
def untouched(site: Site) -> Iterator[None]:
    """Nothing is written on the host meanwhile, and the same process goes on."""
    process = site.application.processes()
    before = site.snapshot()
    with unwritten(site.host):
        yield
    assert site.snapshot() == before
    assert site.application.processes() == process
