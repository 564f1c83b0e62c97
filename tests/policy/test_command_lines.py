"""What a person has written reaches a command as what it is: no option, no variable of the shell, no pattern.

Whoever asks for an operation fills in its inputs; by hand he may write anything into the variables behind them. Each
task that hands such a value on to a command does it behind `--option=`, behind `--`, or behind a prefix of its own, and
tells Ansible to leave a `$` in it alone.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from chatops import catalogue
from tests.hosts.paths import REPOSITORY

INPUTS = [asked for operation in catalogue.load().values() for asked in operation.inputs]
# One of a few words is none that anybody has made up.
WRITTEN = {asked.variable for asked in INPUTS if not asked.choices}
FOLDERS = ("roles", "playbooks")
COMMANDS = ("ansible.builtin.command", "ansible.builtin.shell", "ansible.builtin.script", "ansible.builtin.raw")
TEMPLATE = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)
NAME = re.compile(r"(?<![\w.'\"])[a-z_]\w*")
LOOKED_UP = {
    "_spse_app_this": "an entry of the inventory; a name that is none fails",
    "_spse_app_name": "has to be a key of spse_app_instances, which check_inventory holds against a pattern",
}


class Loader(yaml.SafeLoader):
    """As Ansible reads its files: what is not safe, or in the vault, is text here."""


Loader.add_multi_constructor("!", lambda _loader, _suffix, node: str(node.value))


def files() -> Iterator[Path]:
    """Everything that a playbook may read, but for tests."""
    for folder in FOLDERS:
        for path in sorted((REPOSITORY / folder).rglob("*.yml")):
            if "molecule" not in path.parts and "meta" not in path.parts:
                yield path


def mappings(value: Any) -> Iterator[dict[str, Any]]:  # noqa: ANN401 - whatever YAML holds
    """Every mapping in it."""
    if isinstance(value, dict):
        yield value
        for each in value.values():
            yield from mappings(each)
    elif isinstance(value, list):
        for each in value:
            yield from mappings(each)


READ = {path: yaml.load(path.read_text(), Loader) for path in files()}  # noqa: S506 - it makes nothing but text


def names_in(text: str) -> set[str]:
    """The variables that templates in a text speak of."""
    return {name for template in TEMPLATE.findall(text) for name in NAME.findall(re.sub(r"'[^']*'", "''", template))}


def defined() -> dict[str, str]:
    """What each variable is made of, by its name; of the same name in several places all of it."""
    found: dict[str, str] = {}
    for path, content in READ.items():
        whole = path.parent.name in {"vars", "defaults"} and isinstance(content, dict)
        for mapping in mappings(content):
            told = [mapping] if whole else [mapping.get("vars"), mapping.get("ansible.builtin.set_fact")]
            for each in told:
                for name, value in each.items() if isinstance(each, dict) else ():
                    found[str(name)] = f"{found.get(str(name), '')}\n{value}"
    return found


def tainted() -> set[str]:
    """What was written by a person, and what is made of that."""
    made, found = defined(), set(WRITTEN)
    while more := {name for name, text in made.items() if name not in found and names_in(text) & found} - set(
        LOOKED_UP
    ):
        found |= more
    return found - set(LOOKED_UP)


TAINTED = tainted()
MADE = defined()


def tasks() -> Iterator[tuple[Path, dict[str, Any], str]]:
    """Every task that runs a command, with which way."""
    for path, content in READ.items():
        for mapping in mappings(content):
            for command in COMMANDS:
                if command in mapping:
                    yield path, mapping, command


def words_of(value: Any) -> Iterator[str]:  # noqa: ANN401 - whatever YAML holds
    """Every text in it."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for each in value.values() if isinstance(value, dict) else value:
            yield from words_of(each)


def argv_of(task: dict[str, Any], command: str) -> Any:  # noqa: ANN401 - a list, or a template of one
    """What is run."""
    told = task[command]
    return told.get("argv", told.get("cmd")) if isinstance(told, dict) else told


REACHED = [
    pytest.param(task, command, id=f"{path.relative_to(REPOSITORY)}: {task.get('name')}")
    for path, task, command in tasks()
    if any(names_in(text) & TAINTED for text in words_of(task[command]))
]


def test_it_finds_what_it_looks_for() -> None:
    assert {"backup_file", "backup_point", "_backup_which", "_backup_source"} <= TAINTED
    assert "spse_app_port" not in TAINTED
    assert len(REACHED) > 4


@pytest.mark.parametrize(("task", "command"), REACHED)
def test_no_shell_reads_it_and_ansible_leaves_it_alone(task: dict[str, Any], command: str) -> None:
    assert command == "ansible.builtin.command"
    assert argv_of(task, command) is task[command].get("argv"), "a line of words is taken apart by Ansible"
    assert task[command].get("expand_argument_vars") is False


@pytest.mark.parametrize(("task", "command"), REACHED)
def test_it_is_no_option(task: dict[str, Any], command: str) -> None:
    argv = argv_of(task, command)
    assert list(loose(argv)) == []


def loose(argv: Any) -> Iterator[str]:  # noqa: ANN401 - a list, or a template of one
    """What could be taken for an option."""
    if isinstance(argv, str):
        yield from loose_in(argv)
        return
    before = argv[: argv.index("--")] if "--" in argv else argv
    yield from (word for word in before if not begins_well(word))


def begins_well(word: str) -> bool:
    """Whether a word begins with something that nobody has written."""
    word = word.strip()
    if not word.startswith("{{"):
        return not word.startswith("-") or "{{" not in word or bool(re.match(r"--?[a-z-]+=", word))
    first = TEMPLATE.match(word)
    own = names_in(first[0]) & TAINTED if first else set()
    # Of what is made of something else that one's beginning counts.
    return all(name not in WRITTEN and all(map(begins_well, MADE[name].strip().splitlines())) for name in own)


def loose_in(expression: str) -> Iterator[str]:
    """The same of a template that makes a list: each value behind `'--option=' ~`, a question, or behind `'--'`."""
    for found in NAME.finditer(expression):
        before, name = expression[: found.start()], found[0]
        if name not in TAINTED or "'--'," in before or re.search(r"('--[a-z-]+=' ~ |\bif )$", before):
            continue
        if name in WRITTEN or any(loose_in(MADE[name])):
            yield name


@pytest.mark.parametrize(
    ("argv", "count"),
    [
        (["do", "{{ backup_file }}"], 1),
        (["do", "--file", "{{ backup_file }}"], 1),
        (["do", "--file={{ backup_file }}"], 0),
        (["do", "--", "{{ backup_file }}"], 0),
        (["do", "x{{ backup_file }}"], 0),
        (["do", "-{{ backup_file }}"], 1),
        (["do", "{{ _backup_source }}"], 1),
        (["do", "{{ _backup_dump }}"], 0),
        ("{{ ['do', backup_file] }}", 1),
        ("{{ ['do', '--file', backup_file] }}", 1),
        ("{{ ['do', '--file=' ~ backup_file] + _backup_which + ['--', _backup_source] }}", 0),
    ],
)
def test_it_sees_what_is_loose(argv: Any, count: int) -> None:  # noqa: ANN401 - a list, or a template of one
    assert len(list(loose(argv))) == count
