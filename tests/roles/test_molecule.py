"""Every Molecule scenario of the project, one test each."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.whole import in_whole

REPOSITORY = Path(__file__).resolve().parents[2]
# Their hosts are set up by other tests, too.
OFTEN = {"app", "backup", "database", "takeover", "web"}
SCENARIOS = sorted(
    path.parent.relative_to(REPOSITORY)
    for pattern in ("roles/*/molecule/*/molecule.yml", "tests/roles/molecule/*/molecule.yml")
    for path in REPOSITORY.glob(pattern)
)


@pytest.mark.hosts
@pytest.mark.parametrize(
    "folder", [pytest.param(each, id=each.name, marks=() if each.name in OFTEN else in_whole) for each in SCENARIOS]
)
def test_scenario(folder: Path) -> None:
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    done = subprocess.run(
        ["molecule", "test", "--scenario-name", folder.name],
        capture_output=True,
        check=False,
        cwd=REPOSITORY,
        env=os.environ | {"PATH": path, "MOLECULE_GLOB": f"{folder.parent}/*/molecule.yml", "NO_COLOR": "1"},
        text=True,
    )
    output = done.stdout + done.stderr
    assert done.returncode == 0, output
    # Every secret that a scenario gives away has these words in it.
    assert "kenari-rahasia" not in output
    for action in ("check", "converge", "idempotence", "verify"):
        assert f"{folder.name} > {action}: Executed: Successful" in output


def test_there_are_scenarios_and_each_has_a_name_of_its_own() -> None:
    assert SCENARIOS
    # The lab of a scenario is named after it.
    assert len({folder.name for folder in SCENARIOS}) == len(SCENARIOS)
