# SPDX-License-Identifier: Apache-2.0
"""`spse-backup`: take, list, fetch, drill, restore, status."""

from __future__ import annotations

import json
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import TYPE_CHECKING, Any

from . import alone, points, settings, status
from .asked import arguments
from .drill import Drill
from .extract import Extract, Wanted
from .one_file import OneFile
from .rebuild import rebuild
from .repository import LATEST, Entry, Repository, choose
from .shell import BackupError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

LOUD = 1


def say(text: str) -> None:
    """Where it is; the journal keeps it."""
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


class Backup:
    """What each verb does; the answer, and the code to end with."""

    def __init__(self) -> None:
        """As the role has set this host up."""
        self.settings = settings.read()
        self.repository = Repository(self.settings)

    def answer(self, asked: argparse.Namespace) -> tuple[Any, int]:
        """Do what is asked for."""
        verb: Callable[[argparse.Namespace], tuple[Any, int]] = getattr(self, asked.verb)
        return verb(asked)

    def begin(self, _: argparse.Namespace) -> tuple[Any, int]:
        """Make the repository, unless there is one."""
        self.repository.begin()
        return {"repository": self.settings.repository}, 0

    def take(self, asked: argparse.Namespace) -> tuple[Any, int]:
        """Take a restore point."""
        with alone.alone("pengambilan titik pulih", asked.patience):
            wanted = points.Order(asked.kind, asked.name, asked.reason)
            with ThreadPoolExecutor(1) as background:
                # A question to the host that keeps them takes a second: beside the backup itself it costs none.
                known = background.submit(self.repository.entries)
                taken = points.take(self.settings, self.repository, wanted, say)
        before = [entry for entry in known.result() if entry.id != taken["id"]]
        added = Entry(taken["id"], "", "", datetime.fromisoformat(taken["at"]))
        status.write(status.report(self.settings, [*before, added]))
        return taken, 0

    def list(self, _: argparse.Namespace) -> tuple[Any, int]:
        """Every restore point."""
        return [_listed(entry) for entry in self.repository.entries()], 0

    def drill(self, asked: argparse.Namespace) -> tuple[Any, int]:
        """Bring a restore point back, check it, throw it away."""
        if asked.point != LATEST:
            # One that was misspelt is no drill that has failed.
            choose(self.repository.entries(), asked.point)
        with alone.alone("uji pemulihan", asked.patience):
            result = Drill(self.settings, say).run(asked.point, whole=asked.whole)
        self._measure()
        return result, 0 if result["passed"] else LOUD

    def fetch(self, asked: argparse.Namespace) -> tuple[Any, int]:
        """Bring files back, below a folder."""
        entry = choose(self.repository.entries(), asked.point)
        self.repository.fetch(entry, asked.target, asked.path)
        return _listed(entry), 0

    def preview(self, asked: argparse.Namespace) -> tuple[Any, int]:
        """What would be gone."""
        return self._extract(asked).preview(), 0

    def extract(self, asked: argparse.Namespace) -> tuple[Any, int]:
        """Bring an instance's data to where they can take the place of what is there."""
        answer: dict[str, Any] = {}
        with alone.alone("pengambilan dari titik pulih", asked.patience):
            extract = self._extract(asked)
            if asked.database:
                answer["database"] = extract.dump(asked.database)
            if asked.documents:
                answer["documents"] = extract.documents(asked.documents)
        return answer, 0

    def _extract(self, asked: argparse.Namespace) -> Extract:
        wanted = Wanted(asked.instance, asked.point, asked.time)
        return Extract(self.settings, self.repository, wanted, say)

    def file(self, asked: argparse.Namespace) -> tuple[Any, int]:
        """Put one document back, or say what would be done."""
        entry = choose(self.repository.entries(), asked.point)
        one = OneFile(self.repository, entry, self.settings.instance(asked.instance), asked.path)
        return one.put_back() if asked.put else one.preview(), 0

    def rebuild(self, asked: argparse.Namespace) -> tuple[Any, int]:
        """Make a bare host what a restore point holds."""
        with alone.alone("pembangunan kembali", asked.patience):
            return rebuild(self.settings, self.repository, asked.point, say), 0

    def status(self, _: argparse.Namespace) -> tuple[Any, int]:
        """How old the newest is, and whether it was proven."""
        told = self._measure()
        return told, 0 if told["healthy"] else LOUD

    def _measure(self) -> dict[str, Any]:
        told = status.report(self.settings, self.repository.entries())
        status.write(told)
        return told


def _listed(entry: Entry) -> dict[str, str]:
    return {"id": entry.id, "at": entry.at.isoformat(), "snapshot": entry.snapshot}


def main() -> int:
    """Do it, and answer in JSON."""
    try:
        asked = arguments()
        answer, code = Backup().answer(asked)
    except BackupError as error:
        say(str(error))
        return LOUD
    json.dump(answer, sys.stdout, indent=2, sort_keys=True)
    sys.stdout.write("\n")
    return code


if __name__ == "__main__":
    sys.exit(main())
