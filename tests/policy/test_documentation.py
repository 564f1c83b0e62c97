"""What an operator may set or say is explained where he looks for it."""

import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
import yaml

from chatops import catalogue
from chatops.catalogue import Input, Operation
from chatops.commands import COMMANDS, Group
from chatops.reports.operations import page as page_of_operations
from chatops.reports.services import page as page_of_services
from chatops.sla import services

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


def commands_of(group: click.Group, words: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Every command below a group, by all its words."""
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        # What is made of the catalogue's entries stands on the pages of the operations.
        if isinstance(command, click.Group) and not getattr(command, "derived", False):
            yield from commands_of(command, (*words, name))
        elif command:
            yield (*words, name), command


OUR_COMMANDS = dict(commands_of(Group("spse-ops"), ()))
OUR_PAGES = [
    REPOSITORY / "docs" / "operations" / f"{name}.md"
    for name in (
        "access",
        "calendar",
        "change",
        "ledger",
        "maintenance",
        "report",
        "request",
        "sla",
        "slack",
        "twin",
        "watch",
        "worker",
    )
]


@pytest.mark.parametrize("words", OUR_COMMANDS, ids=" ".join)
def test_every_command_of_ours_is_shown_with_its_options(words: tuple[str, ...]) -> None:
    lines = [line for page in OUR_PAGES for line in examples(page.read_text())]
    shown = [line for line in lines if line.split()[1 : len(words) + 1] == list(words)]
    assert shown, "no page shows it"
    explained = "".join(page.read_text() for page in OUR_PAGES)
    for line in shown:
        command = meant(OUR_COMMANDS[words], line.split()[len(words) + 1 :])
        known = {name.lstrip("-") for each in command.params for name in each.opts}
        assert options_of(line.split("#")[0]) <= known, line
        for option in known - {each.name for each in command.params if isinstance(each, click.Argument)}:
            assert f"--{option}" in explained or option in asked_by(command), option


def meant(command: click.Command, words: list[str]) -> click.Command:
    """The command of an operation, where a group is made of the catalogue."""
    found = command.get_command(click.Context(command), words[0]) if isinstance(command, click.Group) else command
    assert found
    return found


def asked_by(command: click.Command) -> set[str]:
    """The inputs of an operation, which stand on its own page."""
    return {asked.name for operation, asked in INPUTS if operation.name == command.name}


def test_no_operation_hides_a_command_of_ours() -> None:
    assert OPERATIONS.keys() & set(COMMANDS) == set()


def test_every_command_of_ours_that_a_page_shows_exists() -> None:
    firsts = {words[0] for words in OUR_COMMANDS}
    for page in PAGES:
        for line in examples(page.read_text()):
            words = tuple(line.split("#")[0].split())
            if words[:1] == ("spse-ops",) and words[1] in firsts:
                assert {words[1:length] for length in (2, 3, 4)} & OUR_COMMANDS.keys(), line


def test_the_page_of_operations_is_what_the_catalogue_makes() -> None:
    written = (REPOSITORY / "docs/reference/operations.md").read_text()
    assert written == page_of_operations(OPERATIONS.values()), "python -m chatops.reports.operations"


def test_the_page_of_services_is_what_the_data_make() -> None:
    written = (REPOSITORY / "docs/reference/services.md").read_text()
    assert written == page_of_services(services.load().values()), "python -m chatops.reports.services"
