"""A root file system with an end: without one, a host's disk is the machine's and cannot be filled."""

from pathlib import Path

from tests.hosts import machine, shell
from tests.hosts.paths import STATE
from tests.hosts.podman import podman

DISKS = STATE / "disks"


def create(container: str, image: str, size: str) -> Path:
    """Make a root of the given size (`2G`) above an image, and return the folder that holds all of it."""
    folder = DISKS / container
    blocks = folder / "blocks"
    blocks.mkdir(parents=True)
    shell.run("truncate", f"--size={size}", str(folder / "disk.ext4"))
    # No blocks kept for root: a full disk is full for the database, too, which runs as somebody else.
    shell.run("mkfs.ext4", "-q", "-m", "0", str(folder / "disk.ext4"))
    shell.run("mount", "-o", "loop", str(folder / "disk.ext4"), str(blocks))
    for name in ("upper", "work"):
        (blocks / name).mkdir()
    root(folder).mkdir()
    lower = podman("image", "inspect", "--format={{.GraphDriver.Data.UpperDir}}", image).stdout.strip()
    layers = f"lowerdir={lower},upperdir={blocks / 'upper'},workdir={blocks / 'work'}"
    shell.run("mount", "-t", "overlay", "-o", layers, "overlay", str(root(folder)))
    return folder


def root(folder: Path) -> Path:
    """Where the host's root is mounted on the machine."""
    return folder / "root"


def remove(folder: Path) -> None:
    """Unmount a root and delete it. The host must be gone."""
    machine.unmount_below(folder)
    shell.run("rm", "-rf", "--one-file-system", str(folder))
