"""What an operator may set or say is explained where he looks for it."""

import re
from pathlib import Path

import pytest
import yaml

from chatops import catalogue
from chatops.catalogue import Input, Operation

REPOSITORY = Path(__file__).resolve().parents[2]
ROLES = sorted(path for path in (REPOSITORY / "roles").iterdir() if path.is_dir())
OPERATIONS = catalogue.load()
INPUTS = [(operation, asked) for operation in OPERATIONS.values() for asked in operation.inputs]
PAGES = sorted((REPOSITORY / "docs" / "operations").glob("*.md"))

# An indented line belongs to the value above it.
VARIABLE = re.compile(r"(?P<name>[a-z][a-z0-9_]*):")


def unexplained(lines: list[str]) -> list[str]:
    """Variables of a role's defaults with no comment above them, nor above the group that they stand in."""
    found = []
    explained = False
    for line in lines:
        if not line.strip():
            explained = False
        elif line.startswith("#"):
            explained = True
        elif (match := VARIABLE.match(line)) and not explained:
            found.append(match["name"])
    return found


def options_of(page: str) -> set[str]:
    """The options of `spse-ops` that a page speaks of."""
    return set(re.findall(r"--([a-z]+(?:-[a-z]+)*)", page))


def examples(page: str) -> list[str]:
    """The commands that a page shows, as one line each."""
    blocks = re.findall(r"^```sh\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    return [line for block in blocks for line in block.replace("\\\n", " ").splitlines()]


def test_it_sees_what_is_unexplained() -> None:
    assert unexplained(["# Why.", "one: 1", "two: 2", "", "three:", "  four: 4", "", "# More.", "five: 5"]) == ["three"]


@pytest.mark.parametrize("role", ROLES, ids=lambda role: role.name)
def test_every_public_variable_is_explained(role: Path) -> None:
    text = (role / "defaults/main.yml").read_text()
    assert yaml.safe_load(text), "no variable: this test looks at nothing"
    assert unexplained(text.splitlines()) == []
    assert "defaults/main.yml" in (role / "README.md").read_text(), "the README does not lead to the explanations"


@pytest.mark.parametrize(("operation", "asked"), INPUTS, ids=lambda one: one.name)
def test_every_option_is_on_the_page_of_its_operation(operation: Operation, asked: Input) -> None:
    page = (REPOSITORY / "docs" / "operations" / f"{operation.name}.md").read_text()
    asks = page.partition("## Yang ditanyakan")[2].partition("\n## ")[0]
    assert f"`--{asked.name}" in asks
    # logs is only read with; what changes hosts is also done by hand.
    assert not operation.changes_hosts or f"`{asked.variable}`" in asks


@pytest.mark.parametrize("operation", OPERATIONS.values(), ids=lambda operation: operation.name)
def test_every_command_that_a_page_shows_exists(operation: Operation) -> None:
    page = (REPOSITORY / "docs" / "operations" / f"{operation.name}.md").read_text()
    shown = [line.split("#")[0].split() for line in examples(page)]
    ours = [words for words in shown if words[:1] == ["spse-ops"]]
    assert [words for words in ours if words[1] == operation.name], "no example of its own"
    assert [words for words in shown if f"playbooks/{operation.playbook}" in words], "no example by hand"
    for words in ours:
        known = {asked.name for asked in OPERATIONS[words[1]].inputs} | {"json", "inventory"}
        if OPERATIONS[words[1]].changes_hosts:
            known |= {"check", "semua"}
        assert options_of(" ".join(words)) <= known, words


def test_every_variable_that_a_document_names_is_known() -> None:
    # A role, its playbook and the group that it is for are called alike.
    known = {role.name for role in ROLES} | {f"{role.name}s" for role in ROLES}
    for role in ROLES:
        for entry_point in yaml.safe_load((role / "meta/argument_specs.yml").read_text())["argument_specs"].values():
            known |= set(entry_point["options"])
    for path in (REPOSITORY / "playbooks/vars").glob("*.yml"):
        known |= set(yaml.safe_load(path.read_text()))
    known |= {asked.variable for _, asked in INPUTS}
    named = {
        name
        for page in PAGES
        for name in re.findall(
            r"\b((?:spse_(?:app|web|database)|backup|baseline|patch)_\w+)\b(?!\.yml)", page.read_text()
        )
    }
    assert named, "no page names a variable: this test looks at nothing"
    assert sorted(named - known) == []
