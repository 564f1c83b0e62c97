"""`python -m tests.fresh`: run a command in a clone of this checkout on a machine that has nothing yet."""

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import click

from tests.fresh import root
from tests.fresh.isolation import place
from tests.fresh.paths import GROUP, NETWORK, ROOT
from tests.hosts import shell
from tests.hosts.paths import REPOSITORY

HERE = Path(__file__).parent


@click.command(context_settings={"ignore_unknown_options": True})
@click.argument("command", nargs=-1, type=click.UNPROCESSED)
@click.option("--suite", default="bookworm", show_default=True, help="Which Debian.")
@click.option("--user", is_flag=True, help="As an ordinary user with sudo, in place of root.")
@click.option("--uncommitted", is_flag=True, help="Take the files as they are now, not the last commit.")
@click.option("--times", default=2, show_default=True, type=click.IntRange(1), help="How often to run the command.")
def main(command: tuple[str, ...], suite: str, times: int, *, user: bool, uncommitted: bool) -> None:
    """Run COMMAND (`make test` if none is given) in a clone of this checkout on a fresh Debian, and take the time.

    The machine has python3, git and make, the package mirrors and certificates of this one, and nothing else of it.
    """
    if os.geteuid() != 0:
        os.execvp("sudo", ["sudo", "--preserve-env=PATH", sys.executable, "-m", "tests.fresh", *sys.argv[1:]])
    # A polite end takes everything away too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    name = root.USER if user else "root"
    with place():
        click.echo(f"Unpacking a fresh Debian ({suite}); the first time builds it", err=True)
        root.unpack(suite, user=user)
        (_copy_files if uncommitted else _copy_history)(name)
        code = subprocess.call(
            [
                # Nothing in there outlives this process, however it ends.
                *("setpriv", "--pdeathsig=KILL", "nsenter", f"--net={NETWORK}"),
                *(str(HERE / "enter"), str(ROOT), GROUP, name),
                *("bash", "-c", (HERE / "drive").read_text(), "drive", str(times), *(command or ("make", "test"))),
            ]
        )
    sys.exit(code)


def _copy_history(owner: str) -> None:
    """Put a bare clone there, as a server would have one: with the last commit and nothing else of the checkout."""
    origin = ROOT / "srv/spse-ops.git"
    shell.run("git", "clone", "--quiet", "--bare", "--no-hardlinks", str(REPOSITORY), str(origin))
    shell.run("chroot", str(ROOT), "chown", "--recursive", owner, "/srv/spse-ops.git")


def _copy_files(owner: str) -> None:
    """Put the files there as they are now, without those that git ignores."""
    listed = shell.run("git", "-C", str(REPOSITORY), "ls-files", "--cached", "--others", "--exclude-standard").stdout
    there = [name for name in listed.splitlines() if (REPOSITORY / name).exists()]
    checkout = Path("root" if owner == "root" else f"home/{owner}", "spse-ops")
    for name in there:
        target = ROOT / checkout / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(REPOSITORY / name, target, follow_symlinks=False)
    shell.run("chroot", str(ROOT), "chown", "--recursive", owner, f"/{checkout}")


if __name__ == "__main__":
    main(prog_name="python -m tests.fresh")
