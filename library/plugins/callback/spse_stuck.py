# SPDX-License-Identifier: Apache-2.0
"""Callback: a run that waits for one of its own processes that is dead comes to an end."""

from __future__ import annotations

DOCUMENTATION = r"""
name: spse_stuck
type: notification
short_description: End a run that waits for a dead process
description:
  - Each task of each host is carried out by a process of its own. With C(strategy=linear) Ansible ends a run when one
    of these has been killed, most often for want of memory; with C(free) and C(host_pinned) it waits for it for ever,
    and whatever the run holds stays held.
  - When a task of some host has begun, has not come back, and no process is left that could bring it, for so long that
    it is no coincidence, this says so and interrupts the run as Ctrl-C does. Hosts that are being worked on are brought
    to their end first.
version_added: "0.1.0"
author:
  - spse-ops
options:
  seconds:
    description: For how long nothing may have happened.
    type: int
    default: 60
    env:
      - name: SPSE_STUCK_SECONDS
    ini:
      - section: callback_spse_stuck
        key: seconds
"""

import os
import signal
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ansible.plugins.callback import CallbackBase

if TYPE_CHECKING:
    from collections.abc import Iterator

PROCESSES = Path("/proc")
LOOKS = 5
"""So many looks in the time that a run is given."""


def children(parent: int) -> Iterator[int]:
    """The processes that a process has begun, and that live."""
    for path in PROCESSES.glob("[0-9]*/stat"):
        try:
            # Its name is in brackets, and may hold anything.
            state, own, *_ = path.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
        except (OSError, ValueError):
            # It has gone while we looked.
            continue
        if int(own) == parent and state not in {"Z", "X"}:
            yield int(path.parent.name)


class CallbackModule(CallbackBase):
    """One run."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "notification"
    CALLBACK_NAME = "spse_stuck"

    def __init__(self) -> None:
        super().__init__()
        self.going: dict[str, str] = {}
        self.moved = time.monotonic()

    def v2_playbook_on_start(self, playbook: Any) -> None:  # noqa: ANN401, ARG002 - Ansible's own, without types
        """Look on from now on, where there is something to look at."""
        if (PROCESSES / "self" / "stat").exists():
            threading.Thread(target=self._look_on, daemon=True).start()

    def v2_playbook_on_play_start(self, play: Any) -> None:  # noqa: ANN401, ARG002
        """Nothing is left of the play before."""
        self.going.clear()

    def v2_playbook_on_stats(self, stats: Any) -> None:  # noqa: ANN401, ARG002
        """From here on nothing is waited for."""
        self.going.clear()

    def v2_runner_on_start(self, host: Any, task: Any) -> None:  # noqa: ANN401
        """A process is about to begin."""
        self.moved = time.monotonic()
        self.going[host.get_name()] = task.get_name()

    def v2_runner_on_ok(self, result: Any) -> None:  # noqa: ANN401
        """It has come back."""
        self._back(result)

    def v2_runner_on_failed(self, result: Any, ignore_errors: bool = False) -> None:  # noqa: ANN401, ARG002, FBT001, FBT002
        """It has come back."""
        self._back(result)

    def v2_runner_on_skipped(self, result: Any) -> None:  # noqa: ANN401
        """It has come back."""
        self._back(result)

    def v2_runner_on_unreachable(self, result: Any) -> None:  # noqa: ANN401
        """It has come back."""
        self._back(result)

    def _back(self, result: Any) -> None:  # noqa: ANN401
        self.moved = time.monotonic()
        self.going.pop(result.host.get_name(), None)

    def _look_on(self) -> None:
        patience = int(self.get_option("seconds"))  # type: ignore[no-untyped-call]
        while True:
            time.sleep(patience / LOOKS)
            if any(children(os.getpid())):
                self.moved = time.monotonic()
            going = dict(self.going)
            if going and time.monotonic() - self.moved > patience:
                waiting = "; ".join(f"{host}: {task}" for host, task in sorted(going.items()))
                self._display.error(
                    f"Proses Ansible untuk {waiting} mati sebelum selesai (sering kali karena memori habis), sehingga "
                    f"hasilnya tidak diketahui. Pelaksanaan ini dihentikan. Periksa memori komputer ini dengan "
                    f"`journalctl -k -g oom` dan keadaan host itu, lalu ulangi."
                )
                os.kill(os.getpid(), signal.SIGINT)
                return
