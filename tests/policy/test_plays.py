"""Every play says on purpose how it treats many hosts (house style 12 and 15)."""

from pathlib import Path
from typing import Any

import pytest
import yaml

REPOSITORY = Path(__file__).resolve().parents[2]
PLAYBOOKS = sorted((REPOSITORY / "playbooks").glob("*.yml"))
WANTED = ("name", "hosts", "gather_facts", "become", "serial", "max_fail_percentage", "any_errors_fatal", "tags")


def plays(path: Path) -> list[dict[str, Any]]:
    """The plays of a playbook, without those that only import another one."""
    return [play for play in yaml.safe_load(path.read_text()) if "import_playbook" not in play]


@pytest.mark.parametrize("path", PLAYBOOKS, ids=lambda path: path.stem)
def test_play_says_how_it_treats_many_hosts(path: Path) -> None:
    for play in plays(path):
        assert [key for key in WANTED if key not in play] == []


@pytest.mark.parametrize("path", PLAYBOOKS, ids=lambda path: path.stem)
def test_plays_are_numbered(path: Path) -> None:
    listed = plays(path)
    for number, play in enumerate(listed, start=1):
        assert play["name"].startswith(f"({number}/{len(listed)}) {path.stem.upper()}: ")


@pytest.mark.parametrize("path", PLAYBOOKS, ids=lambda path: path.stem)
def test_batch_begins_by_reaching_every_host(path: Path) -> None:
    for play in plays(path):
        assert "ansible.builtin.wait_for_connection" in play["tasks"][0]


def test_there_are_playbooks() -> None:
    assert PLAYBOOKS
