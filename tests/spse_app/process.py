"""Running the tools the build needs."""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING

from tests.spse_app.errors import CommandFailedError, MissingToolError

if TYPE_CHECKING:
    from collections.abc import Sequence


def find(tool: str, package: str) -> str:
    """The path of a tool, or an error naming the package that has it."""
    path = shutil.which(tool)
    if path is None:
        raise MissingToolError(tool, package)
    return path


def run(command: Sequence[str]) -> str:
    """Run a command to its end and return its standard output."""
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    if done.returncode != 0:
        raise CommandFailedError(" ".join(command[:3]), done.stdout + done.stderr)
    return done.stdout
