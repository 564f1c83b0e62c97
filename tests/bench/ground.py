"""What the measures stand on: one host that our playbook has installed, and as many copies of it as a measure wants."""

from __future__ import annotations

from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from tests.hosts.clone import cloned
from tests.hosts.lab import Lab, Wanted
from tests.hosts.paths import REPOSITORY
from tests.spse_app.build import Options, build
from tests.spse_app.catalogue import BUILDS
from tests.upgrade.fleet import MEMORY, Fleet, make

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.hosts.host import Host
    from tests.spse_app.build import Built

LAB = Lab("bench")
FOLDER = REPOSITORY / "artifacts" / "bench"
MODEL = "model"
SERVICES = ("spse-prod", "apache2", "postgresql")
SCRIPTS = sorted(Path(__file__).parent.glob("*.sh"))


class Ground:
    """Hosts that are brought up when a measure first asks for them."""

    @cached_property
    def builds(self) -> dict[str, Built]:
        """The builds, without the wait at their start: it would be the same for both sides."""
        return build(FOLDER / "builds", tuple(BUILDS), Options(boot_seconds=0))

    @cached_property
    def model(self) -> Fleet:
        """One host with build N, and its way back there."""
        LAB.down([MODEL])
        hosts = LAB.up([MODEL], Wanted("spse12", MEMORY))
        fleet = self.of(hosts)
        fleet.together("install", [MODEL], spse_app_build=fleet.number("n"))
        fleet[MODEL].seed(20, 20)
        for script in SCRIPTS:
            hosts[0].put(script, f"/root/{script.name}")
        hosts[0].put(Path(f"{self.builds['n1'].file}.sig"), "/root/archive.sig")
        hosts[0].run("bash /root/back.sh save")
        return fleet

    def of(self, hosts: list[Host]) -> Fleet:
        """These hosts and somebody who operates them; the recap of a run is complete."""
        folder = FOLDER / hosts[0].name
        folder.mkdir(parents=True, exist_ok=True)
        fleet = make(folder, LAB, hosts, self.builds)
        fleet.operator.environment["PROFILE_TASKS_TASK_OUTPUT_LIMIT"] = "all"
        return fleet

    @contextmanager
    def copies(self, count: int) -> Iterator[Fleet]:
        """Hosts like the model, which is at build N."""
        names = [f"c{number}" for number in range(count)]
        with cloned(self.model[MODEL].host, "bench", SERVICES) as image:
            try:
                hosts = LAB.up(names, Wanted(image, MEMORY))
                fleet = self.of(hosts)
                for site in fleet.sites.values():
                    site.application.wait()
                yield fleet
            finally:
                LAB.down(names)
