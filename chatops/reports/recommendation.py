"""What LKPP recommends to an LPSE for the security of its servers: one document, as HTML and as PDF."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from itertools import groupby

from chatops.compliance import Finding, State
from chatops.controls import Area, Control, Severity
from chatops.reports import compliance, page

MOST_GRAVE = 3
# All of it stands in the report of the compliance checks, which comes along.
MOST_SEEN = 8
SOURCES = {
    "S0": "perjanjian tingkat layanan LKPP dengan LPSE (2017)",
    "S1": "SOP kinerja dan kapasitas aplikasi SPSE",
    "S2": "perjanjian tingkat layanan LPSE dengan perangkat daerah (2014)",
    "S3": "peraturan pendirian dan tata kelola LPSE (2018)",
    "S4": "keputusan LKPP tentang alur dukungan (2024)",
}
"""What clauses are of, by how they begin."""


@dataclass(frozen=True)
class Evidence:
    """What was found alike on these hosts."""

    hosts: Sequence[str]
    note: str
    seen: Sequence[str]
    more: int
    """Lines that were left out."""


@dataclass(frozen=True)
class Item:
    """One control, and what was found of it."""

    control: Control
    findings: Sequence[Finding]

    @property
    def hosts(self) -> list[str]:
        """Where it stands so."""
        return [finding.host for finding in self.findings]

    @property
    def evidence(self) -> list[Evidence]:
        """What was found, said once where it is the same on several hosts."""
        alike: dict[tuple[str, tuple[str, ...]], list[str]] = {}
        for finding in self.findings:
            alike.setdefault((finding.note, finding.seen), []).append(finding.host)
        return [
            Evidence(hosts, note, seen[:MOST_SEEN], max(0, len(seen) - MOST_SEEN))
            for (note, seen), hosts in alike.items()
        ]


@dataclass(frozen=True)
class Examined:
    """One area of the catalogue, and where it was looked at."""

    title: str
    controls: int
    hosts: Sequence[str]


@dataclass(frozen=True)
class Recommendation:
    """The document of one LPSE."""

    lpse: str
    findings: Sequence[Finding]
    areas: Mapping[str, Area]
    """The whole catalogue, also what was not looked at."""
    catalogue: str
    """What names the catalogue as it was."""
    at: datetime
    absent: Sequence[str] = ()
    """Hosts of the LPSE that could not be reached, and of which nothing is known."""

    @property
    def program(self) -> str:
        """What wrote it."""
        return f"spse-ops {version('spse-ops')}"

    @property
    def hosts(self) -> list[str]:
        """The hosts that were looked at."""
        return list(dict.fromkeys(finding.host for finding in self.findings))

    @property
    def examined(self) -> list[Examined]:
        """What was looked at, and where."""
        return [
            Examined(area.title, len(area.controls), hosts)
            for area in self.areas.values()
            if (hosts := list(dict.fromkeys(one.host for one in self.findings if one.control.area == area.name)))
        ]

    @property
    def controls(self) -> int:
        """How many were looked at."""
        return len({finding.control.id for finding in self.findings})

    def items(self, state: State, severity: Severity | None = None) -> list[Item]:
        """The controls that stand so anywhere: the gravest first, and of equals that of the most hosts."""
        own = [
            finding
            for finding in self.findings
            if finding.state is state and severity in {None, finding.control.severity}
        ]
        # Sorting leaves hosts in their order.
        by_control = groupby(sorted(own, key=lambda one: one.control.id), key=lambda one: one.control)
        found = [Item(control, tuple(findings)) for control, findings in by_control]
        return sorted(found, key=lambda item: (-item.control.severity, -len(item.hosts)))

    @property
    def advice(self) -> dict[Severity, list[Item]]:
        """What has to be done, by how grave it is."""
        return {each: items for each in page.SEVERITIES if (items := self.items(State.FAILS, each))}

    @property
    def sources(self) -> dict[str, str]:
        """What the clauses are of that oblige to what has to be done."""
        cited = {item.control.clause.partition("-")[0] for item in self.items(State.FAILS)}
        return {name: source for name, source in SOURCES.items() if name in cited}

    @property
    def gravest(self) -> list[Item]:
        """What the head of an office has to know of."""
        return self.items(State.FAILS)[:MOST_GRAVE]

    def as_page(self) -> str:
        """For the screen, and for the printer in the words of HTML."""
        return page.html("rekomendasi.html.j2", document=self, State=State)

    def files(self) -> dict[str, bytes]:
        """The document and all of the evidence of this LPSE alone, by the names of the files."""
        text = self.as_page()
        evidence = compliance.Report(self.findings, [], self.at).as_page()
        return {
            "rekomendasi.html": text.encode(),
            "rekomendasi.pdf": page.pdf(text),
            "kepatuhan.html": evidence.encode(),
        }
