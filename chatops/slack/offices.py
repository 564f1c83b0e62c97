"""Names of offices as people type them."""

import difflib
from collections.abc import Sequence

from chatops.desk import Desk
from chatops.errors import UnknownLpseError
from chatops.permissions import Identity

ALL = 100_000


def nearest(desk: Desk, identity: Identity, operation: str, typed: str) -> str:
    """The office of this name, among those for which he may ask it; else the nearest one is suggested."""
    return near(typed, desk.lpses(identity, operation, limit=ALL), desk)


def near(typed: str, known: Sequence[str], desk: Desk) -> str:
    """The office of this name among those that are known to him; else the nearest one is suggested."""
    if typed in known:
        return typed
    close = difflib.get_close_matches(typed, known, n=1)
    suggestion = f" Maksud Anda `{close[0]}`?" if close else " Atau Anda tidak berhak untuk LPSE itu."
    raise UnknownLpseError(lpse=typed, inventory=desk.settings.inventory.name, suggestion=suggestion)
