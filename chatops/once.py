"""Starts a playbook once, ever, in a process that outlives whoever has asked for it: `python -m chatops.once FOLDER`.

The process holds a lock in the folder of the run, writes `started` (exclusively, to the disk), and at the end the
result. Whoever comes later sees from that which it was: locked, it runs; a result, it has ended; started and neither,
it was interrupted, and nobody knows how far it came.
"""

import enum
import fcntl
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from chatops import launcher
from chatops.launcher import Ending, Outcome, Task, Watch
from chatops.secrets import mask
from chatops.settings import Settings

ORDER, LOCK, STARTED, RESULT, STOP = "order.json", "lock", "started", "result.json", "stop"
PROGRESS, LOG, RUNNER = "progress.json", "log.txt", "runner"
NAME = "SPSE_OPS_RUN"
"""What Ansible knows the run by."""
MARK = "SPSE_OPS_RUN_FOLDER"
"""In the environment of every process of a run: by it the others are found when the first one is gone. Its name would
not do, for another ledger on the same machine has runs of the same names."""
KEPT = {
    "HOME",
    "LANG",
    "LOGNAME",
    "PATH",
    "SSH_AUTH_SOCK",
    "TMPDIR",
    "TZ",
    "USER",
    "CREDENTIALS_DIRECTORY",
    "SPSE_OPS_HOME",
    "SPSE_OPS_INVENTORY",
    "SPSE_OPS_CATALOGUE",
    "SPSE_OPS_PLAYBOOKS",
}
"""What a run may know of the environment of its worker, in which there are tokens: ansible-runner writes it down."""
KEPT_PREFIXES = ("ANSIBLE_", "LC_", "PYTHON", "XDG_")
COURTESY = 10
"""How much a playbook gives way to the bot, which has three seconds to answer Slack; a playbook has time."""
MOST_LOG = 4_000_000
EVERY = 0.3


class Standing(enum.StrEnum):
    """What the folder of a run tells."""

    NEW = "new"
    RUNNING = "running"
    ENDED = "ended"
    INTERRUPTED = "interrupted"


@dataclass(frozen=True)
class Result:
    """How a run has ended."""

    ending: Ending
    outcome: Outcome
    detail: str

    @property
    def well(self) -> bool:
        """Whether it came to its end and no host failed."""
        return self.ending is Ending.WHOLE and not self.outcome.failures


def prepare(folder: Path, run: str, change: str, actor: str, task: Task) -> None:
    """Write down what is to be run, unless somebody has done so before."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not (folder / ORDER).exists():
        order = {"run": run, "change": change, "actor": actor, "task": asdict(task)}
        _write(folder / ORDER, json.dumps(order))


def start(folder: Path, settings: Settings, state: Path) -> threading.Thread:
    """Begin it, in a process of its own. If somebody else begins it at the same time, one of both does nothing.

    What is returned ends with the process.
    """
    order = json.loads((folder / ORDER).read_text())
    known = {name: value for name, value in os.environ.items() if name in KEPT or name.startswith(KEPT_PREFIXES)}
    own = {
        "SPSE_OPS_HOME": str(settings.home),
        "SPSE_OPS_INVENTORY": str(settings.inventory),
        "SPSE_OPS_CATALOGUE": str(settings.catalogue),
        "SPSE_OPS_PLAYBOOKS": str(settings.playbooks),
        "SPSE_OPS_STATE": str(state),
        "SPSE_OPS_ACTOR": order["actor"],
        "SPSE_OPS_CHANGE": order["change"],
        NAME: order["run"],
        MARK: str(folder.resolve()),
    }
    with (folder / "launcher.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "chatops.once", str(folder)],
            cwd=Path(__file__).resolve().parents[1],
            env=known | own,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    # Nobody waits for it; but somebody has to take note of its end, or it would stay in the list of processes.
    waiting = threading.Thread(target=process.wait, daemon=True)
    waiting.start()
    return waiting


def look(folder: Path) -> Standing:
    """How it stands."""
    if not (folder / ORDER).exists():
        return Standing.NEW
    with _locked(folder) as alone:
        # In this order: it may have ended a moment ago.
        if (folder / RESULT).exists():
            return Standing.ENDED
        if not alone:
            return Standing.RUNNING
        return Standing.INTERRUPTED if (folder / STARTED).exists() else Standing.NEW


def result(folder: Path) -> Result:
    """How it ended."""
    told = json.loads((folder / RESULT).read_text())
    tried = {host: (ran, untold) for host, (ran, untold) in told["outcome"].pop("tried").items()}
    return Result(Ending(told["ending"]), Outcome(**told["outcome"], tried=tried), told["detail"])


def progress(folder: Path) -> dict[str, Any]:
    """How far it has come."""
    try:
        read: dict[str, Any] = json.loads((folder / PROGRESS).read_text())
    except FileNotFoundError:
        return {"task": "", "hosts": {}, "tasks": 0}
    return read


def log(folder: Path) -> str:
    """What Ansible printed, masked."""
    path = folder / LOG
    return path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""


def stop(folder: Path) -> None:
    """Have it stopped: it looks for this."""
    (folder / STOP).touch()


def sweep(run: Path | str, patience: float = 10) -> None:
    """End every process that a run has left behind. Connections that others use as well are none of them."""
    until = time.monotonic() + patience
    while left := list(_marked(run)):
        for process in left:
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        if time.monotonic() > until:
            raise TimeoutError(f"processes of {run} do not end: {left}")
        time.sleep(0.02)


def clean(folder: Path) -> None:
    """Take away what ansible-runner had to write down, of a run that could not do it any more itself."""
    shutil.rmtree(folder / RUNNER, ignore_errors=True)


def main(folder: Path) -> int:
    """Run it, if nobody has ever done so."""
    os.nice(COURTESY)
    with _locked(folder, patience=2) as alone:
        if not alone:
            return 3
        try:
            _write(folder / STARTED, json.dumps({"pid": os.getpid(), "at": time.time()}), new=True)
        except FileExistsError:
            return 3
        order = json.loads((folder / ORDER).read_text())
        _run(folder, order)
    return 0


def _run(folder: Path, order: Mapping[str, Any]) -> None:
    settings = Settings.from_environment()
    watcher = _Watcher(folder)
    (folder / RUNNER).mkdir(mode=0o700)
    watch = Watch(watcher.on_task, watcher.on_line, watcher.on_host, watcher.stopped)
    outcome, ending, detail = launcher.play(settings, Task(**order["task"]), watch, folder / RUNNER)
    # Ansible may be gone while what it has begun still is not.
    sweep(folder.resolve())
    clean(folder)
    watcher.keep()
    told = {"ending": ending.value, "outcome": _masked(asdict(outcome)), "detail": mask(detail)}
    _write(folder / RESULT, json.dumps(told))


class _Watcher:
    """Writes down how far it has come, for whoever looks on from elsewhere."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.told: dict[str, Any] = {"task": "", "hosts": {}, "tasks": 0}
        self.written = 0.0
        self.is_kept = True
        self.size = 0

    def on_task(self, name: str) -> None:
        self.told |= {"task": mask(name), "tasks": self.told["tasks"] + 1}
        self._keep_now_and_then()

    def on_host(self, host: str, state: str) -> None:
        # What has changed once has changed, and what has failed has failed.
        rank = ["ok", "changed", "failed", "unreachable"]
        before = self.told["hosts"].get(host, "ok")
        self.told["hosts"][host] = max(before, state, key=rank.index)
        self._keep_now_and_then()

    def on_line(self, text: str) -> None:
        text = mask(text) + "\n"
        if self.size < MOST_LOG:
            self.size += len(text)
            with (self.folder / LOG).open("a", encoding="utf-8") as file:
                file.write(text)

    def stopped(self) -> bool:
        """Asked about once a second. A task may come right after another one, and then say nothing for an hour."""
        if not self.is_kept:
            self._keep_now_and_then()
        return (self.folder / STOP).exists()

    def keep(self) -> None:
        partial = self.folder / f"{PROGRESS}.partial"
        partial.write_text(json.dumps(self.told))
        partial.replace(self.folder / PROGRESS)
        self.written = time.monotonic()
        self.is_kept = True

    def _keep_now_and_then(self) -> None:
        self.is_kept = False
        if time.monotonic() - self.written > EVERY:
            self.keep()


@contextmanager
def _locked(folder: Path, patience: float = 0) -> Iterator[bool]:
    """Whether nobody else has the lock; then it is ours meanwhile. Who only looks has it for a moment."""
    until = time.monotonic() + patience
    descriptor = os.open(folder / LOCK, os.O_CREAT | os.O_RDWR, 0o600)
    try:
        while not (alone := _try(descriptor)) and time.monotonic() < until:
            time.sleep(0.02)
        yield alone
    finally:
        os.close(descriptor)


def _try(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _write(path: Path, text: str, *, new: bool = False) -> None:
    """To the disk, whole; a file that has to be new is in its place at once."""
    partial = path if new else path.with_suffix(f".{os.getpid()}.partial")
    flags = os.O_CREAT | os.O_WRONLY | (os.O_EXCL if new else os.O_TRUNC)
    with os.fdopen(os.open(partial, flags, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    if not new:
        partial.replace(path)
    descriptor = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _marked(run: Path | str) -> Iterator[int]:
    """The processes of a run, but for this one."""
    mark = f"{MARK}={run}".encode()
    for path in Path("/proc").iterdir():
        if not path.name.isdigit() or int(path.name) == os.getpid():
            continue
        try:
            # A connection that is kept open is shared by all runs that reach the host.
            if mark in (path / "environ").read_bytes().split(b"\0") and b"[mux]" not in (path / "cmdline").read_bytes():
                yield int(path.name)
        except (FileNotFoundError, PermissionError, ProcessLookupError):
            # It has ended meanwhile, or is another one's.
            continue


def _masked(value: Any) -> Any:  # noqa: ANN401 - whatever a playbook answers
    if isinstance(value, str):
        return mask(value)
    if isinstance(value, Mapping):
        return {key: _masked(each) for key, each in value.items()}
    return [_masked(each) for each in value] if isinstance(value, list | tuple) else value


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
