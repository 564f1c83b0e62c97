"""A playbook is started once, ever; what became of it is told truly, and nothing of it is left behind."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from chatops import once
from chatops.launcher import Ending, Task
from chatops.once import Standing
from tests.desk.office import Office, until

RUN = "CHG-2026-000001-1"
CANARY = "kenari-rahasia"


@pytest.fixture
def folder(place: Office) -> Path:
    """A run that is ready to be started, and takes two seconds."""
    return prepared(place, 2)


def prepared(place: Office, seconds: float, **more: str) -> Path:
    """The folder of a run."""
    folder = place.folder / "state/runs" / RUN
    variables = {"spse_app_seconds": str(seconds), "spse_app_change": "CHG-2026-000001", **more}
    once.prepare(folder, RUN, "CHG-2026-000001", "rini", Task("tanam.yml", ["mamuju1"], variables))
    return folder


def start(place: Office, folder: Path) -> None:
    """Start it."""
    once.start(folder, place.desk.settings, place.desk.records.state)


def hold(place: Office) -> None:
    """Have what is done to the host not end by itself."""
    (place.folder / "field/mamuju1/tahan").touch()


def processes(folder: Path) -> list[int]:
    """Those of the run."""
    return list(once._marked(folder.resolve()))  # noqa: SLF001 - what it would sweep away


def begun(place: Office) -> bool:
    """Whether the host has noticed."""
    return bool(place.journal("mamuju1"))


def launcher(folder: Path) -> int:
    """The process that holds the lock."""
    return int(json.loads((folder / once.STARTED).read_text())["pid"])


def test_many_start_it_and_it_runs_once(place: Office, folder: Path) -> None:
    assert once.look(folder) is Standing.NEW
    for _ in range(4):
        start(place, folder)
    until(lambda: once.look(folder) is Standing.RUNNING, 30)
    until(lambda: once.look(folder) is Standing.ENDED, 60)
    until(lambda: not processes(folder), 30)
    start(place, folder)
    until(lambda: not processes(folder), 30)
    result = once.result(folder)
    assert (result.ending, result.well) == (Ending.WHOLE, True)
    assert result.outcome.answers == {"mamuju1": {"message": "Beres"}}
    assert place.journal("mamuju1") == [f"begin CHG-2026-000001 {RUN}", f"end CHG-2026-000001 {RUN}"]
    assert "Begin, and end" in once.log(folder)
    assert not (folder / once.RUNNER).exists()


def test_a_launcher_that_is_killed_leaves_an_interruption_and_no_process(place: Office, folder: Path) -> None:
    hold(place)
    start(place, folder)
    until(lambda: begun(place), 60)
    os.kill(launcher(folder), signal.SIGKILL)
    until(lambda: once.look(folder) is Standing.INTERRUPTED, 10)
    once.sweep(folder.resolve())
    assert processes(folder) == []
    start(place, folder)
    until(lambda: not processes(folder), 30)
    assert once.look(folder) is Standing.INTERRUPTED
    assert place.journal("mamuju1") == [f"begin CHG-2026-000001 {RUN}"]


def test_a_run_of_another_ledger_that_is_called_the_same_goes_on(place: Office, folder: Path, tmp_path: Path) -> None:
    start(place, folder)
    until(lambda: begun(place), 60)
    once.sweep(tmp_path / "state/runs" / RUN)
    until(lambda: once.look(folder) is Standing.ENDED, 60)
    assert once.result(folder).ending is Ending.WHOLE


def test_ansible_that_is_killed_is_no_failure_but_a_cut(place: Office, folder: Path) -> None:
    hold(place)
    start(place, folder)
    until(lambda: begun(place), 60)
    for process in processes(folder):
        if "ansible-playbook" in Path(f"/proc/{process}/cmdline").read_text():
            os.kill(process, signal.SIGKILL)
    until(lambda: once.look(folder) is Standing.ENDED, 30)
    assert once.result(folder).ending is Ending.CUT
    # The launcher itself has only to end.
    until(lambda: not processes(folder), 5)


def test_who_stops_it_leaves_no_orphan(place: Office) -> None:
    folder = prepared(place, 60)
    start(place, folder)
    until(lambda: begun(place), 60)
    since = time.monotonic()
    once.stop(folder)
    until(lambda: once.look(folder) is Standing.ENDED, 30)
    assert once.result(folder).ending is Ending.STOPPED
    until(lambda: not processes(folder), 5)
    assert time.monotonic() - since < 20


def test_a_playbook_gives_way_to_the_bot(place: Office) -> None:
    hold(place)
    folder = prepared(place, 0)
    start(place, folder)
    until(lambda: begun(place), 60)
    nice = os.nice(0) + once.COURTESY
    assert {os.getpriority(os.PRIO_PROCESS, process) for process in processes(folder)} == {nice}
    once.stop(folder)
    until(lambda: once.look(folder) is Standing.ENDED, 30)


def test_a_long_task_is_named_though_it_comes_right_after_another(place: Office) -> None:
    path = place.folder / "playbooks/tanam.yml"
    quick = "    - name: A moment\n      ansible.builtin.assert: {that: true}\n"
    path.write_text(path.read_text().replace("    - name: Begin, and end\n", f"{quick}    - name: Begin, and end\n"))
    hold(place)
    folder = prepared(place, 0)
    start(place, folder)
    until(lambda: begun(place), 60)
    until(lambda: once.progress(folder)["task"] == "Begin, and end", 10)
    once.stop(folder)
    until(lambda: once.look(folder) is Standing.ENDED, 30)


def test_a_playbook_that_cannot_begin_has_changed_nothing(place: Office) -> None:
    (place.folder / "playbooks/tanam.yml").write_text("- name: [\n")
    folder = prepared(place, 0)
    start(place, folder)
    until(lambda: once.look(folder) is Standing.ENDED, 60)
    result = once.result(folder)
    assert result.ending is Ending.REFUSED
    assert "tanam.yml" in result.detail


def test_no_secret_of_the_worker_or_the_playbook_is_in_the_folder(
    place: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SLACK_BOT_TOKEN", CANARY)
    monkeypatch.setenv("SPSE_OPS_LEDGER", f"postgresql://spse:{CANARY}@127.0.0.1:1/x")
    folder = prepared(place, 3, spse_app_fail="yes")
    start(place, folder)
    until(lambda: begun(place), 60)
    seen = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    told = b"".join(Path(f"/proc/{process}/environ").read_bytes() for process in processes(folder))
    until(lambda: once.look(folder) is Standing.ENDED, 60)
    seen |= {path: path.read_bytes() for path in place.folder.joinpath("state").rglob("*") if path.is_file()}
    assert [path for path, content in seen.items() if CANARY.encode() in content] == []
    assert CANARY.encode() not in told
    assert once.result(folder).outcome.failures == {"mamuju1": "gagal, password=********"}


def test_who_is_not_asked_to_run_anything_says_so(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "chatops.once", str(tmp_path / "nowhere")], capture_output=True, check=False, text=True
    )
    assert done.returncode != 0
