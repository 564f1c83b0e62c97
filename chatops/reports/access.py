"""The register of access for paper: who may go where, and what somebody has to look at (S0-21)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from zoneinfo import ZoneInfo

from chatops.access.grant import FLAGS, STATES, Grant
from chatops.access.rules import Limits
from chatops.reports import page

JAKARTA = ZoneInfo("Asia/Jakarta")


@dataclass(frozen=True)
class AccessReport:
    """Some grants, as they are at one moment."""

    grants: Sequence[Grant]
    now: datetime
    limits: Limits
    lpse: str = ""
    """Of one office only."""
    since: datetime | None = None
    unknown: int = 0
    """Logins that the ledger knows no certificate of."""

    @property
    def program(self) -> str:
        """What wrote it."""
        return f"spse-ops {version('spse-ops')}"

    @property
    def flagged(self) -> list[Grant]:
        """What somebody has to look at."""
        return [each for each in self.grants if each.flags(self.now, self.limits)]

    @property
    def counts(self) -> dict[str, int]:
        """How many there are of each state."""
        found = [each.state(self.now, self.limits) for each in self.grants]
        return {words.indonesian: found.count(state) for state, words in STATES.items() if state in found}

    def state(self, grant: Grant) -> str:
        """In a word."""
        return STATES[grant.state(self.now, self.limits)].indonesian

    def flags(self, grant: Grant) -> str:
        """In words."""
        return ", ".join(FLAGS[each].indonesian for each in grant.flags(self.now, self.limits))

    def as_page(self) -> str:
        """For the screen, and for what sets the PDF."""
        return page.html("akses.html.j2", report=self, jakarta=lambda when: when.astimezone(JAKARTA))

    def files(self) -> dict[str, bytes]:
        """Both, by the names of the files."""
        text = self.as_page()
        return {"akses.html": text.encode(), "akses.pdf": page.pdf(text)}
