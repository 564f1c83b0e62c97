"""Run a playbook through ansible-runner, and report what each host answered."""

import os
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ansible_runner.interface import run as run_playbook

from chatops.errors import RunError
from chatops.settings import Settings


@dataclass(frozen=True)
class Outcome:
    """How a run ended, host by host."""

    answers: Mapping[str, Mapping[str, Any]]
    """What the playbook said of each host by `set_stats`."""
    failures: Mapping[str, str]
    """Hosts that failed or could not be reached, and why."""


@dataclass
class _Listener:
    """Collects what ansible-runner tells while the playbook runs."""

    on_task: Callable[[str], None]
    answers: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    failures: dict[str, str] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)

    def __call__(self, event: Mapping[str, Any]) -> bool:
        data = event.get("event_data", {})
        match event["event"]:
            case "playbook_on_task_start":
                self.on_task(data["name"])
            case "runner_on_failed" if not data.get("ignore_errors"):
                self.failures[data["host"]] = _reason(data["res"])
            case "runner_on_unreachable":
                self.failures[data["host"]] = _reason(data["res"])
            case "playbook_on_stats":
                self.answers.update(data.get("artifact_data", {}).get("answers", {}))
            case "error" | "verbose":
                self.errors.append(event.get("stdout", ""))
        # ansible-runner writes events to disk only when asked to; nothing reads them there.
        return False


def run(settings: Settings, playbook: str, hosts: Sequence[str], on_task: Callable[[str], None]) -> Outcome:
    """Run a playbook on these hosts and no others."""
    listener = _Listener(on_task)
    with tempfile.TemporaryDirectory(prefix="spse-ops-") as folder:
        runner = run_playbook(
            private_data_dir=folder,
            playbook=str(settings.home / "playbooks" / playbook),
            inventory=str(settings.inventory),
            limit=",".join(hosts),
            envvars=settings.ansible_environment,
            event_handler=listener,
            quiet=True,
        )
    if not listener.answers and not listener.failures:
        detail = os.linesep.join(listener.errors).strip() or f"status {runner.status}, kode {runner.rc}"
        raise RunError(playbook=playbook, detail=detail)
    return Outcome(answers=listener.answers, failures=listener.failures)


def _reason(result: Mapping[str, Any]) -> str:
    return str(result.get("msg") or result.get("stderr") or "tanpa keterangan").strip()
