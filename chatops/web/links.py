"""Links that let one person in, once and soon: whoever has an account here needs no password for the pages."""

import hashlib
import secrets
from datetime import datetime, timedelta

from sqlalchemy import delete, insert, select, update

from chatops.ledger.schema import LINKS
from chatops.ledger.store import Ledger
from chatops.permissions import Edge, Identity

LASTS = timedelta(minutes=10)
FORGOTTEN = timedelta(days=1)
EDGES: dict[str, Edge] = {"cli": "cli", "web": "web"}


def give(ledger: Ledger, identity: Identity, now: datetime) -> str:
    """A link's token for somebody; it is shown once, and kept nowhere."""
    token = secrets.token_urlsafe(32)
    # Whoever comes from Slack is known on the pages by the same account.
    edge = "web" if identity.edge == "slack" else identity.edge
    row = {"token": _sum(token), "edge": edge, "account": identity.account, "used": False}
    with ledger.aside() as connection:
        connection.execute(delete(LINKS).where(LINKS.c.until < int((now - FORGOTTEN).timestamp())))
        connection.execute(insert(LINKS).values(row | {"until": int((now + LASTS).timestamp())}))
    return token


def take(ledger: Ledger, token: str, now: datetime) -> Identity | None:
    """Whom it lets in; nobody, if it was used before, or is too old, or is none."""
    mine = LINKS.c.token == _sum(token)
    fresh = (mine, LINKS.c.used.is_(False), LINKS.c.until >= int(now.timestamp()))
    with ledger.aside() as connection:
        # Of two who come at once, one changes the row.
        if connection.execute(update(LINKS).where(*fresh).values(used=True)).rowcount != 1:
            return None
        edge, account = connection.execute(select(LINKS.c.edge, LINKS.c.account).where(mine)).one()
    return Identity(EDGES[edge], account)


def address(url: str, token: str) -> str:
    """Where somebody goes with it."""
    return f"{url}/masuk/{token}"


def _sum(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
