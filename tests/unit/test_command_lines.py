"""Whatever somebody writes, the program at the other end understands it as what it is."""

import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import assume, given
from hypothesis import strategies as st
from jinja2 import Environment
from jinja2.nativetypes import NativeEnvironment

from library.spse_backup_point import COMMAND, words
from roles.backup.files.spse_backup.asked import arguments
from roles.backup.files.spse_backup.repository import literal
from roles.lkpp_access.files.spse_access import __main__ as access
from roles.lkpp_access.files.spse_access import sessions
from tests.hosts.paths import REPOSITORY

HARD = [
    "-",
    "--",
    "-x",
    "--put",
    "--whole",
    "--point=lain",
    "-h",
    "--help",
    "$HOME",
    "~",
    "*",
    "[a]",
    "\\",
    "'\"",
    "- itu",
]
WRITTEN = st.one_of(st.sampled_from(HARD), st.text(st.characters(exclude_categories=["Cc", "Cs"]), min_size=1))
"""What the catalogue lets through: whatever can be seen."""
TASKS = {
    (path.name, task["name"]): task["ansible.builtin.command"]["argv"]
    for path in (REPOSITORY / "roles/backup/tasks").glob("*.yml")
    for task in yaml.safe_load(path.read_text())
    if "spse-backup" in str(task.get("ansible.builtin.command", ""))
}
NATIVE = NativeEnvironment()
PLAIN = Environment(autoescape=False)  # noqa: S701 - words of a command, no page
VARIABLES = yaml.safe_load((REPOSITORY / "roles/backup/vars/main.yml").read_text())


def argv_of(task: Sequence[str] | str, **told: Any) -> list[str]:  # noqa: ANN401 - whatever a variable may be
    """A task's command as Ansible makes it of what is in its variables."""
    for name in ("_backup_which", "_backup_source"):
        told[name] = NATIVE.from_string(VARIABLES[name]).render(told)
    if isinstance(task, str):
        return [str(word) for word in NATIVE.from_string(task).render(told)]
    return [PLAIN.from_string(word).render(told) for word in task]


@given(WRITTEN, WRITTEN)
def test_a_document_may_be_called_anything(file: str, point: str) -> None:
    # Of that one argparse makes nothing at all, even where it is a value: a document of that name is refused.
    assume(file.strip() == file != "--")
    known = {
        "backup_file": file,
        "backup_point": point,
        "backup_instance": "prod",
        "backup_from": "",
        "backup_time": "",
    }
    for name in ("Ask what would be put where", "Put it in its place"):
        told = argv_of(TASKS["restore_file.yml", name], __backup_plan={"id": point}, **known)
        asked = arguments(told[1:])
        assert (asked.verb, asked.instance, asked.path, asked.point) == ("file", "prod", Path(file), point)
        assert asked.put == (name == "Put it in its place")


@given(WRITTEN, WRITTEN)
def test_a_restore_point_and_an_instance_too(point: str, source: str) -> None:
    known = {"backup_point": point, "backup_instance": "prod", "backup_from": source, "backup_time": ""}
    asked = arguments(argv_of(TASKS["restore.yml", "Ask what would be gone"], **known)[1:])
    assert (asked.verb, asked.instance, asked.point, asked.time) == ("preview", source, point, None)
    more = {"backup_part": "all", "_backup_dump": "/a", "_backup_documents": "/b"}
    asked = arguments(argv_of(TASKS["restore.yml", "Bring it to beside what is there"], **known, **more)[1:])
    assert (asked.instance, asked.point, asked.database, asked.documents) == (source, point, Path("/a"), Path("/b"))
    asked = arguments(argv_of(TASKS["rebuild.yml", "Bring back all that a restore point holds"], **known)[1:])
    assert (asked.verb, asked.point) == ("rebuild", point)


@given(WRITTEN)
def test_what_is_no_moment_is_refused_as_that(moment: str) -> None:
    assume(not re.match(r"\d{4}", moment))
    known = {"backup_point": "latest", "backup_instance": "prod", "backup_from": "", "backup_time": moment}
    told = argv_of(TASKS["restore.yml", "Ask what would be gone"], **known)
    assert "bukan waktu" in refusal(told[1:])


def refusal(told: list[str]) -> str:
    """What is said of these words, which are refused."""
    with pytest.MonkeyPatch.context() as patched:
        said: list[str] = []
        patched.setattr(sys, "stderr", type("Said", (), {"write": said.append, "flush": lambda: None}))
        with pytest.raises(SystemExit):
            arguments(told)
    return "".join(said)


@given(WRITTEN, WRITTEN, st.booleans())
def test_a_reason_is_a_reason(name: str, reason: str, whole: bool) -> None:  # noqa: FBT001 - hypothesis gives it
    wanted = {"state": "taken", "name": name, "kind": "auto", "reason": reason, "whole": whole}
    program, *told = words(wanted)
    asked = arguments(told)
    assert (program, asked.verb, asked.kind, asked.name, asked.reason) == (COMMAND, "take", "auto", name, reason)
    asked = arguments(words(wanted | {"state": "proven"})[1:])
    assert (asked.verb, asked.point, asked.whole) == ("drill", name, whole)


@given(st.text(st.sampled_from("ab*?[]\\!-$ ."), min_size=1, max_size=12).filter(lambda text: text not in {".", ".."}))
def test_a_pattern_means_one_document(name: str) -> None:
    # As Go's path.Match reads it: behind a backslash a sign means itself.
    pattern = literal(Path("/d") / name)
    assert re.sub(r"\\(.)", r"\1", pattern) == f"/d/{name}"
    assert not re.search(r"[*?\[]", re.sub(r"\\.", "", pattern))


@given(WRITTEN)
def test_what_is_run_in_a_session_is_no_option_of_ours(command: str) -> None:
    # As above; for a shell it would be nothing, too.
    assume(command != "--")
    with pytest.MonkeyPatch.context() as patched:
        seen: list[tuple[str, ...]] = []

        def enter(*told: str) -> int:
            seen.append(told)
            return 0

        patched.setattr(sys, "argv", ["spse-access", "enter", "lkpp", "siti/AKS-2026-000001", "ssh-x AAAA", command])
        patched.setattr(sessions, "enter", enter)
        assert access.main() == 0
    assert seen == [("lkpp", "siti/AKS-2026-000001", "ssh-x AAAA", command)]
