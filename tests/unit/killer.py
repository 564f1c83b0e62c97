"""Kill writers of a ledger: `python -m tests.unit.killer URL ROUNDS SEED`; prints which changes were acknowledged.

A process of its own, so that a writer is only a fork away and nothing of the test's is forked with it.
"""

import json
import os
import random
import select
import signal
import sys
import time

from chatops.changes import Asked, Changes
from chatops.ledger.store import Ledger

ASKED = Asked("restart", ("mamuju",), service="S0-17b")
PATIENCE = 60


def write_until_killed(url: str, told: int) -> None:
    """Open one change after the other; say each one's number as soon as it is acknowledged."""
    changes = Changes(Ledger.open(url), f"penulis {os.getpid()}")
    os.write(told, b"ready\n")
    while True:
        os.write(told, changes.open(ASKED).id.encode() + b"\n")


def seconds_of_one(url: str) -> float:
    """How long it takes to open a change; what was connected for that is let go, lest it be forked."""
    ledger = Ledger.open(url)
    changes = Changes(ledger, "pengukur")
    changes.open(ASKED)
    begun = time.monotonic()
    changes.open(ASKED)
    ledger.close()
    return time.monotonic() - begun


def begin(url: str) -> tuple[int, int]:
    """A writer that has come up: its process, and where it can be heard."""
    heard, told = os.pipe()
    process = os.fork()
    if process == 0:
        os.close(heard)
        try:
            write_until_killed(url, told)
        finally:
            # Whatever went wrong, it must not go on as this program.
            os._exit(1)
    os.close(told)
    if not select.select([heard], [], [], PATIENCE)[0]:
        raise TimeoutError("no writer came up")
    return process, heard


def heard_of(pipe: int) -> set[str]:
    """What a killed writer had said; of a last line that was cut nobody knows."""
    with os.fdopen(pipe, "rb") as file:
        lines = file.read().split(b"\n")
    return {line.decode() for line in lines[:-1]} - {"ready"}


def main(url: str, rounds: int, seed: int) -> None:
    """Kill two at a time: one may hold the lock that the other one waits for."""
    # So that some are killed before their first change, and some behind a few, on whatever machine this is.
    longest = 6 * seconds_of_one(url)
    generator = random.Random(seed)  # noqa: S311 - repeatable, not secret
    numbers: set[str] = set()
    killed = 0
    for _ in range(rounds):
        pair = [begin(url), begin(url)]
        time.sleep(generator.random() * longest)
        for process, _heard in pair:
            os.kill(process, signal.SIGKILL)
        for process, heard in pair:
            _, status = os.waitpid(process, 0)
            killed += os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
            numbers |= heard_of(heard)
    print(json.dumps({"killed": killed, "acknowledged": sorted(numbers)}))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
