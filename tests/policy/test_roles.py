"""Every role has the house's skeleton, and its argument specification says what its defaults say."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from library.plugins.action import spse_variables

REPOSITORY = Path(__file__).resolve().parents[2]
ROLES = sorted(path for path in (REPOSITORY / "roles").iterdir() if path.is_dir())
SKELETON = (
    "README.md",
    "defaults/main.yml",
    "meta/main.yml",
    "meta/argument_specs.yml",
    "tasks/main.yml",
    "vars/main.yml",
)
KINDS = {"dict": dict, "list": list, "int": int, "str": str, "bool": bool, "path": str, "float": float}
INCLUDES = {"ansible.builtin.include_tasks", "ansible.builtin.import_tasks"}


every_role = pytest.mark.parametrize("role", ROLES, ids=lambda role: role.name)


def mapping(path: Path) -> dict[str, Any]:
    """A YAML file of keys and values; an empty one has none."""
    read: dict[str, Any] = yaml.safe_load(path.read_text()) or {}
    return read


def tasks(path: Path) -> list[dict[str, Any]]:
    """A file of tasks."""
    read: list[dict[str, Any]] = yaml.safe_load(path.read_text())
    return read


def test_there_are_roles() -> None:
    assert ROLES


@every_role
def test_skeleton_is_whole(role: Path) -> None:
    assert [name for name in SKELETON if not (role / name).is_file()] == []
    assert list(role.glob("molecule/*/molecule.yml"))


@every_role
def test_specification_and_defaults_agree(role: Path) -> None:
    options: dict[str, dict[str, Any]] = {}
    for entry_point in mapping(role / "meta/argument_specs.yml")["argument_specs"].values():
        options |= entry_point["options"]
    defaults = mapping(role / "defaults/main.yml")
    assert {name: option["default"] for name, option in options.items() if "default" in option} == defaults
    assert all(option.get("required") for name, option in options.items() if name not in defaults)
    for name, option in options.items():
        assert option["description"]
        value = defaults.get(name, KINDS[option["type"]]())
        # One that is taken from another variable is known only when it is used.
        assert isinstance(value, KINDS[option["type"]]) or str(value).startswith("{{"), name


@every_role
def test_names_of_variables_say_who_may_set_them(role: Path) -> None:
    assert all(name.startswith(f"{role.name}_") for name in mapping(role / "defaults/main.yml"))
    assert all(name.startswith(f"_{role.name}_") for name in mapping(role / "vars/main.yml"))


@every_role
def test_main_only_includes(role: Path) -> None:
    for task in tasks(role / "tasks/main.yml"):
        assert INCLUDES & task.keys(), task["name"]


@every_role
def test_every_refusal_says_what_to_do(role: Path) -> None:
    for path in sorted(role.glob("tasks/*.yml")):
        for task in flat(tasks(path)):
            if "ansible.builtin.assert" in task:
                assert task["ansible.builtin.assert"].get("fail_msg"), f"{path.name}: {task['name']}"


@every_role
def test_no_error_is_ignored_and_every_rescue_ends_as_failed(role: Path) -> None:
    for path in sorted(role.glob("tasks/*.yml")):
        for task in flat(tasks(path)):
            assert "ignore_errors" not in task
            if "rescue" in task:
                assert "ansible.builtin.fail" in task["rescue"][-1], f"{path.name}: {task['name']}"


@every_role
def test_nothing_secret_can_be_in_an_environment(role: Path) -> None:
    """Ansible writes what a task has as its environment on a command line, which everybody on the host can read."""
    for path in sorted(role.glob("tasks/*.yml")):
        for task in flat(tasks(path)):
            assert "{{" not in str(task.get("environment", "")), f"{path.name}: {task['name']}; hand it over by stdin"


def test_every_old_name_leads_to_a_known_variable() -> None:
    known = spse_variables.project()
    assert known.options.keys() == {role.name for role in ROLES}
    assert set(known.renamed.values()) <= known.names
    assert not known.renamed.keys() & known.names


def flat(listed: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Tasks, and those within blocks."""
    found = []
    for task in listed:
        found.append(task)
        for part in ("block", "rescue", "always"):
            found += flat(task.get(part, []))
    return found
