"""An installation by hand is brought into the order of releases, wherever the move is cut."""

import contextlib
import itertools
import json
import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from library.module_utils import spse_releases, spse_takeover

if TYPE_CHECKING:
    from collections.abc import Callable

BUILD = "4.5.20260105"
ACCOUNT = (os.getuid(), os.getgid())


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """What lies there after years by hand."""
    home = tmp_path / "spse"
    for name, text in {
        "webapp/conf/application.conf": "http.port=9090\n",
        "webapp/logs/application.log": "lama\n",
        "webapp/app.txt": "x",
        "framework/play.jar": "x",
        "manifest.json": json.dumps({"build": BUILD}),
        "spse4": "#!/bin/bash\n",
        "catatan admin.txt": "jangan hilang",
    }.items():
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_text(text)
    return home


def contents(folder: Path) -> dict[str, str]:
    return {str(path.relative_to(folder)): path.read_text() for path in sorted(folder.rglob("*")) if path.is_file()}


def take_over(home: Path) -> None:
    spse_takeover.take_over(spse_releases.Instance(home), BUILD, ACCOUNT, {"at": "now"})


def check(home: Path) -> None:
    assert not spse_takeover.is_neglected(home)
    assert spse_takeover.entries(home) == []
    instance = spse_releases.Instance(home)
    assert (instance.current(), instance.releases()[BUILD].state) == (BUILD, spse_releases.ACTIVE)
    # The old paths still lead where people and their scripts look.
    assert (home / "webapp/conf/application.conf").read_text() == "http.port=9090\n"
    assert (home / "webapp/logs/application.log").read_text() == "lama\n"
    assert contents(home / "releases" / BUILD)["catatan admin.txt"] == "jangan hilang"
    assert contents(home / "site" / BUILD) == {"application.conf": "http.port=9090\n", "logs/application.log": "lama\n"}


def test_it_is_moved_and_nothing_is_lost(home: Path) -> None:
    assert spse_takeover.is_neglected(home)
    assert spse_takeover.build_of(home) == BUILD
    take_over(home)
    check(home)
    take_over(home)
    check(home)


def cutting(monkeypatch: pytest.MonkeyPatch, owner: object, name: str, at: int, *, before: bool) -> None:
    """Cut the power before or after the so-manieth call."""
    real: Callable[..., object] = getattr(owner, name)
    calls = 0

    def cut(*arguments: object, **named: object) -> object:
        nonlocal calls
        calls += 1
        is_the_one = calls == at
        if is_the_one and before:
            raise KeyboardInterrupt
        result = real(*arguments, **named)
        if is_the_one:
            raise KeyboardInterrupt
        return result

    monkeypatch.setattr(owner, name, cut)


@pytest.mark.parametrize("name", ["rename", "symlink_to", "mkdir"])
@pytest.mark.parametrize("before", [True, False])
def test_a_move_that_is_cut_anywhere_goes_on(home: Path, name: str, before: bool) -> None:  # noqa: FBT001 - a case
    for at in itertools.count(1):
        copy = home.with_name(f"spse-{at}")
        shutil.copytree(home, copy)
        with pytest.MonkeyPatch.context() as patch:
            cutting(patch, Path, name, at, before=before)
            with contextlib.suppress(KeyboardInterrupt):
                take_over(copy)
                break
        take_over(copy)
        check(copy)
    assert at > 2


def test_what_we_have_installed_is_not_taken_over_again(home: Path) -> None:
    take_over(home)
    (home / "spse4").write_text("#!/bin/sh\n# Dikelola oleh Ansible (spse-ops)\n")
    assert not spse_takeover.is_neglected(home)
    assert spse_takeover.entries(home) == []


def test_a_new_release_begins_with_the_sites_settings_and_its_own_are_kept(home: Path) -> None:
    take_over(home)
    instance = spse_releases.Instance(home)
    tree = instance.tree("4.5.20260202")
    (tree / "webapp/conf").mkdir(parents=True)
    (tree / "webapp/conf/application.conf").write_text("http.port=1\nnew.key=2\n")
    instance.attach("4.5.20260202", ACCOUNT)
    instance.inherit("4.5.20260202", BUILD, ACCOUNT)
    site = instance.site("4.5.20260202")
    assert (site / "application.conf").read_text() == "http.port=9090\n"
    assert (site / "application.conf.shipped").read_text() == "http.port=1\nnew.key=2\n"
    # Tried again later, with what the site has then.
    (instance.site(BUILD) / "application.conf").write_text("http.port=9099\n")
    instance.inherit("4.5.20260202", BUILD, ACCOUNT)
    assert (site / "application.conf").read_text() == "http.port=9099\n"
    assert (site / "application.conf.shipped").read_text() == "http.port=1\nnew.key=2\n"
