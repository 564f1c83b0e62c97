"""What the proofs of a baseline say of each host: held against the catalogue, the waivers, and the time before."""

import enum
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Self

from chatops.controls import Control, Severity
from chatops.errors import WaiverError


class State(enum.Enum):
    """How a control stands on a host."""

    HOLDS = "lulus"
    FAILS = "gagal"
    WAIVED = "dikecualikan"
    NOT_APPLICABLE = "tidak berlaku"
    UNREAD = "tidak terbaca"

    @property
    def is_bad(self) -> bool:
        """Whether something has to be done. What could not be read is no better than what fails."""
        return self in {State.FAILS, State.UNREAD}


OUTCOMES = {
    "passed": State.HOLDS,
    "skipped": State.NOT_APPLICABLE,
    "failed": State.FAILS,
    "error": State.UNREAD,
}
# Of several proofs of one control the worst counts.
ORDER = (State.UNREAD, State.FAILS, State.HOLDS, State.NOT_APPLICABLE)


@dataclass(frozen=True)
class Result:
    """What one proof found."""

    host: str
    control: str
    state: State
    seen: tuple[str, ...]
    """The evidence."""
    why: str = ""
    """What is not so, or why it does not apply."""

    @classmethod
    def of(cls, raw: Mapping[str, Any]) -> Self:
        """As a run has written it down."""
        return cls(raw["host"], raw["control"], OUTCOMES[raw["outcome"]], tuple(raw["seen"]), raw["why"])


@dataclass(frozen=True)
class Waiver:
    """Somebody has decided that a control need not hold on a host, for a reason and for a time."""

    control: str
    reason: str
    owner: str
    until: date


@dataclass(frozen=True)
class Finding:
    """How one control stands on one host."""

    host: str
    control: Control
    state: State
    seen: tuple[str, ...] = ()
    note: str = ""
    waiver: Waiver | None = None
    """Where it is because of one that it counts as waived."""


def waivers(host: str, raw: Any, known: Mapping[str, Control]) -> dict[str, Waiver]:  # noqa: ANN401 - of the inventory
    """A host's waivers by control; one that is not whole is refused, for it would hide something without a reason."""
    found: dict[str, Waiver] = {}
    if not isinstance(raw, list):
        raise WaiverError(host=host, detail="isinya bukan daftar")
    for number, each in enumerate(raw, start=1):
        if not isinstance(each, dict) or each.keys() != {"control", "reason", "owner", "until"}:
            raise WaiverError(host=host, detail=f"pengecualian ke-{number} harus berisi control, reason, owner, until")
        name = str(each["control"])
        if name not in known:
            raise WaiverError(host=host, detail=f"kontrol `{name}` tidak ada")
        if not str(each["reason"]).strip() or not str(each["owner"]).strip():
            raise WaiverError(host=host, detail=f"alasan (reason) atau penanggung jawab (owner) {name} belum diisi")
        try:
            until = date.fromisoformat(str(each["until"]))
        except ValueError as error:
            detail = f"`until` {name} berisi `{each['until']}`; tulis seperti 2027-01-31"
            raise WaiverError(host=host, detail=detail) from error
        found[name] = Waiver(name, str(each["reason"]), str(each["owner"]), until)
    return found


def judge(
    results: Iterable[Result],
    hosts: Mapping[str, Mapping[str, Waiver]],
    controls: Mapping[str, Control],
    today: date,
) -> list[Finding]:
    """Every control on every host, also one that nothing was said of."""
    by_place: dict[tuple[str, str], list[Result]] = {}
    for result in results:
        by_place.setdefault((result.host, result.control), []).append(result)
    return [
        _finding(host, control, by_place.get((host, control.id), []), own.get(control.id), today)
        for host, own in hosts.items()
        for control in controls.values()
    ]


def _finding(host: str, control: Control, results: Sequence[Result], waiver: Waiver | None, today: date) -> Finding:
    if not results:
        return Finding(host, control, State.UNREAD, note="tidak diperiksa dalam pemeriksaan ini")
    state = min((result.state for result in results), key=ORDER.index)
    seen = tuple(line for result in results for line in result.seen)
    note = "; ".join(filter(None, (result.why for result in results if result.state is state)))
    if waiver is not None:
        if state is State.FAILS and today <= waiver.until:
            why = f"{waiver.reason} ({waiver.owner}, sampai {waiver.until}); {note}"
            return Finding(host, control, State.WAIVED, seen, why, waiver)
        if state is State.FAILS:
            note = f"pengecualian oleh {waiver.owner} berakhir {waiver.until}; {note}"
        elif state is State.HOLDS:
            note = f"pengecualian oleh {waiver.owner} tidak diperlukan lagi"
    return Finding(host, control, state, seen, note)


def worst(findings: Iterable[Finding]) -> Severity | None:
    """The severity of the worst that is not so."""
    return max((finding.control.severity for finding in findings if finding.state.is_bad), default=None)


@dataclass(frozen=True)
class Drift:
    """A control that stands otherwise than it did."""

    host: str
    control: str
    before: str
    now: str


def drift(findings: Iterable[Finding], before: Mapping[str, Mapping[str, str]]) -> list[Drift]:
    """What has changed since the last run. A host or a control that was not there then has not changed."""
    return [
        Drift(finding.host, finding.control.id, old, finding.state.value)
        for finding in findings
        if (old := before.get(finding.host, {}).get(finding.control.id)) is not None and old != finding.state.value
    ]
