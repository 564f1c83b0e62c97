"""Every operation on one page: `python -m chatops.reports.operations > docs/reference/operations.md`."""

import sys
from collections.abc import Iterable

from chatops import catalogue
from chatops.catalogue import Operation
from chatops.permissions import TITLES

HEAD = """\
# Operasi

*The operations, who may ask for them, whose yes they need; made from
`chatops/catalogue/operations/` by `python -m chatops.reports.operations`.*

"""
COLUMNS = (
    "operasi",
    "layanan",
    "kelas",
    "diminta oleh",
    "persetujuan",
    "diperiksa dengan",
    "dikembalikan dengan",
    "darurat",
    "larangan",
    "waktu henti",
)
CLASSES = {"none": "hanya melihat", "minor": "minor: LPSE", "major": "mayor: LKPP"}


def page(known: Iterable[Operation]) -> str:
    """In Markdown."""
    rows = [COLUMNS, ("---",) * len(COLUMNS), *map(_cells, known)]
    return HEAD + "".join(f"| {' | '.join(cell or '-' for cell in row)} |\n" for row in rows)


def _cells(operation: Operation) -> tuple[str, ...]:
    changes = operation.changes_hosts
    back = "dengan sendirinya; " if operation.undoes_itself else ""
    return (
        f"[{operation.name}](../operations/{operation.name}.md): {operation.title}",
        operation.service,
        CLASSES[operation.infrastructure],
        ", ".join(TITLES[role].indonesian for role in operation.ask),
        str(operation.quorum) if changes else "",
        operation.verify if changes else "",
        back + operation.rollback,
        "boleh" if operation.emergency else "",
        "ya" if operation.blackout else "",
        operation.downtime,
    )


if __name__ == "__main__":
    sys.stdout.write(page(catalogue.load().values()))
