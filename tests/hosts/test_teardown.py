"""Taking hosts down leaves the machine as it was: no process, mount, interface, rule, setting or file."""

import json
import os
import subprocess
import sys
import time
import uuid
from pathlib import Path

import pytest

from tests.hosts.footprint import MARK, Footprint, difference, footprint
from tests.hosts.lab import Lab, labs
from tests.hosts.paths import REPOSITORY, STATE

pytestmark = pytest.mark.hosts


def command(mark: str, *arguments: str) -> None:
    argv = [sys.executable, "-m", "tests.hosts", "--lab", "teardown", *arguments]
    done = subprocess.run(
        argv, cwd=REPOSITORY, env=os.environ | {MARK: mark}, capture_output=True, check=False, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr


def ansible_ping(mark: str) -> None:
    """Let Ansible in, which keeps its connections open for a minute after it is done."""
    ansible = Path(sys.executable).with_name("ansible")
    done = subprocess.run(
        [ansible, "--inventory", "/dev/stdin", "w1", "--module-name", "ansible.builtin.ping"],
        cwd=REPOSITORY,
        env=os.environ | {MARK: mark},
        capture_output=True,
        check=False,
        input=json.dumps(Lab("teardown").inventory()),
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def settled(mark: str, before: Footprint) -> dict[str, list[str]]:
    """What is left once the last processes had a moment to end."""
    deadline = time.monotonic() + 10
    while (left := difference(before, footprint(mark))) and time.monotonic() < deadline:
        time.sleep(0.2)
    return left


def test_nothing_is_left() -> None:
    assert not labs(), "another lab is up; this test needs the machine as it is without any: `make hosts-down`"
    mark = uuid.uuid4().hex
    command(mark, "up", "warm-up")  # builds the image, which is a cache and meant to stay
    command(mark, "down")
    before = footprint(mark)
    command(mark, "up", "w1", "w2")
    command(mark, "up", "--disk", "300M", "small")
    ansible_ping(mark)
    command(mark, "fault", "reboot", "w1")
    command(mark, "fault", "clock-skew", "w1", "ssh", "60")
    command(mark, "fault", "network-cut", "w1")
    command(mark, "heal", "w1")
    command(mark, "fault", "partition", "w1", "w2")
    command(mark, "fault", "lossy-network", "w2")
    command(mark, "fault", "slow-network", "small")
    command(mark, "fault", "disk-full", "small")
    command(mark, "fault", "hang", "w1")
    command(mark, "fault", "power-cut", "w2")
    during = difference(before, footprint(mark))
    # The comparison can see: had it been blind, it would have seen nothing now either.
    for kind in (
        "processes",
        "mounts",
        "interfaces",
        "routes",
        "filters",
        "loop devices",
        "sysctls",
        "cgroups",
        "files",
    ):
        assert kind in during
    command(mark, "down")
    assert settled(mark, before) == {}
    assert not any((STATE / "labs").iterdir())
    assert not any((STATE / "disks").iterdir())
