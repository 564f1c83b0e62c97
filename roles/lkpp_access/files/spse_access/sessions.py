# SPDX-License-Identifier: Apache-2.0
"""A session: who it is, what records it, and its end at the latest when the certificate ends.

The way in and the rights within are two accounts. sshd starts `session` as the first, which does nothing but ask sudo
to go on as root; sudo records everything that is typed and shown. `enter` then starts the second account's shell in a
scope of systemd's: what runs there ends with the session, with the certificate, or when the certificate is revoked,
whatever it does to stay.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import re
import signal
import subprocess
import syslog
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from . import settings
from .settings import SINCE_BOOT, AccessError

PROGRAM = "/usr/local/sbin/spse-access"
KEYGEN = "/usr/bin/ssh-keygen"
SESSIONS = SINCE_BOOT / "sesi"
NAMED = re.compile(r'Key ID: "(?P<person>[a-z0-9]+(?:[-.][a-z0-9]+)*)/(?P<number>[A-Z]{3}-[0-9]{4}-[0-9]{6})"')
SERIAL = re.compile(r"Serial: (?P<serial>[0-9]+)")
UNTIL = re.compile(r"Valid: .* to (?P<until>[0-9T:-]+)")
CERTIFICATE = re.compile(r"^publickey (?P<line>[a-z0-9@.-]+-cert-v01@openssh\.com [A-Za-z0-9+/=]+)", re.MULTILINE)
ALARM = "darurat"


@dataclass(frozen=True)
class Certificate:
    """What somebody came in with."""

    line: str
    person: str
    number: str
    serial: int
    until: datetime


def certificate(line: str) -> Certificate:
    """Read one as ssh-keygen tells it."""
    # It says times in the host's own zone; here in none, so that nobody's summer comes in between.
    said = subprocess.run(
        [KEYGEN, "-L", "-f", "-"], input=line, capture_output=True, check=False, text=True, env={"TZ": "UTC"}
    ).stdout
    named, serial, until = (pattern.search(said) for pattern in (NAMED, SERIAL, UNTIL))
    if not (named and serial and until):
        raise AccessError("Sertifikat ini tidak menyebut orang, nomor akses, dan batas waktunya; mintalah yang baru.")
    ends = datetime.fromisoformat(until["until"]).replace(tzinfo=UTC)
    return Certificate(line, named["person"], named["number"], int(serial["serial"]), ends)


def session() -> None:
    """As the account of the way in: hand over to what records, with whom it is and what is wanted."""
    try:
        told = Path(os.environ["SSH_USER_AUTH"]).read_text(encoding="ascii")
    except (KeyError, OSError) as error:
        raise AccessError("sshd tidak menyebut sertifikat sesi ini; tanpa itu sesi tidak dibuka.") from error
    found = CERTIFICATE.search(told)
    if not found:
        raise AccessError("Akun ini hanya untuk sertifikat SSH.")
    about = certificate(found["line"])
    account = pwd.getpwuid(os.getuid()).pw_name
    command = os.environ.get("SSH_ORIGINAL_COMMAND", "")
    # The person and the number stand first, so that they stand in sudo's own line in the journal.
    words = [PROGRAM, "enter", account, f"{about.person}/{about.number}", about.line, command]
    os.execv("/usr/bin/sudo", ["sudo", "-n", "--", *words])


def enter(name: str, whom: str, line: str, command: str) -> int:
    """As root, under sudo, which records: the shell of the account with the rights, until the certificate ends."""
    account = settings.read().accounts[name]
    about = certificate(line)
    seconds = (about.until - datetime.now(UTC)).total_seconds()
    if seconds <= 0 or f"{about.person}/{about.number}" != whom:
        raise AccessError("Sertifikat ini sudah berakhir. Mintalah akses baru.")
    _tell(account, about)
    unit = f"spse-access-{about.serial}-{os.getpid()}.scope"
    SESSIONS.mkdir(mode=0o700, exist_ok=True)
    kept = SESSIONS / unit
    kept.write_text(f"{line}\n", encoding="ascii")
    home = pwd.getpwnam(account.work).pw_dir
    environment = {
        "HOME": home,
        "LANG": os.environ.get("LANG", "C.UTF-8"),
        "LOGNAME": account.work,
        "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        "SHELL": "/bin/bash",
        "SPSE_AKSES": whom,
        "TERM": os.environ.get("TERM", "dumb"),
        "USER": account.work,
    }
    limits = [f"RuntimeMaxSec={int(seconds) or 1}", "TimeoutStopSec=2", "SendSIGHUP=yes", "TasksMax=256"]
    words = ["systemd-run", "--quiet", "--scope", "--collect", f"--unit={unit}"]
    words += [f"--property={limit}" for limit in limits]
    # By itself systemd-run would leave the groups of root.
    words += ["--", "setpriv", f"--reuid={account.work}", f"--regid={account.work}", "--init-groups", "--", "/bin/bash"]
    words += ["-c", command] if command else ["--login"]
    # Whoever hangs up, or is cut off, leaves nothing running.
    for each in (signal.SIGHUP, signal.SIGTERM):
        signal.signal(each, lambda *_: stop(unit))
    try:
        return subprocess.run(words, check=False, cwd="/", env=environment).returncode
    except KeyboardInterrupt:
        return 130
    finally:
        stop(unit)
        kept.unlink(missing_ok=True)


def stop(unit: str) -> None:
    """End all that runs in a session."""
    subprocess.run(["systemctl", "kill", "--signal=KILL", unit], capture_output=True, check=False)
    subprocess.run(["systemctl", "stop", unit], capture_output=True, check=False)


def end_revoked(revoked: Path) -> list[str]:
    """End the sessions whose certificates are on the list."""
    ended = []
    for kept in sorted(SESSIONS.glob("*.scope")):
        command = [KEYGEN, "-Q", "-f", str(revoked), str(kept)]
        # A session that is no more has left its file when its own end was cut.
        if subprocess.run(command, capture_output=True, check=False).returncode:
            stop(kept.name)
            with contextlib.suppress(FileNotFoundError):
                kept.unlink()
            ended.append(kept.name.removesuffix(".scope"))
    return ended


def _tell(account: settings.Account, about: Certificate) -> None:
    """Who has come in stands in the journal; of an emergency everybody on the host is told at once."""
    alarm = account.role == ALARM
    text = f"{about.person} ({about.number}, sertifikat {about.serial}) masuk sebagai {account.role}"
    syslog.openlog("spse-access", facility=syslog.LOG_AUTHPRIV)
    syslog.syslog(syslog.LOG_ALERT if alarm else syslog.LOG_NOTICE, text)
    if alarm:
        subprocess.run(["wall", f"DARURAT: {text}"], capture_output=True, check=False)
