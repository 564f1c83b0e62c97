"""Several hosts with SPSE that one operator upgrades in one run."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.operator import operator, variables
from tests.spse_app.catalogue import BUILDS
from tests.upgrade.site import Site, untouched

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from tests.conftest import Builds
    from tests.hosts.host import Host
    from tests.hosts.lab import Lab
    from tests.operator import Operator

# Several hosts share one machine: two processes of the stand-in and PostgreSQL fit into this.
MEMORY = "700m"
SMALL = {"spse_app_heap_mb": 96, "spse_database_memory_mb": 256}
GOOD = ("n", "n1", "n2")
BACK = {"spse_app_allow_data_loss": True, "spse_app_reason": "uji gelombang, kembali ke awal"}


@dataclass(frozen=True)
class Span:
    """When a host's last change began and when it ended; both by the machine's one clock."""

    began: str
    ended: str
    outcome: str


@dataclass(frozen=True)
class Fleet:
    """The hosts by their names, and who operates them all."""

    sites: Mapping[str, Site]
    operator: Operator
    builds: Builds

    def __getitem__(self, name: str) -> Site:
        return self.sites[name]

    def number(self, build: str) -> str:
        """The number of a build, by its name."""
        return self.builds[build].build

    def running(self, *hosts: str) -> dict[str, str]:
        """The name of the build that answers, on each host or on these."""
        names = {self.number(name): name for name in BUILDS}
        return {host: names.get(self[host].running, "") for host in hosts or self.sites}

    def stand(self, **wanted: str) -> None:
        """Bring hosts to a build, by our own playbooks; those that have it already are left alone."""
        for build in GOOD[1:]:
            now, place = self._places(), GOOD.index(build)
            if behind := [name for name, to in wanted.items() if now[name] < place <= GOOD.index(to)]:
                self.together("upgrade", behind, spse_app_build=self.number(build))
        for build in reversed(GOOD[:-1]):
            now, place = self._places(), GOOD.index(build)
            if ahead := [name for name, to in wanted.items() if now[name] > place >= GOOD.index(to)]:
                self.together("rollback", ahead, **BACK)

    def _places(self) -> dict[str, int]:
        running = self.running()
        assert set(running.values()) <= set(GOOD), running
        return {name: GOOD.index(build) for name, build in running.items()}

    def together(self, playbook: str, hosts: Sequence[str], **extra: object) -> None:
        """A run that must end well, for these hosts in one wave."""
        self.operator.succeed(playbook, "--limit", ",".join(hosts), spse_waves=["100%"], **extra)

    def span(self, host: str) -> Span:
        """The last change of a host, which has ended."""
        journal = self[host].journal()
        begin = [event for event in journal if event["event"] == "begin"][-1]
        assert journal[-1]["event"] == "end", f"{host}: {journal[-1]}"
        return Span(begin["at"], journal[-1]["at"], journal[-1]["outcome"])

    def journals(self, *hosts: str) -> dict[str, int]:
        """How many lines the journal of each of these hosts has."""
        with ThreadPoolExecutor() as pool:
            return dict(zip(hosts, pool.map(lambda host: len(self[host].journal()), hosts), strict=True))

    @contextmanager
    def untouched(self, *names: str) -> Iterator[None]:
        """Nothing is written on these hosts meanwhile."""
        with ExitStack() as stack:
            for name in names:
                stack.enter_context(untouched(self[name]))
            yield


def make(folder: Path, lab: Lab, hosts: Sequence[Host], builds: Builds, **given: object) -> Fleet:
    """Somebody with an inventory of these hosts of a lab, and of no others that it has."""
    settings = variables({name: builds[name] for name in BUILDS}, "prod") | SMALL | given
    one = operator(folder, lab, settings)
    inventory = one.read()
    everybody = inventory["spse"]["hosts"]
    inventory["spse"]["hosts"] = {host.name: everybody[host.name] for host in hosts}
    one.write(inventory)
    return Fleet({host.name: Site(host, one, builds, lab) for host in hosts}, one, builds)
