"""Every control of the baseline on one page: `python -m chatops.reports.controls > docs/reference/controls.md`."""

import sys
from collections.abc import Mapping

from chatops import controls
from chatops.controls import Area
from chatops.reports.page import SEVERITIES

HEAD = """\
# Kontrol keamanan

*The security baseline, control by control; made
from `roles/baseline/controls/` by `python -m chatops.reports.controls`.*

[baseline](../operations/baseline.md) mewujudkannya, [comply](../operations/comply.md) membuktikannya.
"""


def page(areas: Mapping[str, Area]) -> str:
    """In Markdown."""
    parts = [HEAD]
    for area in areas.values():
        parts.append(f"## {area.title}\n")
        parts.append(
            "| kontrol | keadaan dan sebabnya | berat | dasar | CIS | mungkin terganggu |\n|---|---|---|---|---|---|"
        )
        for control in area.controls:
            what = f"**{control.title}.** {control.reason}"
            cells = (control.id, what, SEVERITIES[control.severity], control.clause, control.cis, control.may_break)
            parts.append("| " + " | ".join(cell.strip().replace("|", "\\|") or "-" for cell in cells) + " |")
        parts.append("")
    return "\n".join(parts)


if __name__ == "__main__":
    sys.stdout.write(page(controls.load()))
