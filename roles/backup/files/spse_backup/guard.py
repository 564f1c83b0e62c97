# SPDX-License-Identifier: Apache-2.0
"""Between whoever writes a record and the program that keeps it: only what has come to its end is kept.

A program that reads from a pipe takes whatever it has got for all of it when the writer dies. So this one reads, and
hands on what ends as it should; otherwise it kills the program first.
"""

from __future__ import annotations

import signal
import subprocess
import sys

END = b"\n.\n"


def main() -> int:
    """Run the program of the command line on what comes in."""
    for each in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM):
        # Whoever is told to end must not end before the program does. Ignored ones would be ignored by it, too.
        signal.signal(each, lambda *_: None)
    # Nor does it live on where this one is killed.
    with subprocess.Popen(["setpriv", "--pdeathsig=KILL", "--", *sys.argv[1:]], stdin=subprocess.PIPE) as keeper:
        told = sys.stdin.buffer.read()
        if not told.endswith(END):
            keeper.kill()
            return 1
        keeper.communicate(told.removesuffix(END))
    return keeper.returncode


if __name__ == "__main__":
    sys.exit(main())
