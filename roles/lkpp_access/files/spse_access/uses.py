# SPDX-License-Identifier: Apache-2.0
"""Who has come in, as sshd has written it down."""

from __future__ import annotations

import json
import re
import subprocess
from datetime import UTC, datetime

from . import settings
from .settings import AccessError

ACCEPTED = re.compile(
    r"^Accepted publickey for (?P<account>\S+) from (?P<address>\S+) port [0-9]+ ssh2: \S+ SHA256:\S+ "
    r"ID (?P<whom>\S+) \(serial (?P<serial>[0-9]+)\) CA "
)


def use(account: settings.Account, host: str, entry: dict[str, str]) -> dict[str, object] | None:
    """One line of the journal, if it is about a login to that account."""
    message = entry.get("MESSAGE")
    found = ACCEPTED.match(message) if isinstance(message, str) else None
    if not found or found["account"] != account.name:
        return None
    at = datetime.fromtimestamp(int(entry["__REALTIME_TIMESTAMP"]) / 1e6, UTC)
    return {
        "serial": int(found["serial"]),
        "whom": found["whom"],
        "host": host,
        "at": at.isoformat(timespec="seconds"),
        "from": found["address"],
        "role": account.role,
    }


def uses(since: str) -> list[dict[str, object]]:
    """Every login with a certificate since a moment, or since the journal begins."""
    here = settings.read()
    # From OpenSSH 9.8 on it is another program that writes it.
    command = ["journalctl", "--output=json", "--no-pager", "--quiet"]
    command += [f"SYSLOG_IDENTIFIER={name}" for name in ("sshd", "sshd-session")]
    command += [f"--since={since}"] if since else []
    done = subprocess.run(command, capture_output=True, check=False, text=True)
    if done.returncode:
        raise AccessError(f"Jurnal tidak terbaca: {done.stderr.strip()}")
    entries = [json.loads(line) for line in done.stdout.splitlines()]
    found = (use(account, here.lpse, entry) for entry in entries for account in here.accounts.values())
    return [told for told in found if told]
