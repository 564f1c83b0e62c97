"""What a run of the compliance checks found: as a table, JSON, JUnit and a page."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from xml.etree import ElementTree as ET

from chatops.compliance import Drift, Finding, State
from chatops.reports import page
from chatops.reports.page import SEVERITIES, printable

ORDER = [State.UNREAD, State.FAILS, State.WAIVED, State.HOLDS, State.NOT_APPLICABLE]


def states(findings: Sequence[Finding]) -> dict[str, dict[str, str]]:
    """How every control stands, by host: what the next run is held against."""
    found: dict[str, dict[str, str]] = {}
    for finding in findings:
        found.setdefault(finding.host, {})[finding.control.id] = finding.state.value
    return found


@dataclass(frozen=True)
class Report:
    """One run."""

    findings: Sequence[Finding]
    drifts: Sequence[Drift]
    at: datetime

    def files(self) -> dict[str, str]:
        """What is kept of it, by the names of the files."""
        return {"kepatuhan.json": self.as_json(), "kepatuhan.xml": self.as_junit(), "kepatuhan.html": self.as_page()}

    @property
    def hosts(self) -> list[str]:
        """Every host, in the order in which they were asked for."""
        return list(dict.fromkeys(finding.host for finding in self.findings))

    def of(self, host: str) -> list[Finding]:
        """A host's findings: what has to be done first comes first."""
        own = [finding for finding in self.findings if finding.host == host]
        return sorted(own, key=lambda one: (ORDER.index(one.state), -one.control.severity, one.control.id))

    def count(self, host: str) -> dict[str, int]:
        """How many controls stand how."""
        counted = Counter(finding.state for finding in self.findings if finding.host == host)
        return {state.value: counted[state] for state in ORDER if counted[state]}

    def as_table(self) -> str:
        """For the eye: what is not so, with what to do; what is so is only counted."""
        lines = []
        for host in self.hosts:
            lines.append(f"{host}: {', '.join(f'{number} {state}' for state, number in self.count(host).items())}")
            for finding in self.of(host):
                if finding.state.is_bad or finding.state is State.WAIVED:
                    control = finding.control
                    lines.append(
                        f"  {control.id}  {finding.state.value:13} {SEVERITIES[control.severity]:6}  {control.title}"
                    )
                    lines.append(f"          {finding.note}")
                    if finding.state.is_bad:
                        lines.append(f"          Tindakan: {control.remedy}")
        lines += [f"{one.host}: {one.control} berubah dari {one.before} menjadi {one.now}" for one in self.drifts]
        return "\n".join(lines)

    def as_json(self) -> str:
        """For programs."""
        findings = [
            {
                "host": finding.host,
                "control": finding.control.id,
                "title": finding.control.title,
                "clause": finding.control.clause,
                "cis": finding.control.cis,
                "severity": finding.control.severity.name.lower(),
                "state": finding.state.value,
                "is_bad": finding.state.is_bad,
                "seen": list(finding.seen),
                "note": finding.note,
                "remedy": finding.control.remedy if finding.state.is_bad else "",
            }
            for finding in self.findings
        ]
        drifts = [vars(drift) for drift in self.drifts]
        told = {"at": self.at.isoformat(timespec="seconds"), "findings": findings, "drift": drifts}
        return json.dumps(told, ensure_ascii=False, indent=2) + "\n"

    def as_junit(self) -> str:
        """For what shows test results."""
        suites = ET.Element("testsuites")
        for host in self.hosts:
            own = [finding for finding in self.findings if finding.host == host]
            suite = ET.SubElement(
                suites,
                "testsuite",
                name=host,
                tests=str(len(own)),
                failures=str(sum(finding.state is State.FAILS for finding in own)),
                errors=str(sum(finding.state is State.UNREAD for finding in own)),
                skipped=str(sum(finding.state in {State.WAIVED, State.NOT_APPLICABLE} for finding in own)),
            )
            for finding in own:
                case = ET.SubElement(
                    suite, "testcase", classname=host, name=f"{finding.control.id} {finding.control.title}"
                )
                kind = {State.FAILS: "failure", State.UNREAD: "error"}.get(finding.state, "skipped")
                if finding.state is not State.HOLDS:
                    ET.SubElement(case, kind, message=printable(finding.note))
                ET.SubElement(case, "system-out").text = printable("\n".join(finding.seen))
        ET.indent(suites)
        return ET.tostring(suites, encoding="unicode", xml_declaration=True) + "\n"

    def as_page(self) -> str:
        """For people: every control with its clause, state, evidence and remedy."""
        return page.html("kepatuhan.html.j2", report=self)
