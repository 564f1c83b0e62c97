"""`spse-ops serve` as a supervisor sees it: up, alive, silent, stopped; and the units that it is shipped with."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from chatops import once
from chatops.ledger.course import Stage
from chatops.twin.workspace import APP_TOKEN, BOT_TOKEN
from chatops.watchdog import ALIVE, READY, STOPPING
from tests.desk.office import RULES, SARI, Office, course
from tests.hosts.paths import REPOSITORY
from tests.slack.room import Json, ask, until
from tests.slack.service import Service, service

UNITS = REPOSITORY / "chatops" / "units"
SERVICES = sorted(path.name for path in UNITS.glob("*.service"))
SAFE = 30
"""Ten times the exposure that systemd may find at most."""
SILENCE = 30
SOON = {"WATCHDOG_USEC": "6000000"}
"""Where it has to be noticed."""
PATIENCE = 150


@dataclass
class Supervised:
    """A process, and what it has told its supervisor."""

    process: subprocess.Popen[bytes]
    line: socket.socket
    log: Path
    said: list[str] = field(default_factory=list)

    def hear(self, *, anew: bool = False) -> list[str]:
        """What it has said; or only that which it says from now on."""
        if anew:
            self.said.clear()
        while True:
            try:
                self.said += self.line.recv(4096).decode().splitlines()
            except BlockingIOError:
                return self.said

    @property
    def lines(self) -> list[Json]:
        """Its log, each line of which is whole by itself."""
        return [json.loads(line) for line in self.log.read_text().splitlines() if not line.startswith("serve: ")]

    def health(self) -> Json:
        """What it says at the port that it has taken."""
        found = until(lambda: re.findall(r"listening at ([\d.]+:\d+)", self.log.read_text()), "the port", PATIENCE)
        return ask(f"http://{found[0]}", "GET", "/healthz")

    def metrics(self) -> str:
        """Its figures."""
        (address,) = re.findall(r"listening at ([\d.]+:\d+)", self.log.read_text())
        return str(ask(f"http://{address}", "GET", "/metrics")["text"])


@pytest.fixture
def served(place: Office) -> Iterator[Service]:
    """An office with a Slack, and no bot yet."""
    with service(place) as made:
        yield made


@contextmanager
def serve(served: Service, *options: str, **more: str) -> Iterator[Supervised]:
    """`spse-ops serve`, as systemd would start it; whatever of it is left is ended."""
    settings, place = served.settings, served.place
    environment = {
        "SPSE_OPS_SLACK_API": settings.api,
        "SPSE_OPS_SLACK_BOT_TOKEN": settings.bot_token,
        "SPSE_OPS_SLACK_APP_TOKEN": settings.app_token,
        "SPSE_OPS_LISTEN": "127.0.0.1:0",
        "SPSE_OPS_WEB_LISTEN": "127.0.0.1:0",
        "NOTIFY_SOCKET": f"@spse-ops-test-{os.getpid()}",
        "WATCHDOG_USEC": str(SILENCE * 1_000_000),
    }
    log = place.folder / "serve.log"
    with ExitStack() as stack:
        line = stack.enter_context(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM))
        line.bind(f"\0spse-ops-test-{os.getpid()}")
        line.settimeout(0)
        with log.open("wb") as output:
            process = subprocess.Popen(
                [sys.executable, "-m", "chatops", "serve", *options],
                cwd=REPOSITORY,
                env=os.environ | place.environment | environment | more,
                stdout=subprocess.DEVNULL,
                stderr=output,
            )
        made = Supervised(process, line, log)
        stack.callback(process.wait)
        stack.callback(process.kill)
        until(lambda: READY in made.hear() or process.poll() is not None, "that it is ready", PATIENCE)
        assert READY in made.said, log.read_text()
        yield made


def parts(place: Office) -> dict[str, int]:
    """The processes of all that it is made of."""
    found = {}
    for path in Path("/proc").glob("[0-9]*"):
        try:
            environment, words = (path / "environ").read_bytes(), (path / "cmdline").read_bytes().split(b"\0")
        except (FileNotFoundError, ProcessLookupError, PermissionError):
            continue
        if f"SPSE_OPS_STATE={place.desk.records.state}".encode() in environment and words[1:3] == [b"-m", b"chatops"]:
            found[words[3].decode()] = int(path.name)
    return {name: process for name, process in found.items() if name != "serve"}


def held(place: Office) -> tuple[str, Path]:
    """An approved change whose playbook goes on until the file is gone."""
    place.desk.settings.rules.write_text(RULES)
    case = place.ask("tanam")
    place.desk.approve(SARI, case.number, course(case).hash)
    hold = place.folder / "field/mamuju1/tahan"
    hold.touch()
    return case.number, hold


def test_it_is_up_alive_and_stops_without_ending_a_playbook(served: Service) -> None:
    place = served.place
    number, hold = held(place)
    run = place.folder / "state/runs" / f"{number}-1"
    with serve(served) as one:
        assert one.health()["ok"]
        assert {"socket", "notifier"} <= one.health()["parts"].keys()
        until(lambda: bool(place.journal("mamuju1")), "the playbook", PATIENCE)
        one.hear(anew=True)
        until(lambda: ALIVE in one.hear(), "that it is alive", SILENCE)
        served.wait_for(number, "Sedang dikerjakan")
        assert "spse_slack_ack_seconds_count" in one.metrics()
        one.process.send_signal(signal.SIGTERM)
        assert one.process.wait(30) == 0
        assert STOPPING in one.hear()
        told = one.lines
    assert parts(place) == {}
    assert list(once._marked(run.resolve()))  # noqa: SLF001 - what it would sweep away
    hold.unlink()
    with serve(served) as two:
        assert place.wait(number, patience=PATIENCE).stage is Stage.DONE
        until(lambda: "run.ended" in {line.get("event") for line in two.lines}, "the end in the log")
        told += two.lines
    # Nothing was begun a second time, and the log has it all under the names of change and run.
    assert len(place.journal("mamuju1")) == 2
    assert {line.get("event") for line in told} >= {"change.opened", "approval.given", "run.claimed", "run.ended"}
    ended = next(line for line in told if line.get("event") == "run.ended")
    assert (ended["change"], ended["run"]) == (number, f"{number}-1")
    assert BOT_TOKEN not in str(told)
    assert APP_TOKEN not in str(told)


def test_a_socket_that_stalls_is_told_of_and_ends_it(served: Service) -> None:
    slack = served.slack
    with serve(served, SPSE_OPS_SLACK_QUIET="1.5", SPSE_OPS_SLACK_HELLO="1.5", **SOON) as one:
        until(lambda: slack.seen()["connections"], "the connection")
        assert one.health()["ok"]
        # It looks connected, nothing comes, and no other connection is to be had.
        slack.control("faults", broken=1_000_000, method="apps.connections.open")
        slack.control("stall")
        until(lambda: not one.health()["ok"], "the alarm", PATIENCE)
        assert one.health()["parts"] == {"notifier": True, "socket": False}
        assert one.process.wait(PATIENCE) != 0
    assert "bot mati atau diam" in one.log.read_text()
    assert parts(served.place) == {}


@pytest.mark.parametrize("part", ["bot", "worker"])
def test_a_part_that_hangs_ends_it(served: Service, part: str) -> None:
    with serve(served, **SOON) as one:
        os.kill(parts(served.place)[part], signal.SIGSTOP)
        assert one.process.wait(PATIENCE) != 0
    assert f"{part} mati atau diam" in one.log.read_text()
    assert parts(served.place) == {}


def test_no_part_outlives_it(served: Service) -> None:
    with serve(served) as one:
        until(lambda: parts(served.place).keys() == {"bot", "worker", "watch", "web"}, "all parts", PATIENCE)
        one.process.send_signal(signal.SIGKILL)
        # Two bots would tell everything twice.
        until(lambda: not parts(served.place), "the end of all")


@pytest.mark.parametrize("part", ["watch", "web"])
def test_without_it_changes_go_on_and_it_is_begun_again(
    served: Service, monkeypatch: pytest.MonkeyPatch, part: str
) -> None:
    monkeypatch.setenv("SPSE_OPS_SERVE_PAUSE", "0.5")
    place = served.place
    with serve(served) as one:
        # The office's inventory has no key to watch with: that is said, and no reason to end.
        until(lambda: "probe_key" in one.log.read_text(), "what is missing", PATIENCE)
        first = parts(place)[part]
        os.kill(first, signal.SIGKILL)
        until(lambda: parts(place).get(part, first) != first, "another one", PATIENCE)
        assert one.process.poll() is None
        assert one.health()["ok"]
        place.desk.settings.rules.write_text(RULES)
        case = place.ask("tengok")
        assert place.wait(case.number, patience=PATIENCE).stage is Stage.DONE
        one.process.send_signal(signal.SIGTERM)
        assert one.process.wait(PATIENCE) == 0
    assert f"serve: {part} mati atau diam" in one.log.read_text()
    assert parts(place) == {}


def test_they_can_be_left_out(served: Service) -> None:
    with serve(served, "--no-watch", "--no-web"):
        assert parts(served.place).keys() == {"bot", "worker"}


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """The units as they would be installed for this checkout: systemd looks whether their command is there."""
    folder = Path(shutil.copytree(UNITS, tmp_path / "units"))
    for path in folder.rglob("*.*"):
        if path.is_file():
            path.write_text(path.read_text().replace("/opt/spse-ops/.venv/bin", str(Path(sys.executable).parent)))
    return folder


@pytest.mark.parametrize("name", SERVICES)
def test_systemd_takes_the_units_and_finds_them_safe(installed: Path, name: str) -> None:
    for words in (["verify", "--man=no"], ["security", "--offline=yes", f"--threshold={SAFE}", "--no-pager"]):
        done = subprocess.run(
            ["systemd-analyze", *words, str(installed / name)], capture_output=True, check=False, text=True
        )
        assert done.returncode == 0, done.stdout + done.stderr
        assert name not in done.stderr, done.stderr


def test_the_units_leave_a_playbook_alone(installed: Path) -> None:
    shared = (installed / "spse-ops-.service.d" / "10-spse-ops.conf").read_text()
    # Each of these would end it, or take away what it works with, when its worker is started anew.
    assert re.findall(r"^KillMode=(.*)$", shared, re.MULTILINE) == ["process"]
    assert not re.search(r"^(PrivateTmp|RuntimeDirectory|DynamicUser|ExecStop)", shared, re.MULTILINE)
    assert [name.removeprefix("spse-ops-") for name in SERVICES] == [
        *("bot.service", "report.service", "serve.service", "web.service", "worker.service")
    ]
