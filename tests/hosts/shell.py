"""Run programs on this machine, and turn their failure into a message one can act on."""

import subprocess
from collections.abc import Mapping, Sequence

from tests.hosts.errors import LabError

type Finished = subprocess.CompletedProcess[str]


class CommandFailedError(LabError):
    """A program ended with a failure."""

    def __init__(self, argv: Sequence[str], code: int, output: str) -> None:
        self.code = code
        self.output = output
        super().__init__(f"`{' '.join(argv)}` ended with {code}:\n{output.strip()}")


def run(
    *argv: str,
    check: bool = True,
    timeout: float = 300,
    stdin: str | None = None,
    env: Mapping[str, str] | None = None,
) -> Finished:
    """Run a program to its end and return its output as text."""
    try:
        done = subprocess.run(
            argv,
            capture_output=True,
            check=False,
            env=env,
            # Never the terminal's: a program that asks a question shall get no answer, and fail.
            input=stdin or "",
            text=True,
            # A server that is spoken to in the wrong way may answer anything.
            errors="replace",
            timeout=timeout,
        )
    except FileNotFoundError as error:
        message = f"`{argv[0]}` is not installed; `./bootstrap hosts` installs what the test hosts need."
        raise LabError(message) from error
    except subprocess.TimeoutExpired as error:
        message = f"`{' '.join(argv)}` did not end within {timeout:.0f} s."
        raise LabError(message) from error
    if check and done.returncode != 0:
        raise CommandFailedError(argv, done.returncode, done.stdout + done.stderr)
    return done
