"""Names of offices as people type them."""

import difflib

from chatops.desk import Desk
from chatops.errors import UnknownLpseError
from chatops.permissions import Identity

ALL = 100_000


def nearest(desk: Desk, identity: Identity, operation: str, typed: str) -> str:
    """The office of this name, among those for which he may ask it; else the nearest one is suggested."""
    known = desk.lpses(identity, operation, limit=ALL)
    if typed in known:
        return typed
    near = difflib.get_close_matches(typed, known, n=1)
    suggestion = f" Maksud Anda `{near[0]}`?" if near else " Atau Anda tidak berhak untuk LPSE itu."
    raise UnknownLpseError(lpse=typed, inventory=desk.settings.inventory.name, suggestion=suggestion)
