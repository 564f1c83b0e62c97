# SPDX-License-Identifier: Apache-2.0
"""The configuration file of a Play 1.x application, as SPSE has it."""

from __future__ import annotations

import re


def parse(text: str) -> dict[str, str]:
    """The settings of a Play 1.x configuration; of the `%prod.` form, the one that production uses."""
    plain: dict[str, str] = {}
    for line in text.splitlines():
        match = re.match(r"\s*([^#!\s=:][^=:\s]*)\s*[=:]\s*(.*?)\s*$", line)
        if match:
            plain[match[1]] = match[2]
    chosen = {key: value for key, value in plain.items() if not key.startswith("%")}
    return chosen | {key.removeprefix("%prod."): value for key, value in plain.items() if key.startswith("%prod.")}
