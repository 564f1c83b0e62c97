"""What the project promises about itself: catalogue, documentation, licences, and no trace of one machine."""

import re
import subprocess
from pathlib import Path

import pytest

from chatops import catalogue

REPOSITORY = Path(__file__).resolve().parents[2]
TOP_LEVEL = {"playbooks", "roles", "chatops", "inventory", "library", "tests", "docs"}
OPERATIONS = catalogue.load()


def tracked() -> list[Path]:
    """Every file of the project that is text."""
    listed = subprocess.run(["git", "ls-files", "-z"], capture_output=True, check=True, cwd=REPOSITORY, text=True)
    return [REPOSITORY / name for name in listed.stdout.split("\0") if name]


def test_top_level_folders_are_the_given_ones() -> None:
    folders = {path.relative_to(REPOSITORY).parts[0] for path in tracked() if path.parent != REPOSITORY}
    assert {folder for folder in folders if not folder.startswith(".")} == TOP_LEVEL


@pytest.mark.parametrize("operation", OPERATIONS.values(), ids=lambda operation: operation.name)
def test_operation_has_its_playbook_and_its_page(operation: catalogue.Operation) -> None:
    assert (REPOSITORY / "playbooks" / operation.playbook).is_file()
    assert (REPOSITORY / "docs" / "operations" / f"{operation.name}.md").is_file()


def test_every_playbook_is_an_operation() -> None:
    playbooks = {path.name for path in (REPOSITORY / "playbooks").glob("*.yml")}
    assert playbooks == {operation.playbook for operation in OPERATIONS.values()}


def test_every_service_cited_is_in_the_agreement() -> None:
    # The 21 services of the agreement; some have parts.
    services = {f"S0-{number}" for number in range(1, 22)} | {f"S0-{part}" for part in ("12a", "12b", "12c")}
    services |= {f"S0-15{part}" for part in "abcd"} | {f"S0-17{part}" for part in "abc"}
    assert {operation.service for operation in OPERATIONS.values()} <= services


def test_links_between_documents_lead_somewhere() -> None:
    links = [
        (path, target)
        for path in tracked()
        if path.suffix == ".md"
        for target in re.findall(r"\]\((?!https?:|#|mailto:)([^)#\s]+)", path.read_text())
    ]
    assert links, "no document has a link: this test looks at nothing"
    assert [f"{path.name}: {target}" for path, target in links if not (path.parent / target).exists()] == []


def test_every_make_target_that_a_document_names_exists() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (REPOSITORY / "Makefile").read_text(), re.MULTILINE))
    named = {
        target
        for path in tracked()
        if path.suffix == ".md"
        for target in re.findall(r"(?:`|^    |^)make ([a-z-]+)", path.read_text(), re.MULTILINE)
    }
    assert named, "no document names a make target: this test looks at nothing"
    assert named <= targets


def test_no_file_of_code_is_too_long() -> None:
    long = {
        str(path.relative_to(REPOSITORY)): lines
        for path in tracked()
        if path.suffix in {".py", ".java", ".sh", ".yml"} and (lines := len(path.read_text().splitlines())) > 400
    }
    assert long == {}
