# SPDX-License-Identifier: Apache-2.0
"""Other programs: what they say when they fail is the message."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
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
            env=_environment(environment),
            input=stdin or "",
            text=True,
        )
    except FileNotFoundError as error:
        raise BackupError(f"Program {error.filename} tidak ada. Jalankan playbook backup_server.") from error
    if done.returncode != 0:
        raise _failed(argv[0], done.returncode, done.stderr.strip() or done.stdout)
    return done.stdout


@contextmanager
def started(*argv: str, environment: Mapping[str, str]) -> Iterator[Callable[[bytes], None]]:
    """A program that runs already; it is given its input later, or its end."""
    with (
        tempfile.TemporaryFile() as said,
        subprocess.Popen(
            argv, cwd="/", env=_environment(environment), stdin=subprocess.PIPE, stdout=said, stderr=said
        ) as program,
    ):

        def give(told: bytes) -> None:
            try:
                program.communicate(told)
            except BrokenPipeError:
                program.wait()
            if program.returncode != 0:
                said.seek(0)
                raise _failed("Catatan titik pulih", program.returncode, said.read().decode(errors="replace"))

        yield give


def _environment(more: Mapping[str, str] | None) -> dict[str, str]:
    return os.environ | {"LC_ALL": "C.UTF-8"} | dict(more or {})


def _failed(program: str, code: int, said: str) -> BackupError:
    return BackupError(f"{program} gagal ({code}): {said.strip()[-LONGEST:]}")
