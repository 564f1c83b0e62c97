# SPDX-License-Identifier: Apache-2.0
"""`spse-look`: one document on standard output, whatever hangs."""

from __future__ import annotations

import json
import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor, wait
from functools import partial
from typing import TYPE_CHECKING

from . import machine, services, settings, upkeep
from .seen import Seen

if TYPE_CHECKING:
    from collections.abc import Callable

    from .settings import Settings

VERSION = 1
DEADLINE = 8
"""Seconds; a check that takes longer is a problem of its own."""


def checks(known: Settings) -> dict[str, Callable[[], Seen]]:
    """Every check, in the order in which LKPP looks."""
    found: dict[str, Callable[[], Seen]] = {
        "memory": machine.memory,
        "load": machine.load,
        "disk": partial(machine.disks, known.folders),
        "dns": partial(services.names, known.names),
        "port": partial(machine.ports, known.ports),
        "outbound": partial(services.outbound, known.outbound),
        "services": services.units,
        "database": services.database,
        "process": partial(services.processes, known.instances),
        "mark": partial(services.marks, known.instances),
        "certificate": partial(services.certificate, known.server_name),
        "clock": upkeep.clock,
        "updates": upkeep.updates,
        "digest": upkeep.digest,
    }
    for instance in known.instances:
        found[f"login:{instance.name}"] = partial(services.login, instance, known)
        found[f"answers:{instance.name}"] = partial(services.build, instance, known)
    if known.backup:
        found["backup"] = upkeep.backup
    return found


def look(wanted: dict[str, Callable[[], Seen]], deadline: float = DEADLINE) -> Seen:
    """Do them all at once: what hangs, such as a disk of another machine, holds up nothing but itself."""
    pool = ThreadPoolExecutor(len(wanted))
    asked = {pool.submit(check): name for name, check in wanted.items()}
    seen = Seen()
    done, late = wait(asked, timeout=deadline)
    for future in done:
        if error := future.exception():
            seen.problems[asked[future]] = reason(error)
        else:
            seen.add(future.result())
    seen.problems |= {asked[future]: f"tidak selesai dalam {deadline:.0f} detik" for future in late}
    pool.shutdown(wait=False, cancel_futures=True)
    return seen


def reason(error: BaseException) -> str:
    """Why a check has come to nothing; what nobody has expected is named by its kind."""
    if isinstance(error, OSError):
        return error.strerror or str(error)
    return f"{type(error).__name__}: {error}"


def main() -> None:
    """Look, and say what was seen."""
    seen = look(checks(settings.read()))
    told = {"version": VERSION, "at": time.time()} | vars(seen)
    json.dump(told, sys.stdout)
    sys.stdout.write("\n")
    sys.stdout.flush()
    # Who hangs is left behind.
    os._exit(0)


if __name__ == "__main__":
    main()
