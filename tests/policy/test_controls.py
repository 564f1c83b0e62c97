"""No control of the baseline without a task, a proof and a way to break it; and none of these without a control."""

import ast
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from chatops import controls
from chatops.reports.controls import page

REPOSITORY = Path(__file__).resolve().parents[2]
AREAS = controls.load()
CONTROLS = controls.by_id(AREAS.values())
PROOFS = {path.stem.removeprefix("test_"): path for path in (REPOSITORY / "tests/compliance").glob("test_*.py")}
MUTATIONS = REPOSITORY / "tests/baseline/mutations"
TASKS = REPOSITORY / "roles/baseline/tasks"

every_area = pytest.mark.parametrize("area", AREAS.values(), ids=lambda area: area.name)


def ids_in(text: str) -> set[str]:
    """Every control that a text names; one from A to B stands for all between."""
    found = set(re.findall(r"\b[A-Z]{2,3}-[0-9]{2}\b", text))
    for area, first, last in re.findall(r"\b([A-Z]{2,3})-([0-9]{2}) to \1-([0-9]{2})\b", text):
        found |= {f"{area}-{number:02}" for number in range(int(first), int(last) + 1)}
    return found


def proven(path: Path) -> set[str]:
    """What a file of proofs proves."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "proves":
            for given in node.args:
                if isinstance(given, ast.Constant):
                    found.add(str(given.value))
                else:
                    area = ast.literal_eval(given.value.args[0])  # type: ignore[attr-defined]
                    found |= {control.id for control in AREAS[area].controls if control.settings}
    return found


def mutations(area: str) -> dict[str, Any]:
    """What breaks each control of an area."""
    read: dict[str, Any] = yaml.safe_load((MUTATIONS / f"{area}.yml").read_text())
    return read


def test_there_are_controls() -> None:
    assert CONTROLS


def test_areas_have_their_files_and_no_file_is_without_an_area() -> None:
    assert PROOFS.keys() == AREAS.keys()
    assert {path.stem for path in MUTATIONS.glob("*.yml")} == AREAS.keys()
    assert {path.stem for path in TASKS.glob("*.yml")} >= AREAS.keys()


@every_area
def test_every_control_is_proven(area: controls.Area) -> None:
    assert proven(PROOFS[area.name]) == {control.id for control in area.controls}


@every_area
def test_every_control_can_be_broken(area: controls.Area) -> None:
    assert mutations(area.name).keys() == {control.id for control in area.controls}


@every_area
def test_the_role_sees_to_every_control(area: controls.Area) -> None:
    text = "\n".join(path.read_text() for path in sorted(TASKS.glob(f"{area.name}*.yml")))
    named = ids_in(text)
    assert named <= CONTROLS.keys(), "a task names a control that there is not"
    assert {control.id for control in area.controls} <= named


@every_area
def test_every_control_can_be_left_alone(area: controls.Area) -> None:
    """Its id stands in a condition, or what loops over the area's settings leaves it out."""
    files = [path for folder in ("tasks", "templates", "vars") for path in sorted((TASKS.parent / folder).iterdir())]
    texts = {path.name: path.read_text() for path in files}
    by_name = set(re.findall(r"'([A-Z]{2,3}-[0-9]{2})'", "\n".join(texts.values())))
    loops = any(f"_baseline_catalogue.{area.name}" in text and "in baseline_skip" in text for text in texts.values())
    for control in area.controls:
        assert control.id in by_name or (control.settings and loops), control.id


@every_area
def test_every_area_is_brought_about(area: controls.Area) -> None:
    tasks = yaml.safe_load((TASKS / "main.yml").read_text())
    includes = [task for task in tasks if area.name in task.get("tags", [])]
    assert [task.get("when") for task in includes] == [None]


def test_the_page_of_controls_is_what_the_catalogue_makes() -> None:
    written = (REPOSITORY / "docs/reference/controls.md").read_text()
    assert written == page(AREAS), "python -m chatops.reports.controls > docs/reference/controls.md"
