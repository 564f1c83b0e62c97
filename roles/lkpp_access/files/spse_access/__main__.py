# SPDX-License-Identifier: Apache-2.0
"""`spse-access`: principals, session, enter, receive, uses, status."""

from __future__ import annotations

import argparse
import json
import sys
import syslog
from datetime import UTC, datetime

from . import lease, receive, sessions, settings, uses
from .settings import KEPT, REVOKED, SINCE_BOOT, STATEMENT, TRUST, AccessError


def principals(account: str) -> None:
    """Who may come in as an account, to sshd; nobody, while the host does not know what was revoked."""
    found = settings.read().accounts.get(account)
    if found is None:
        return
    here = settings.read()
    reason = shut(leased=found.leased)
    if reason:
        syslog.openlog("spse-access", facility=syslog.LOG_AUTHPRIV)
        syslog.syslog(syslog.LOG_WARNING, f"{account} ditutup: {reason}")
        return
    sys.stdout.write(f"{found.role}@{here.lpse}\n")


def shut(*, leased: bool) -> str:
    """Why nobody may come in; an emergency does not wait for the authority to be heard of."""
    statement = receive.stated((SINCE_BOOT if leased else KEPT) / STATEMENT)
    path = TRUST / REVOKED
    revoked = path.read_bytes() if path.exists() else None
    now = datetime.now(UTC)
    if leased or statement is None:
        return lease.shut(statement, revoked, now)
    # Its clock may be wrong, and nobody there to renew the list: that is what an emergency is.
    return lease.shut(statement, revoked, statement.issued)


def status() -> dict[str, object]:
    """How it stands, for a person and for the compliance checks."""
    statement = receive.kept()
    return {
        "lpse": settings.read().lpse,
        "shut": shut(leased=True),
        "sequence": statement.sequence if statement else None,
        "valid_until": statement.valid_until.isoformat() if statement else None,
        "sessions": sorted(path.name.removesuffix(".scope") for path in sessions.SESSIONS.glob("*.scope")),
    }


def main() -> int:
    """Do what is asked."""
    parser = argparse.ArgumentParser(prog="spse-access", description="Akses LKPP ke server ini.")
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="perintah")
    verbs.add_parser("principals", help="siapa yang boleh masuk; sshd yang bertanya").add_argument("account")
    verbs.add_parser("session", help="buka sesi yang direkam; sshd yang menjalankan")
    enter = verbs.add_parser("enter", help="jalankan sesi; sudo yang menjalankan")
    for name in ("account", "whom", "line", "command"):
        enter.add_argument(name)
    received = verbs.add_parser("receive", help="terima daftar pencabutan dari masukan standar")
    received.add_argument("--check", action="store_true", help="hanya katakan apakah ada yang berubah")
    verbs.add_parser("uses", help="siapa yang masuk sejak saat itu").add_argument("--since", default="")
    verbs.add_parser("status", help="keadaan akses di server ini")
    given = sys.argv[1:]
    # What somebody wants run in his session is none of our options, however it begins.
    asked = parser.parse_args([given[0], "--", *given[1:]] if given[:1] == ["enter"] else given)
    try:
        if asked.verb == "principals":
            principals(asked.account)
        elif asked.verb == "session":
            sessions.session()
        elif asked.verb == "enter":
            return sessions.enter(asked.account, asked.whom, asked.line, asked.command)
        else:
            told = {
                "receive": lambda: receive.receive(receive.brought(sys.stdin.read()), check=asked.check),
                "uses": lambda: uses.uses(asked.since),
                "status": status,
            }[asked.verb]()
            sys.stdout.write(json.dumps(told) + "\n")
    except AccessError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
