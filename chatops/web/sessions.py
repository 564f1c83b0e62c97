"""Who has come in, and until when: told by a signed cookie, so that nothing has to be kept. Rights are not in it."""

import base64
import hashlib
import hmac
import json
import os
import secrets
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

from chatops.permissions import Identity
from chatops.web.links import EDGES

LASTS = timedelta(hours=8)
"""A working day."""
BYTES = 32
LONGEST = 1024


def key(state: Path) -> bytes:
    """What cookies are signed with: made once, for the eyes of this account. Who deletes it logs everybody out."""
    path = state / "web" / "cookie.key"
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with suppress(FileExistsError):
        partial = path.with_name(f"{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
        with os.fdopen(os.open(partial, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
            file.write(secrets.token_bytes(BYTES))
        try:
            # Whole, and only if there is none.
            os.link(partial, path)
        finally:
            partial.unlink()
    return path.read_bytes()


def seal(own: bytes, identity: Identity, now: datetime) -> str:
    """A cookie for somebody."""
    until = int((now + LASTS).timestamp())
    told = json.dumps([identity.edge, identity.account, until], separators=(",", ":")).encode()
    body = base64.urlsafe_b64encode(told).decode()
    return f"{body}.{_signature(own, body)}"


def unseal(own: bytes, cookie: str, now: datetime) -> Identity | None:
    """Whose cookie it is; nobody's, if it is not ours or too old."""
    body, _, signature = cookie[:LONGEST].partition(".")
    if not hmac.compare_digest(_signature(own, body).encode(), signature.encode(errors="replace")):
        return None
    edge, account, until = json.loads(base64.urlsafe_b64decode(body))
    return Identity(EDGES[edge], account) if now.timestamp() < until else None


def _signature(own: bytes, body: str) -> str:
    return hmac.new(own, body.encode(errors="replace"), hashlib.sha256).hexdigest()
