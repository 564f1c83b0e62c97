"""What a grant, a revocation and the register cost on the machine that signs, beside bare `ssh-keygen`."""

from __future__ import annotations

import subprocess
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from chatops.access import openssh
from chatops.access.passphrases import Secret
from chatops.access.records import grants
from chatops.ledger.chain import Entry
from chatops.ledger.store import Ledger
from tests.bench.row import Measured, Row, seconds
from tests.unit.access import NOW, SPOKEN, Office, key_pair, office

if TYPE_CHECKING:
    from collections.abc import Iterator

TIMES = 10
MANY = 10_000


def measure() -> Iterator[Measured]:
    """One after the other."""
    with tempfile.TemporaryDirectory() as folder:
        ledger = Ledger.open(f"sqlite:///{Path(folder) / 'ledger.db'}")
        try:
            yield from _measured(office(Path(folder), ledger), Path(folder))
        finally:
            ledger.close()


def _measured(desk: Office, folder: Path) -> Iterator[Measured]:
    bare = key_pair(folder / "bare", "ca")
    key_pair(folder / "bare", "key")
    words = ["ssh-keygen", "-q", "-s", str(bare), "-I", "x", "-n", "operator@mamuju", "-V", "+4h"]
    theirs = seconds(lambda: _bare([*words, str(folder / "bare" / "key.pub")])) / TIMES
    desk.request()
    ours = seconds(lambda: [desk.granted() for _ in range(TIMES)]) / TIMES
    yield Measured(Row("ask, approve and sign", ours, "ssh-keygen -s, its key in the open", theirs))

    # As it is for people: opening the key is made slow on purpose.
    slow = folder / "slow"
    openssh.make_key(slow, Secret(SPOKEN), "slow")
    keyring = replace(desk.register.keyring, folder=slow.parent)
    public = " ".join((folder / "slow.pub").read_text().split()[:2])
    user = replace(desk.house.all()[0], name="slow", public=public)

    def opened() -> None:
        with keyring.agent(user):
            pass

    yield Measured(Row("open the key of an authority", seconds(opened), "ssh-keygen -s, its key in the open", theirs))

    _fill(desk)
    specification = folder / "specification"
    specification.write_text("".join(f"serial: {number}\n" for number in range(1, 2 * MANY, 2)))
    krl = ["ssh-keygen", "-q", "-k", "-f", str(folder / "list"), "-s", f"{bare}.pub", str(specification)]
    listed = seconds(lambda: _bare(krl)) / TIMES
    yield Measured(Row(f"publish, {MANY} revoked", seconds(lambda: desk.publish(NOW)), "ssh-keygen -k", listed))
    with desk.register.ledger.reading() as reader:
        shown = seconds(lambda: list(grants(reader)))
        events = seconds(lambda: list(reader.events()))
    yield Measured(Row(f"the register of {MANY} grants", shown, "SELECT of all events", events))


def _bare(words: list[str]) -> None:
    for _ in range(TIMES):
        subprocess.run(words, check=True)


def _fill(desk: Office) -> None:
    """Grants that were asked for, given, used and revoked; signed they need not be."""
    grant, _ = desk.granted()
    asked, given = (event.told for event in grant.history)
    used = {"serial": 1, "host": "mamuju", "at": NOW.isoformat(), "from": "203.0.113.7", "role": "operator"}
    with desk.register.ledger.writing(NOW) as writer:
        for count in range(MANY):
            number = f"AKS-2026-{500_000 + count:06}"
            writer.append(Entry("access.asked", number, "budi", asked))
            writer.append(Entry("access.granted", number, "kepala", given | {"serial": writer.head()[0] + 1}))
            writer.append(Entry("access.used", number, "penjaga", used))
            writer.append(Entry("access.revoked", number, "kepala", {"reason": "selesai"}))
