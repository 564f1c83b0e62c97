"""Run a playbook through ansible-runner, and report what each host answered."""

import enum
import json
import os
import re
import tempfile
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ansible_runner.interface import run as run_playbook
from click import unstyle

from chatops.errors import CutError, RunError
from chatops.settings import Settings

# What the callback spse_record has to say, of which whoever has asked for the run is told.
RECORDED = re.compile(r"Buku catatan:|Pelaksanaan\s+ini")
HOST_EVENTS = {"runner_on_ok": "ok", "runner_on_failed": "failed", "runner_on_unreachable": "unreachable"}
# How Ansible ends when it has refused to begin: a mistake, failed or unreachable hosts, wrong syntax or options.
REFUSED = range(1, 6)


@dataclass(frozen=True)
class Task:
    """What is to be run, and where."""

    playbook: str
    hosts: Sequence[str]
    """These and no others; a group stands for its hosts."""
    variables: Mapping[str, Any] = field(default_factory=dict)
    """What the playbook is told; never a secret, for it stands on disk while the playbook runs."""
    check: bool = False
    """Only show what would change."""


@dataclass(frozen=True)
class Outcome:
    """How a run ended, host by host."""

    answers: Mapping[str, Mapping[str, Any]]
    """What the playbook said of each host by `set_stats`."""
    failures: Mapping[str, str]
    """Hosts that failed or could not be reached, and why."""
    changes: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """What changed, or in a check would: names of tasks, and the differences in files that they showed."""
    tried: Mapping[str, tuple[int, int]] = field(default_factory=dict, compare=False)
    """For each host, how many tasks ran, and how many were left out because a check cannot tell what they would do."""


class Ending(enum.StrEnum):
    """How Ansible itself ended, whatever became of the hosts."""

    WHOLE = "whole"
    """It came to its own end and said how each host stands."""
    REFUSED = "refused"
    """It did not begin: nothing was changed."""
    STOPPED = "stopped"
    """Somebody had it stopped."""
    CUT = "cut"
    """It went away in the middle: how each host stands is not known."""


@dataclass(frozen=True)
class Watch:
    """Who looks on, and may have it stopped."""

    on_task: Callable[[str], None]
    on_line: Callable[[str], None] = lambda _: None
    """What Ansible prints."""
    on_host: Callable[[str, str], None] = lambda _host, _state: None
    """That a host is done with a task, and how: ok, changed, failed, unreachable."""
    stopped: Callable[[], bool] = lambda: False


@dataclass
class _Listener:
    """Collects what ansible-runner tells while the playbook runs."""

    watch: Watch
    answers: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    failures: dict[str, str] = field(default_factory=dict)
    changes: dict[str, list[str]] = field(default_factory=dict)
    finished: set[str] = field(default_factory=set)
    told: Counter[str] = field(default_factory=Counter)
    errors: list[str] = field(default_factory=list)
    ran: Counter[str] = field(default_factory=Counter)
    untold: Mapping[str, int] = field(default_factory=dict)
    begun: bool = False
    whole: bool = False

    @property
    def outcome(self) -> Outcome:
        """What it has come to."""
        tried = {host: (self.ran[host], self.untold.get(host, 0)) for host in self.finished}
        return Outcome(self.answers, self.failures, self.changes, tried)

    def __call__(self, event: Mapping[str, Any]) -> bool:
        data = event.get("event_data", {})
        self._look_on(event, data)
        match event["event"]:
            case "playbook_on_task_start":
                self.begun = True
                self.watch.on_task(data["name"])
            case "runner_on_ok":
                self._ran(data["host"], data["task"], changed=bool(data["res"].get("changed")))
            case "runner_on_file_diff" if difference := unstyle(event.get("stdout", "")).strip():
                self.changes.setdefault(data["host"], []).append(difference)
            case "runner_on_failed" if not data.get("ignore_errors"):
                self.failures[data["host"]] = _reason(data["res"])
            case "runner_on_unreachable":
                self.failures[data["host"]] = _reason(data["res"])
            case "playbook_on_stats":
                self._ended(data)
            case "verbose" | "warning" if RECORDED.search(said := unstyle(event.get("stdout", ""))):
                self.watch.on_task(" ".join(said.split()))
            case "error" | "verbose":
                self.errors.append(event.get("stdout", ""))
        # ansible-runner writes events to disk only when asked to; nothing reads them there.
        return False

    def _look_on(self, event: Mapping[str, Any], data: Mapping[str, Any]) -> None:
        if printed := event.get("stdout"):
            self.watch.on_line(unstyle(printed))
        if state := HOST_EVENTS.get(event["event"]):
            changed = state == "ok" and data["res"].get("changed")
            self.watch.on_host(data["host"], "changed" if changed else state)

    def _ran(self, host: str, task: str, *, changed: bool) -> None:
        self.ran[host] += 1
        if changed:
            self.changes.setdefault(host, []).append(task)
            self.told[host] += 1

    def _ended(self, data: Mapping[str, Any]) -> None:
        self.whole = True
        self.answers.update(data.get("artifact_data", {}).get("answers", {}))
        self.finished.update(data["processed"])
        # Of a task with secrets nothing is told, not even that it changed something; only this count knows.
        for host, hidden in (Counter(data["changed"]) - self.told).items():
            self.changes.setdefault(host, []).append(f"{hidden} tugas yang memuat rahasia")


def run(settings: Settings, task: Task, on_task: Callable[[str], None]) -> Outcome:
    """Run a playbook on its hosts, once."""
    with tempfile.TemporaryDirectory(prefix="spse-ops-") as folder:
        listener, detail, code = _play(settings, task, Watch(on_task), Path(folder))
    if code is None and not listener.whole:
        raise CutError(playbook=task.playbook, detail=detail)
    # A change need not get so far as to its answer when it is only checked.
    if not listener.answers and not listener.failures and not (task.check and listener.finished):
        raise RunError(playbook=task.playbook, detail=detail)
    return listener.outcome


def play(settings: Settings, task: Task, watch: Watch, folder: Path) -> tuple[Outcome, Ending, str]:
    """The same in a folder that is there when this is not any more; how it ended, and what Ansible had to say."""
    listener, detail, code = _play(settings, task, watch, folder)
    if watch.stopped():
        ending = Ending.STOPPED
    elif listener.whole:
        ending = Ending.WHOLE
    else:
        ending = Ending.REFUSED if code in REFUSED and not listener.begun else Ending.CUT
    return listener.outcome, ending, detail


def _play(settings: Settings, task: Task, watch: Watch, folder: Path) -> tuple[_Listener, str, int | None]:
    listener = _Listener(watch)
    _write_variables(folder, task.variables)
    untold = folder / "untold.json"
    # What stands in ansible-runner's own events does not tell who has left a task out.
    counted = {"SPSE_OPS_UNTOLD": str(untold)} if task.check else {}
    runner = run_playbook(
        private_data_dir=str(folder),
        playbook=str(settings.playbooks / task.playbook),
        inventory=str(settings.inventory),
        limit=",".join(task.hosts),
        cmdline="--check --diff" if task.check else None,
        envvars=settings.ansible_environment | counted,
        event_handler=listener,
        cancel_callback=watch.stopped,
        # It looks so often whether it is to stop.
        settings={"pexpect_timeout": 1},
        # What is printed may hold what is to be masked first.
        suppress_output_file=True,
        quiet=True,
    )
    if untold.exists():
        listener.untold = json.loads(untold.read_text())
    detail = os.linesep.join(listener.errors).strip() or f"status {runner.status}, kode {runner.rc}"
    return listener, detail, runner.rc


def _write_variables(folder: Path, variables: Mapping[str, Any]) -> None:
    """Where ansible-runner looks for extra vars. Its own way of writing them lets Ansible run `{{ … }}` in a value."""
    (folder / "env").mkdir()
    # To YAML, JSON is YAML; and only YAML can say that nothing in it is a template.
    told = json.dumps(dict(variables), ensure_ascii=False)
    (folder / "env" / "extravars").write_text(f"!unsafe {told}\n")


def _reason(result: Mapping[str, Any]) -> str:
    return str(result.get("msg") or result.get("stderr") or "tanpa keterangan").strip()
