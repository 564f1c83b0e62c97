"""What may be asked for. An operation is one YAML entry and one playbook; commands and pages are derived from it."""

from dataclasses import dataclass
from pathlib import Path
from typing import get_type_hints

import yaml

from chatops.errors import CatalogueError

OPERATIONS = Path(__file__).with_name("operations")


@dataclass(frozen=True)
class Operation:
    """One entry of the catalogue."""

    name: str
    title: str
    """What it does, in Indonesian, as the operator reads it."""
    service: str
    """The entry of the SLA's service catalogue that it serves, such as `S0-5`."""
    playbook: str
    """File below `playbooks/`."""
    changes_hosts: bool


def load(folder: Path = OPERATIONS) -> dict[str, Operation]:
    """Read all entries, by name. One bad entry refuses the whole catalogue: half of it would be a surprise."""
    return {entry.name: entry for entry in map(_read, sorted(folder.glob("*.yml")))}


def _read(path: Path) -> Operation:
    try:
        raw = yaml.safe_load(path.read_text())
    except yaml.YAMLError as error:
        raise CatalogueError(file=path.name, detail=f"bukan YAML yang sah ({error})") from error
    if not isinstance(raw, dict):
        raise CatalogueError(file=path.name, detail="isinya harus berupa pasangan kunci dan nilai")
    kinds = get_type_hints(Operation)
    if unknown := raw.keys() - kinds.keys():
        raise CatalogueError(file=path.name, detail=f"kunci tidak dikenal: {', '.join(sorted(map(str, unknown)))}")
    if missing := kinds.keys() - raw.keys():
        raise CatalogueError(file=path.name, detail=f"kunci belum diisi: {', '.join(sorted(missing))}")
    for key, kind in kinds.items():
        if not isinstance(raw[key], kind):
            raise CatalogueError(file=path.name, detail=f"nilai `{key}` harus bertipe {kind.__name__}")
    if raw["name"] != path.stem:
        raise CatalogueError(
            file=path.name, detail=f"`name` berisi `{raw['name']}`, seharusnya sama dengan nama berkas"
        )
    return Operation(**raw)
