# SPDX-License-Identifier: Apache-2.0
"""Other programs: what they say when they fail is the message."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

LONGEST = 2000
PAUSE = 0.2


class BackupError(Exception):
    """It could not be done; the text says what, why, and what to do next."""


def remove(folder: Path) -> None:
    """Delete a folder, if it is there. One that stays is an error: it holds a copy of what is confidential."""
    if folder.exists():
        shutil.rmtree(folder)


def wait(is_so: Callable[[], bool], seconds: float) -> bool:
    """Ask again and again, so long; whether it came to be so."""
    deadline = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > deadline:
            return False
        time.sleep(PAUSE)
    return True


@contextmanager
def acting_as(user: str) -> Iterator[None]:
    """As somebody else, for a while: what is done meanwhile is what that user may do."""
    account = pwd.getpwnam(user)
    before = os.geteuid(), os.getegid(), os.getgroups()
    os.setgroups([])
    os.setegid(account.pw_gid)
    os.seteuid(account.pw_uid)
    try:
        yield
    finally:
        os.seteuid(before[0])
        os.setegid(before[1])
        os.setgroups(before[2])


def run(
    *argv: str, user: str | None = None, environment: Mapping[str, str] | None = None, stdin: str | None = None
) -> str:
    """Run a program, as another user where one is named; its output."""
    whole = ["runuser", "-u", user, "--", *argv] if user else list(argv)
    try:
        done = subprocess.run(
            whole,
            capture_output=True,
            check=False,
            cwd="/",
            env=os.environ | {"LC_ALL": "C.UTF-8"} | dict(environment or {}),
            input=stdin or "",
            text=True,
        )
    except FileNotFoundError as error:
        raise BackupError(f"Program {error.filename} tidak ada. Jalankan playbook backup_server.") from error
    if done.returncode != 0:
        said = (done.stderr.strip() or done.stdout.strip())[-LONGEST:]
        raise BackupError(f"{argv[0]} gagal ({done.returncode}): {said}")
    return done.stdout
