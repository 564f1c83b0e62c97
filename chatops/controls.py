"""The security baseline as data: what a host has to be, why, and how bad it is where it is not.

The role `baseline` brings it about, tests/compliance proves it, and pages and reports are made from it.
"""

import enum
import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

import yaml

from chatops.errors import ControlError

FOLDER = Path(__file__).resolve().parents[1] / "roles" / "baseline" / "controls"
ID = re.compile(r"[A-Z]{2,3}-[0-9]{2}")
CLAUSE = re.compile(r"S[0-4]-[A-Za-z0-9.]+")


class Severity(enum.IntEnum):
    """How bad it is where a control does not hold; the worst that fails is what a run ends with."""

    LOW = 1
    MEDIUM = 2
    HIGH = 3
    CRITICAL = 4


@dataclass(frozen=True)
class Control:
    """One line of the baseline."""

    id: str
    area: str
    title: str
    """What is so, in Indonesian, on a host where the control holds."""
    reason: str
    """Why it matters, in Indonesian."""
    remedy: str
    """What to do where it is not so and the role is not used, in Indonesian."""
    clause: str
    """What obliges to it, as the digest of the source documents names it."""
    severity: Severity
    may_break: str = ""
    """What may stop working with it, in Indonesian."""
    cis: str = ""
    """Its number in the CIS Debian Linux 12 benchmark, v1.1.0."""
    settings: Mapping[str, str] = field(default_factory=dict)
    """What has to be set, where a control is nothing else."""


@dataclass(frozen=True)
class Area:
    """Controls that belong together, and one file of the catalogue."""

    name: str
    title: str
    controls: tuple[Control, ...]


def load(folder: Path = FOLDER) -> dict[str, Area]:
    """Read the whole catalogue, by area. One bad entry refuses all of it: half of it would be a surprise."""
    areas = {path.stem: _area(path) for path in sorted(folder.glob("*.yml"))}
    seen: set[str] = set()
    for area in areas.values():
        for control in area.controls:
            if control.id in seen:
                raise ControlError(file=f"{area.name}.yml", detail=f"`{control.id}` ada dua kali")
            seen.add(control.id)
    return areas


def version(folder: Path = FOLDER) -> str:
    """What names the catalogue as it is now: whatever changes in it gives it another name."""
    digest = hashlib.sha256()
    for path in sorted(folder.glob("*.yml")):
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:12]


def by_id(areas: Iterable[Area]) -> dict[str, Control]:
    """Every control, in the order of the catalogue."""
    return {control.id: control for area in areas for control in area.controls}


def _area(path: Path) -> Area:
    try:
        raw = yaml.safe_load(path.read_text())
        _check_keys(raw, {"title", "controls"}, {"title", "controls"})
        controls = tuple(_control(path.stem, each) for each in raw["controls"])
    except yaml.YAMLError as error:
        raise ControlError(file=path.name, detail=f"bukan YAML yang sah ({error})") from error
    except ValueError as error:
        raise ControlError(file=path.name, detail=str(error)) from error
    return Area(path.stem, str(raw["title"]), controls)


def _control(area: str, raw: Any) -> Control:  # noqa: ANN401 - whatever stands in the file
    known = {each.name for each in fields(Control)} - {"area"}
    _check_keys(raw, known, known - {"may_break", "cis", "settings"})
    name = str(raw["id"])
    if not ID.fullmatch(name):
        raise ValueError(f"`id` `{name}` harus seperti SSH-01")
    try:
        severity = Severity[str(raw["severity"]).upper()]
    except KeyError as error:
        known_severities = ", ".join(each.name.lower() for each in Severity)
        raise ValueError(f"`severity` {name} berisi {error}; pilih salah satu: {known_severities}") from error
    if not CLAUSE.fullmatch(str(raw["clause"])):
        raise ValueError(f"`clause` {name} berisi `{raw['clause']}`; tulis seperti S0-7")
    texts = {key: raw[key] for key in ("title", "reason", "remedy")}
    for key, value in texts.items():
        if not isinstance(value, str) or not value.strip():
            raise ValueError(f"`{key}` {name} belum diisi")
    settings = {key: _value(name, key, value) for key, value in raw.get("settings", {}).items()}
    return Control(**raw | {"area": area, "severity": severity, "settings": settings})


def _value(control: str, key: str, value: Any) -> str:  # noqa: ANN401 - whatever stands in the file
    values = value if isinstance(value, list) else [value]
    # What YAML reads as something else (`no`, `0600`) would be written in another way than it was meant.
    if not all(isinstance(each, str) for each in values):
        raise ValueError(f"`settings` {control}: nilai `{key}` harus berupa teks; beri tanda kutip")
    return ",".join(values)


def _check_keys(raw: Any, known: set[str], required: set[str]) -> None:  # noqa: ANN401 - whatever stands in the file
    if not isinstance(raw, dict):
        raise ValueError("isinya bukan daftar kunci dan nilai")  # noqa: TRY004 - bad content, not a bad call
    if unknown := raw.keys() - known:
        raise ValueError(f"kunci `{min(unknown)}` tidak dikenal")
    if missing := required - raw.keys():
        raise ValueError(f"kunci `{min(missing)}` tidak ada")
