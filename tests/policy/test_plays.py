"""Every play says on purpose how it treats many hosts (house style 12 and 15)."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from chatops import catalogue

REPOSITORY = Path(__file__).resolve().parents[2]
PLAYBOOKS = sorted((REPOSITORY / "playbooks").glob("*.yml"))
WANTED = ("name", "hosts", "gather_facts", "become", "serial", "max_fail_percentage", "any_errors_fatal", "tags")


def plays(path: Path) -> list[dict[str, Any]]:
    """The plays of a playbook, without those that only import another one."""
    return [play for play in yaml.safe_load(path.read_text()) if "ansible.builtin.import_playbook" not in play]


@pytest.mark.parametrize("path", PLAYBOOKS, ids=lambda path: path.stem)
def test_play_says_how_it_treats_many_hosts(path: Path) -> None:
    for play in plays(path):
        # Where each host goes at its own pace, Ansible does not count how many have failed.
        own_pace = play.get("strategy") == "ansible.builtin.host_pinned"
        assert [key for key in WANTED if key not in play and not (own_pace and key == "max_fail_percentage")] == []


@pytest.mark.parametrize("path", PLAYBOOKS, ids=lambda path: path.stem)
def test_plays_are_numbered(path: Path) -> None:
    listed = plays(path)
    for number, play in enumerate(listed, start=1):
        assert play["name"].startswith(f"({number}/{len(listed)}) {path.stem.upper()}: ")


@pytest.mark.parametrize("path", PLAYBOOKS, ids=lambda path: path.stem)
def test_batch_begins_by_reaching_every_host(path: Path) -> None:
    for play in plays(path):
        assert "ansible.builtin.wait_for_connection" in play["tasks"][0]


@pytest.mark.parametrize("path", PLAYBOOKS, ids=lambda path: path.stem)
def test_wave_begins_only_when_no_host_before_has_failed(path: Path) -> None:
    for play in plays(path):
        if play["serial"] != "100%":
            assert play["strategy"] == "ansible.builtin.host_pinned"
            stop = next(task["ansible.builtin.assert"] for task in play["tasks"] if "ansible.builtin.assert" in task)
            assert stop["that"] == "missing | length == 0"


@pytest.mark.parametrize("operation", catalogue.load().values(), ids=lambda operation: operation.name)
def test_what_changes_hosts_refuses_variables_that_nobody_reads(operation: catalogue.Operation) -> None:
    path = REPOSITORY / "playbooks" / operation.playbook
    beginning = yaml.safe_load(path.read_text())[0]
    # One that begins with another playbook begins as that one does.
    first = plays(path.parent / beginning.get("ansible.builtin.import_playbook", path.name))[0]
    assert any("spse_variables" in task for task in first["tasks"]) or not operation.changes_hosts


@pytest.mark.parametrize("path", PLAYBOOKS, ids=lambda path: path.stem)
def test_entry_points_are_checked_against_their_specification(path: Path) -> None:
    for task in (task for play in plays(path) for task in play["tasks"]):
        # With its ending the name is not that of any specification, and Ansible says nothing.
        assert not task.get("ansible.builtin.include_role", {}).get("tasks_from", "").endswith(".yml")


def test_there_are_playbooks() -> None:
    assert PLAYBOOKS
