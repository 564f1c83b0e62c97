"""Ansible callback of the tests: just before a task of a given name begins, something is done to its host or to us."""

from __future__ import annotations

DOCUMENTATION = """
name: interfere
type: notification
short_description: Do something just before a given task
description: >-
  Runs INTERFERE_COMMAND before INTERFERE_TASK of INTERFERE_HOST (or of any), once; writes when each task began into
  INTERFERE_TIMES.
"""

import os
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

from ansible.plugins.callback import CallbackBase

KILL = "kill"


class CallbackModule(CallbackBase):
    """Waits for its task."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "notification"
    CALLBACK_NAME = "interfere"

    def __init__(self) -> None:
        super().__init__()
        self.task = os.environ.get("INTERFERE_TASK", "")
        self.host = os.environ.get("INTERFERE_HOST", "")
        self.times = os.environ.get("INTERFERE_TIMES", "")
        self.left = int(os.environ.get("INTERFERE_TIME", "1"))

    def v2_runner_on_start(self, host: Any, task: Any) -> None:  # noqa: ANN401 - Ansible's own signature
        """Interfere, if it is this one; the task waits until that is done."""
        name = task.get_name().rpartition(" : ")[2]
        if self.times:
            with Path(self.times).open("a") as file:
                file.write(f"{time.time()} {name}\n")
        if name != self.task or self.host not in {"", host.get_name()}:
            return
        self.left -= 1
        if self.left != 0:
            return
        command = os.environ["INTERFERE_COMMAND"]
        if command == KILL:
            os.killpg(0, signal.SIGKILL)
        done = subprocess.run(["/bin/sh", "-c", command], capture_output=True, check=False, text=True)
        print(f"INTERFERED before {self.task}: {done.returncode} {done.stdout}{done.stderr}")
