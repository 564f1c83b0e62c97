"""The bootstrap refuses what it cannot use, says what to do, and leaves the environment as it is."""

import os
import subprocess
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
STAMP = REPOSITORY / ".venv" / ".bootstrapped"


def bootstrap(*groups: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run it as a person does."""
    return subprocess.run(
        [REPOSITORY / "bootstrap", *groups],
        capture_output=True,
        check=False,
        env=os.environ | environment,
        text=True,
        timeout=60,
    )


@pytest.mark.parametrize("python", ["/bin/true", "/bin/false", "/nowhere/python3"])
def test_what_is_no_python_is_refused_by_name(python: str) -> None:
    before = STAMP.read_text()
    done = bootstrap(SPSE_OPS_PYTHON=python)
    assert done.returncode == 1
    assert (
        f"Bukan Python 3.12-3.14 yang lengkap / no complete Python 3.12 to 3.14: SPSE_OPS_PYTHON={python}"
        in done.stderr
    )
    assert STAMP.read_text() == before


def test_an_unknown_group_is_named_with_the_known_ones() -> None:
    done = bootstrap("nonsense")
    assert done.returncode == 1
    assert "nonsense (" in done.stderr
    assert "hosts" in done.stderr
