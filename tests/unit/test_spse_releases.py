"""Releases and their states: one runs, rollback leads to what really ran, and no power cut makes the records lie."""

import json
from pathlib import Path
from unittest.mock import patch

import pytest

from library.module_utils.spse_releases import (
    ABSENT,
    ACTIVE,
    FAILED,
    MIGRATED,
    RETIRED,
    UNPACKED,
    Instance,
    ReleaseError,
    predicted,
    previous,
    prunable,
    take_step,
)

FACTS = {"by": "operator", "change": "CHG-2026-000001"}


@pytest.fixture
def instance(tmp_path: Path) -> Instance:
    """An instance with three builds on disk, none of which has ever run; their names sort against their order."""
    for build in ("c", "b", "a"):
        (tmp_path / "releases" / build).mkdir(parents=True)
    return Instance(tmp_path)


def walk(instance: Instance, build: str, *states: str) -> None:
    """Take a release through states."""
    for state in states:
        assert take_step(instance, build, state, FACTS)


def states(instance: Instance) -> dict[str, str]:
    """The state of every release."""
    return {build: release.state for build, release in instance.releases().items()}


def test_an_upgrade_and_a_rollback(instance: Instance) -> None:
    walk(instance, "c", UNPACKED, MIGRATED, ACTIVE)
    walk(instance, "b", UNPACKED, MIGRATED, ACTIVE)
    assert states(instance) == {"c": RETIRED, "b": ACTIVE}
    assert previous(instance.releases()) == "c"
    walk(instance, "b", FAILED)
    walk(instance, "c", ACTIVE)
    assert states(instance) == {"c": ACTIVE, "b": FAILED}
    assert (instance.home / "current").readlink() == Path("releases/c")


def test_rollback_leads_to_what_ran_last_and_not_to_what_failed_or_sorts_first(instance: Instance) -> None:
    for build in ("c", "a", "b"):
        walk(instance, build, UNPACKED, ACTIVE)
    assert previous(instance.releases()) == "a"
    walk(instance, "a", FAILED)
    assert previous(instance.releases()) == "c"


def test_a_state_that_is_there_is_no_step(instance: Instance) -> None:
    walk(instance, "c", UNPACKED, ACTIVE)
    record = instance.record("c").read_text()
    assert not take_step(instance, "c", ACTIVE, FACTS)
    assert instance.record("c").read_text() == record


@pytest.mark.parametrize(
    ("path", "wanted", "words"),
    [
        ((), ACTIVE, "berstatus tidak dikenal, tidak dapat menjadi active; yang mungkin: unpacked"),
        ((UNPACKED, FAILED), ACTIVE, "berstatus failed, tidak dapat menjadi active"),
        ((UNPACKED, ACTIVE), MIGRATED, "berstatus active, tidak dapat menjadi migrated"),
    ],
)
def test_a_forbidden_step_says_what_is_possible(
    instance: Instance, path: tuple[str, ...], wanted: str, words: str
) -> None:
    walk(instance, "c", *path)
    with pytest.raises(ReleaseError, match=words):
        take_step(instance, "c", wanted, FACTS)


def test_a_build_that_is_not_unpacked_is_refused(instance: Instance) -> None:
    with pytest.raises(ReleaseError, match="belum dibuka"):
        take_step(instance, "d", UNPACKED, FACTS)


def test_a_tree_in_place_of_the_link_is_somebody_elses(instance: Instance) -> None:
    instance.link.mkdir()
    with pytest.raises(ReleaseError, match="belum diambil alih"):
        take_step(instance, "c", UNPACKED, FACTS)


def test_a_broken_record_is_not_written_over(instance: Instance) -> None:
    instance.record("c").write_text("{")
    with pytest.raises(ReleaseError, match=r"c\.json rusak"):
        take_step(instance, "c", UNPACKED, FACTS)
    assert instance.record("c").read_text() == "{"


def test_what_failed_what_runs_and_what_ran_before_are_never_pruned(instance: Instance) -> None:
    for build in ("c", "b", "a"):
        walk(instance, build, UNPACKED, ACTIVE)
    assert prunable(instance.releases(), keep=1) == ["c"]
    assert prunable(instance.releases(), keep=2) == []
    walk(instance, "c", FAILED)
    assert prunable(instance.releases(), keep=1) == []
    assert prunable(instance.releases(), keep=0) == []


def test_removing_takes_tree_and_record_and_refuses_what_is_needed(instance: Instance) -> None:
    for build in ("c", "b", "a"):
        walk(instance, build, UNPACKED, ACTIVE)
    for build, words in (("a", "berstatus active"), ("b", "tujuan rollback")):
        with pytest.raises(ReleaseError, match=words):
            take_step(instance, build, ABSENT, FACTS)
    walk(instance, "c", ABSENT)
    assert states(instance) == {"b": RETIRED, "a": ACTIVE}
    assert not instance.tree("c").exists()
    assert not take_step(instance, "c", ABSENT, FACTS)


@pytest.mark.parametrize(("build", "wanted"), [("a", ACTIVE), ("c", ACTIVE), ("b", FAILED), ("c", ABSENT)])
def test_what_is_predicted_comes_to_be(instance: Instance, build: str, wanted: str) -> None:
    for other in ("c", "a", "b"):
        walk(instance, other, UNPACKED, *((ACTIVE,) if other != "c" or wanted == ACTIVE else ()))
    if build == "a":
        walk(instance, "c", ACTIVE)
    expected = predicted(instance.releases(), build, wanted)
    walk(instance, build, wanted)
    assert states(instance) == expected


def test_a_record_is_only_added_to(instance: Instance) -> None:
    walk(instance, "c", UNPACKED, FAILED, UNPACKED, MIGRATED, ACTIVE)
    events = json.loads(instance.record("c").read_text())["events"]
    assert [event["state"] for event in events] == [UNPACKED, FAILED, UNPACKED, MIGRATED, "activating", ACTIVE]
    assert all(event["change"] == "CHG-2026-000001" for event in events)


class PowerCutError(Exception):
    """The power goes at a rename, the only moment at which anything becomes true."""


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("rename", [1, 2, 3])
def test_a_power_cut_at_any_moment_leaves_a_true_answer(instance: Instance, rename: int, *, after: bool) -> None:
    walk(instance, "c", UNPACKED, ACTIVE)
    walk(instance, "b", UNPACKED, MIGRATED)
    count = 0
    real = Path.rename

    def cut(path: Path, target: Path) -> Path:
        nonlocal count
        count += 1
        if count == rename and not after:
            raise PowerCutError
        moved = real(path, target)
        if count == rename:
            raise PowerCutError
        return moved

    with patch.object(Path, "rename", cut), pytest.raises(PowerCutError):
        take_step(instance, "b", ACTIVE, FACTS)
    linked = instance.current()
    expected = {"b": ACTIVE, "c": RETIRED} if linked == "b" else {"b": MIGRATED, "c": ACTIVE}
    assert states(instance) == expected
    assert previous(instance.releases()) == ("c" if linked == "b" else None)
    # The same step again ends it, and the next release finds the right one before it.
    take_step(instance, "b", ACTIVE, FACTS)
    assert states(instance) == {"b": ACTIVE, "c": RETIRED}
    walk(instance, "a", UNPACKED, ACTIVE)
    assert previous(instance.releases()) == "b"


def test_the_next_release_settles_an_activation_that_was_cut(instance: Instance) -> None:
    walk(instance, "c", UNPACKED, ACTIVE)
    walk(instance, "b", UNPACKED)
    with patch("ansible.module_utils.spse_disk.sync", side_effect=[None, PowerCutError]), pytest.raises(PowerCutError):
        take_step(instance, "b", ACTIVE, FACTS)
    assert instance.current() == "b"
    walk(instance, "a", UNPACKED, ACTIVE)
    assert previous(instance.releases()) == "b"
