"""Whoever gives access may be killed at any moment: what was handed out is known, and hosts can go on to believe."""

import os
import random
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

from chatops.access.authority import House, Keyring
from chatops.access.passphrases import Passphrases
from chatops.access.records import grants
from chatops.access.register import Register
from chatops.ledger.store import Ledger
from tests.unit.access import SPOKEN, Office, office
from tests.unit.test_access_register import genuine
from tests.whole import WHOLE

KILLS = 100 if WHOLE else 4
# What an agent takes to see that nobody is left, and time to spare on a busy machine.
PATIENCE = 60


def agents(folder: Path) -> list[str]:
    """Agents whose socket was in a folder of these tests."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            words = (process / "cmdline").read_bytes().split(b"\0")
            environment = (process / "environ").read_bytes()
        except OSError:
            continue
        if words[0] == b"ssh-agent" and f"SPSE_OPS_TEST={folder}".encode() in environment.split(b"\0"):
            found.append(process.name)
    return found


def test_killed_at_any_moment(tmp_path: Path, figures: list[str]) -> None:
    with closing(Ledger.open(f"sqlite:///{tmp_path / 'ledger.db'}")) as ledger:
        office(tmp_path, ledger)
    chosen = random.Random(20261122)  # noqa: S311 - moments, not secrets
    told: list[str] = []
    for _ in range(KILLS):
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.unit.access_killed", str(tmp_path)],
            env=os.environ | {"SPSE_OPS_TEST": str(tmp_path)},
            stdout=subprocess.PIPE,
            text=True,
        )
        with process:
            assert process.stdout
            assert process.stdout.readline() == "ready\n"
            # Once it has come to its work, some moment in it.
            told.append(process.stdout.readline().strip())
            time.sleep(chosen.uniform(0, 0.6))
            process.kill()
            told += process.stdout.read().split()
        with closing(Ledger.open(f"sqlite:///{tmp_path / 'ledger.db'}")) as ledger:
            ledger.verify()
            keyring = Keyring(tmp_path / "authority", Passphrases({}, lambda _: SPOKEN))
            desk = Office(tmp_path, Register(ledger, "penjaga", keyring), House(ledger, "penjaga", keyring))
            with ledger.reading() as reader:
                known = {each.number: each.serial for each in grants(reader)}
            assert all(known.get(number) for number in told)
            desk.publish()
            assert genuine(desk.published)
    serials = [serial for serial in known.values() if serial]
    assert len(serials) == len(set(serials))
    until = time.monotonic() + PATIENCE
    while left := agents(tmp_path):
        assert time.monotonic() < until, left
        time.sleep(0.5)
    figures.append(
        f"access: {KILLS} killed while they gave access, {len(told)} grants handed out, 0 unknown, 0 agents left"
    )
