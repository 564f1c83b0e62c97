# SPDX-License-Identifier: Apache-2.0
"""The releases of one SPSE instance on a host, and what became of each.

    <home>/releases/<build>/       the tree as it was signed, but for three links into site/
    <home>/releases/<build>.json   its record: what happened to it, when, by whom, for which change; only ever added to
    <home>/site/<build>/           what is the site's and not the build's: application.conf, logs/, tmp/
    <home>/current                 a link to the release that runs

What runs is what the link says, and nothing else: putting another release in force is one rename, and a power cut
before or after it leaves a true answer. The intention is written down before and its success after; `settle` writes the
latter where a cut came in between. No order is ever taken from the clock or from names: each activation has a number.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from library.module_utils import spse_disk
else:
    from ansible.module_utils import spse_disk

UNPACKED, MIGRATED, ACTIVE, RETIRED, FAILED = "unpacked", "migrated", "active", "retired", "failed"
ABSENT = "absent"
CONFIGURATION = "application.conf"
SHIPPED = "application.conf.shipped"
SITE = {CONFIGURATION: "webapp/conf/application.conf", "logs": "webapp/logs", "tmp": "webapp/tmp"}
"""What a site may change, and where the build has it."""

ACTIVATING = "activating"
"""Only in a record: the intention, with its number."""

AFTER = {
    None: {UNPACKED},
    UNPACKED: {MIGRATED, ACTIVE, FAILED, ABSENT},
    # A tree that was damaged is unpacked anew.
    MIGRATED: {UNPACKED, ACTIVE, FAILED},
    ACTIVE: {FAILED},
    RETIRED: {UNPACKED, ACTIVE, FAILED, ABSENT},
    # After a failure the same build may be tried again; what went wrong stays in its record. It goes only when a person
    # takes it away: no playbook does.
    FAILED: {UNPACKED, ABSENT},
}


class ReleaseError(Exception):
    """The step is refused; the text says why, and what to do."""


@dataclass(frozen=True)
class Release:
    """One release, as its record and the link tell."""

    build: str
    state: str
    events: tuple[dict[str, Any], ...] = field(default=())

    @property
    def activation(self) -> int:
        """Number of its latest activation; 0 if it never ran."""
        return max((event["activation"] for event in self.events if event["state"] == ACTIVE), default=0)


@dataclass(frozen=True)
class Instance:
    """The home of an instance."""

    home: Path

    @property
    def link(self) -> Path:
        """What runs."""
        return self.home / "current"

    def tree(self, build: str) -> Path:
        """Where a release is unpacked."""
        return self.home / "releases" / build

    def record(self, build: str) -> Path:
        """What happened to it."""
        return self.home / "releases" / f"{build}.json"

    def site(self, build: str) -> Path:
        """What the site keeps for a release: so it goes back to its own configuration with the link."""
        return self.home / "site" / build

    def current(self) -> str | None:
        """The build that the link leads to."""
        try:
            return self.link.readlink().name
        except FileNotFoundError:
            return None
        except OSError as error:
            raise ReleaseError(
                f"{self.link} bukan tautan. Instalasi ini belum diambil alih; jalankan playbook install."
            ) from error

    def releases(self) -> dict[str, Release]:
        """Every release that has a record."""
        current = self.current()
        found = {}
        for path in sorted((self.home / "releases").glob("*.json")):
            events = tuple(_read(path))
            found[path.stem] = Release(path.stem, _state(path.stem, events, current), events)
        return found

    def add(self, build: str, event: dict[str, Any]) -> None:
        """Write one more event into the record of a release, whole or not at all."""
        path = self.record(build)
        events = [*_read(path), event] if path.exists() else [event]
        replace(path, json.dumps({"build": build, "events": events}, indent=2, sort_keys=True) + "\n")

    def point_to(self, build: str) -> None:
        """Put a release in force: one rename."""
        fresh = self.home / ".current.new"
        fresh.unlink(missing_ok=True)
        fresh.symlink_to(Path("releases", build))
        fresh.rename(self.link)
        spse_disk.sync(self.home)

    def is_attached(self, build: str) -> bool:
        """Whether the site's part of a release is in its place."""
        return all((self.tree(build) / inside).is_symlink() for inside in SITE.values())

    def attach(self, build: str, account: tuple[int, int]) -> None:
        """Part what is the site's from what is the build's, for who runs it. May be cut anywhere, and repeated."""
        tree, site = self.tree(build), self.site(build)
        site.mkdir(mode=0o755, parents=True, exist_ok=True)
        for name, inside in SITE.items():
            own, shown = site / name, tree / inside
            if shown.is_symlink():
                continue
            if shown.exists() and not own.exists():
                shown.rename(own)
            elif name != CONFIGURATION:
                own.mkdir(exist_ok=True)
            if shown.exists():
                # A second one of what the site has already: an attach that was cut, or folders that the build brings.
                shutil.rmtree(shown) if shown.is_dir() else shown.unlink()
            shown.symlink_to(os.path.relpath(own, shown.parent))
        os.chown(site / CONFIGURATION, 0, account[1])
        (site / CONFIGURATION).chmod(0o640)
        for folder in (site / "logs", site / "tmp"):
            folder.chmod(0o750)
            for path in (folder, *folder.rglob("*")):
                os.chown(path, *account, follow_symlinks=False)
        spse_disk.sync(site)

    def inherit(self, build: str, other: str, account: tuple[int, int]) -> None:
        """Begin with the configuration that another release has now."""
        own, fresh = self.site(build) / CONFIGURATION, self.site(build) / f".{CONFIGURATION}.new"
        if not (self.site(build) / SHIPPED).exists():
            # What the build came with is kept: it tells which settings are new.
            os.link(own, self.site(build) / SHIPPED)
        fresh.unlink(missing_ok=True)
        fresh.touch(mode=0o640)
        os.chown(fresh, 0, account[1])
        shutil.copyfile(self.site(other) / CONFIGURATION, fresh)
        fresh.rename(own)
        spse_disk.sync(self.site(build))

    def remove(self, build: str) -> None:
        """Delete the tree of a release, then its record: cut in between, it is still known."""
        for folder in (self.tree(build), self.site(build)):
            if folder.exists():
                shutil.rmtree(folder)
        self.record(build).unlink()
        spse_disk.sync(self.home / "releases")


def take_step(instance: Instance, build: str, wanted: str, facts: dict[str, Any]) -> bool:
    """Bring a release into a state, with what there is to say of it; whether anything had to be done."""
    settle(instance, facts)
    if not needs_step(instance.releases(), build, wanted):
        return False
    if wanted == ABSENT:
        instance.remove(build)
        return True
    if not instance.tree(build).is_dir():
        raise ReleaseError(f"Build {build} belum dibuka: {instance.tree(build)} tidak ada.")
    if wanted == ACTIVE:
        number = next_activation(instance.releases())
        instance.add(build, facts | {"state": ACTIVATING, "activation": number})
        instance.point_to(build)
        instance.add(build, facts | {"state": ACTIVE, "activation": number})
    else:
        instance.add(build, facts | {"state": wanted})
    return True


def settle(instance: Instance, facts: dict[str, Any]) -> None:
    """Finish the record of an activation that was cut after the link had been put: it did happen."""
    current = instance.current()
    release = instance.releases().get(current) if current else None
    if release is not None and release.events[-1]["state"] == ACTIVATING:
        instance.add(release.build, facts | {"state": ACTIVE, "activation": release.events[-1]["activation"]})


def previous(releases: dict[str, Release]) -> str | None:
    """The release that ran before this one and did not fail: where a rollback leads to."""
    retired = [release for release in releases.values() if release.state == RETIRED]
    return max(retired, key=lambda release: release.activation).build if retired else None


def prunable(releases: dict[str, Release], keep: int) -> list[str]:
    """Releases that may go, the oldest first: never what runs, what ran before it, nor what failed (it is evidence)."""
    kept = previous(releases)
    candidates = [
        release for release in releases.values() if release.state in {RETIRED, UNPACKED} and release.build != kept
    ]
    candidates.sort(key=lambda release: release.activation)
    return [release.build for release in candidates[: max(0, len(candidates) + 1 - keep)]]


def next_activation(releases: dict[str, Release]) -> int:
    """The number of the next activation; one that was begun and cut has used up its number."""
    return 1 + max((event.get("activation", 0) for release in releases.values() for event in release.events), default=0)


def needs_step(releases: dict[str, Release], build: str, wanted: str) -> bool:
    """Whether a release is not yet in a state; a step that none may take from where it is, is refused."""
    state = releases[build].state if build in releases else None
    if state == wanted or (wanted == ABSENT and state is None):
        return False
    if wanted == ABSENT and build == previous(releases):
        raise ReleaseError(f"Build {build} adalah tujuan rollback dan tidak boleh dihapus.")
    if wanted not in AFTER[state]:
        steps = ", ".join(sorted(AFTER[state]))
        raise ReleaseError(
            f"Build {build} berstatus {state or 'tidak dikenal'}, tidak dapat menjadi {wanted}; yang mungkin: {steps}."
        )
    return True


def predicted(releases: dict[str, Release], build: str, wanted: str) -> dict[str, str]:
    """The states after a step."""
    states = {release.build: release.state for release in releases.values()}
    if wanted == ABSENT:
        return {name: state for name, state in states.items() if name != build}
    if wanted == ACTIVE:
        states = {name: RETIRED if state == ACTIVE else state for name, state in states.items()}
    return states | {build: wanted}


def _state(build: str, events: tuple[dict[str, Any], ...], current: str | None) -> str:
    """What the last event and the link say together; an activation that never came to the link does not count."""
    told = [str(event["state"]) for event in events if event["state"] != ACTIVATING]
    if told[-1] == FAILED:
        return FAILED
    if build == current:
        return ACTIVE
    return RETIRED if told[-1] == ACTIVE else told[-1]


def _read(path: Path) -> list[dict[str, Any]]:
    try:
        events: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))["events"]
    except (ValueError, KeyError) as error:
        raise ReleaseError(f"Catatan rilis {path} rusak ({error}). Pulihkan dari cadangan; jangan dihapus.") from error
    return events


def replace(path: Path, text: str) -> None:
    """Write a file anew, whole or not at all."""
    with tempfile.NamedTemporaryFile("w", encoding="utf-8", dir=path.parent, prefix=".", delete=False) as file:
        file.write(text)
        file.flush()
        os.fchmod(file.fileno(), 0o644)
        os.fsync(file.fileno())
    Path(file.name).rename(path)
    spse_disk.sync(path.parent)
