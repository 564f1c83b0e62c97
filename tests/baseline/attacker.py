"""A test host that attacks another, from addresses of its own."""

from __future__ import annotations

import json
import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.hosts.paths import SUBNET

if TYPE_CHECKING:
    from tests.hosts.host import Host

ASSAULT = Path(__file__).with_name("assault.py").read_text(encoding="utf-8")
ADDRESSES = [str(SUBNET[number]) for number in range(2, 8)]
"""Those below the first host's are free for a test's own use."""


@dataclass(frozen=True)
class Attacker:
    """Who attacks, and whom."""

    host: Host
    target: str

    def take_addresses(self) -> None:
        """One host is many visitors."""
        self.host.run("".join(f"ip address add {one}/{SUBNET.prefixlen} dev eth0; " for one in ADDRESSES))

    def does(self, deed: str, *sources: str, timeout: float = 120, **more: object) -> Any:  # noqa: ANN401 - what JSON holds
        """Do something to the target, and tell what came of it."""
        about = {"deed": deed, "target": self.target, "sources": sources or [self.host.address], **more}
        done = self.host.run(f"python3 - {shlex.quote(json.dumps(about))}", input=ASSAULT, timeout=timeout)
        return json.loads(done.stdout)

    def says(self, *requests: str, source: str = "") -> list[str]:
        """Send these as they stand, and give what was answered."""
        answers: list[str] = self.does("say", *([source] if source else []), requests=requests)
        return answers

    def guesses(self, request: str, times: int, source: str, until: tuple[int, ...] = ()) -> list[int]:
        """Make a request again and again."""
        statuses: list[int] = self.does("guess", source, requests=[request], times=times, until=until)
        return statuses

    def logs_in_by_ssh(self, times: int, source: str) -> list[str]:
        """How each of many attempts of a user that nobody has was answered."""
        options = "-o BatchMode=yes -o StrictHostKeyChecking=no -o ConnectTimeout=3 -o LogLevel=ERROR"
        ssh = f"ssh {options} -b {source} tamu-$n@{self.target} true 2>&1 | tail -n 1"
        return self.host.run(f"for n in $(seq {times}); do {ssh}; done").stdout.splitlines()


def status(answer: str) -> int:
    """The status of what was answered; 0 where nothing was."""
    return int(answer.split(" ", 2)[1]) if answer else 0
