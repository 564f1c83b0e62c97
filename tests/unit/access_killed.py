"""Give access until killed: `python -m tests.unit.access_killed FOLDER`; says each number that was handed out."""

import itertools
import sys
from pathlib import Path

from chatops.access.authority import House, Keyring
from chatops.access.passphrases import Passphrases
from chatops.access.register import Register
from chatops.ledger.store import Ledger
from tests.unit.access import SPOKEN, Office


def main(folder: Path) -> None:
    """One grant after the other, each published."""
    ledger = Ledger.open(f"sqlite:///{folder / 'ledger.db'}")
    keyring = Keyring(folder / "authority", Passphrases({}, lambda _: SPOKEN), rounds=1)
    desk = Office(folder, Register(ledger, "penjaga@meja", keyring), House(ledger, "penjaga@meja", keyring))
    desk.request()
    print("ready", flush=True)
    for _ in itertools.count():
        grant, _ = desk.granted()
        print(grant.number, flush=True)
        desk.register.revoke("selesai", number=grant.number)
        desk.publish()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
