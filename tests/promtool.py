"""The real promtool, which `./bootstrap check` brings."""

import os
import shutil
import subprocess
from pathlib import Path

DATA = Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share")
ADVICE = "there is no promtool: run ./bootstrap check"


def promtool(*words: str) -> subprocess.CompletedProcess[str]:
    """What it says to this."""
    program = shutil.which("promtool") or shutil.which("promtool", path=DATA / "spse-ops")
    assert program, ADVICE
    return subprocess.run([program, *words], capture_output=True, check=False, text=True)
