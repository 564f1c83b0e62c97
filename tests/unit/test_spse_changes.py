"""The journal on a host: only whole lines count, and only one change at a time."""

import json
from pathlib import Path
from typing import Any

import pytest

from library import spse_journal
from library.module_utils import spse_changes

# The module finds shared code where Ansible puts it on a host; here that is the same file under another name.
REFUSAL: type[Exception] = vars(spse_journal)["spse_changes"].JournalError
BEGIN = {"event": "begin", "verb": "upgrade", "change": "CHG-1", "from": "a", "to": "b", "at": "2026-11-20"}
WANTED: dict[str, Any] = {
    "event": "begin",
    "verb": "upgrade",
    "target": "b",
    "change": "CHG-1",
    "step": "",
    "outcome": None,
    "facts": {},
}


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    path = tmp_path / "prod.jsonl"
    for event in (BEGIN, {"event": "step", "step": "rehearsed", "undoable": True}):
        spse_changes.add(path, event)
    return path


def test_what_was_begun_is_unfinished_until_it_ends(journal: Path) -> None:
    unfinished = spse_changes.unfinished(spse_changes.read(journal))
    assert unfinished is not None
    assert unfinished.told()["steps"] == {"rehearsed": {"undoable": True}}
    spse_changes.add(journal, {"event": "end", "outcome": "undone", "reason": "uji"})
    changes = spse_changes.read(journal)
    assert spse_changes.unfinished(changes) is None
    assert (changes[0].told()["outcome"], changes[0].told()["reason"]) == ("undone", "uji")


def test_a_line_that_a_cut_has_torn_does_not_count_and_is_cut_off(journal: Path) -> None:
    whole = journal.read_bytes()
    line = json.dumps({"event": "end", "outcome": "succeeded"}).encode()
    for length in range(1, len(line) + 1):
        journal.write_bytes(whole + line[:length])
        assert spse_changes.unfinished(spse_changes.read(journal)) is not None
        spse_changes.add(journal, {"event": "step", "step": "migrating"})
        assert list(spse_changes.read(journal)[0].steps) == ["rehearsed", "migrating"]


def test_a_line_that_is_no_event_is_refused_and_named(journal: Path) -> None:
    journal.write_bytes(b"{not json}\n" + journal.read_bytes())
    with pytest.raises(spse_changes.JournalError, match="rusak pada baris 1"):
        spse_changes.read(journal)


def test_the_same_change_again_goes_on(journal: Path) -> None:
    assert spse_journal.next_event(WANTED, spse_changes.read(journal)) is None


@pytest.mark.parametrize("other", [{"verb": "restart"}, {"target": "c"}])
def test_another_change_has_to_wait(journal: Path, other: dict[str, str]) -> None:
    with pytest.raises(REFUSAL, match=r"Perubahan CHG-1 .* belum selesai"):
        spse_journal.next_event(WANTED | other, spse_changes.read(journal))


def test_a_step_is_written_once_and_again_only_with_other_facts(journal: Path) -> None:
    step = WANTED | {"event": "step", "step": "rehearsed", "facts": {"undoable": True}}
    changes = spse_changes.read(journal)
    assert spse_journal.next_event(step, changes) is None
    assert spse_journal.next_event(step | {"facts": {"undoable": False}}, changes) == {
        "event": "step",
        "step": "rehearsed",
        "undoable": False,
    }


def test_a_step_of_nothing_is_refused_and_an_end_of_nothing_is_none() -> None:
    with pytest.raises(REFUSAL, match="tidak termasuk perubahan"):
        spse_journal.next_event(WANTED | {"event": "step", "step": "closed"}, [])
    assert spse_journal.next_event(WANTED | {"event": "end", "outcome": "succeeded"}, []) is None
