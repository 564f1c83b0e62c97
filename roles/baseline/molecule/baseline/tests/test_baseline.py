"""A bare Debian, hardened: every control that has an object there holds."""

import json
import os
import subprocess
import sys
from pathlib import Path

from testinfra.host import Host


def test_every_control_holds(host: Host, tmp_path: Path) -> None:
    inventory = os.environ["MOLECULE_INVENTORY_FILE"]
    name = host.backend.get_hostname()
    command = [
        sys.executable,
        "-m",
        "tests.compliance",
        name,
        "--inventory",
        inventory,
        "--out",
        str(tmp_path),
        "--json",
    ]
    folder = os.environ["MOLECULE_PROJECT_DIRECTORY"]
    done = subprocess.run(command, capture_output=True, check=False, cwd=folder, text=True)
    findings = json.loads(done.stdout)["findings"]
    assert {one["control"]: one["note"] for one in findings if one["is_bad"]} == {}
    assert [one for one in findings if one["state"] == "lulus"]
