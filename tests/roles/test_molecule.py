"""Every Molecule scenario of the project, one test each."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
GLOB = "{roles/*,tests/roles}/molecule/*/molecule.yml"
SCENARIOS = sorted(
    path.parent.name
    for pattern in ("roles/*/molecule/*/molecule.yml", "tests/roles/molecule/*/molecule.yml")
    for path in REPOSITORY.glob(pattern)
)


@pytest.mark.hosts
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_scenario(scenario: str) -> None:
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    done = subprocess.run(
        ["molecule", "test", "--scenario-name", scenario],
        capture_output=True,
        check=False,
        cwd=REPOSITORY,
        env=os.environ | {"PATH": path, "MOLECULE_GLOB": GLOB, "NO_COLOR": "1"},
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    for action in ("check", "converge", "idempotence", "verify"):
        assert f"{scenario} > {action}: Executed: Successful" in done.stdout + done.stderr


def test_there_are_scenarios_and_each_has_a_name_of_its_own() -> None:
    assert SCENARIOS
    assert len(set(SCENARIOS)) == len(SCENARIOS)
