"""Every module of library/ on a real host: check, apply, again (house style 22), and no secret in any output."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from chatops.settings import PROGRAMS
from tests.conftest import Builds
from tests.hosts.host import Host
from tests.hosts.lab import Lab
from tests.hosts.paths import REPOSITORY
from tests.spse_app import vendor

PLAYBOOKS = sorted((REPOSITORY / "tests/roles/modules").glob("*.yml"))
ACTIONS = {path.stem for path in (REPOSITORY / "library/plugins/action").glob("*.py")}


@pytest.fixture(scope="module")
def site(spse_host: Host, builds: Builds) -> Host:
    """A host on which build N runs, installed as neglected hosts have it."""
    vendor.install(spse_host, builds["n"].file)
    return spse_host


@pytest.mark.parametrize("playbook", PLAYBOOKS, ids=lambda path: path.stem)
def test_module(playbook: Path, lab: Lab, site: Host, builds: Builds, tmp_path: Path) -> None:
    inventory = tmp_path / "hosts.yml"
    inventory.write_text(json.dumps(lab.inventory()))
    extra = json.dumps({"repository": str(REPOSITORY), "builds": str(builds["n"].file.parent)})
    command = ["ansible-playbook", "-vvv", "--inventory", str(inventory), "--limit", site.name]
    done = subprocess.run(
        [*command, "--extra-vars", extra, str(playbook)],
        capture_output=True,
        check=False,
        cwd=REPOSITORY,
        env=os.environ | {"PATH": f"{PROGRAMS}:{os.environ['PATH']}"},
        text=True,
    )
    output = done.stdout + done.stderr
    assert done.returncode == 0, output
    # A module also says in the host's journal what it was called with; an action on the controller sends none there.
    journal = site.run("journalctl --no-pager").stdout
    assert (f"ansible-{playbook.stem}" in journal) is (playbook.stem not in ACTIONS)
    for text in (output, journal):
        # Neither the new secrets nor the one that the vendor's file came with.
        assert "kenari-rahasia" not in text
        assert "gantilahKunciIni" not in text


def test_every_module_has_its_playbook() -> None:
    modules = {path.stem for path in (REPOSITORY / "library").glob("*.py")}
    assert {path.stem for path in PLAYBOOKS} == modules
    assert modules >= ACTIONS, "an action plugin without a module of its name has no documentation"
