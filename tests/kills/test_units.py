"""The units under a real systemd, installed as their page says: killed, silent, started anew, and the queue goes on."""

import json
import re
import shlex
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from chatops.twin.workspace import APP_TOKEN, BOT_TOKEN
from tests.conftest import HostFactory
from tests.desk.office import ENTRIES, PLAYBOOKS, until
from tests.hosts import shell
from tests.hosts.host import Host
from tests.hosts.paths import REPOSITORY
from tests.kills.test_kills import PEOPLE
from tests.whole import in_whole

UNIT = "spse-ops-serve"
HOME = "/opt/spse-ops"
ETC = "/etc/spse-ops"
PYTHON = "/opt/python"
FIELD = "/var/lib/spse-ops/kebun"
PATIENCE = 120
WATCHDOG = 40
"""Seconds of silence here, where it has to be noticed soon."""
SLACK = 8080
# What no service needs, and takes longest to copy.
LEFT_BEHIND = ("ansible_collections", "playwright", "mypy", "mypyc", "__pycache__")
PAGE = REPOSITORY / "docs" / "operations" / "service.md"
TOKENS = {"spse_ops_slack_bot_token": BOT_TOKEN, "spse_ops_slack_app_token": APP_TOKEN}
# For whoever asks on this machine alone, where nobody else says yes.
ENTRY = ENTRIES["pupuk"].replace("ask: [operator, admin]", "ask: [operator]\napprovals: 0")
ENVIRONMENT = {
    "SPSE_OPS_STATE": "/var/lib/spse-ops",
    "SPSE_OPS_INVENTORY": f"{ETC}/inventory/hosts.yml",
    "SPSE_OPS_CATALOGUE": f"{ETC}/operations",
    "SPSE_OPS_PLAYBOOKS": f"{ETC}/playbooks",
    "SPSE_OPS_SLACK_API": f"http://127.0.0.1:{SLACK}/api/",
}

pytestmark = in_whole


@dataclass(frozen=True)
class Station:
    """A machine on which the service runs."""

    host: Host

    def show(self, name: str) -> str:
        """What systemd says of it."""
        return self.host.run(f"systemctl show --property={name} --value {UNIT}").stdout.strip()

    def up(self) -> bool:
        """Whether it has said that it is ready."""
        return self.show("ActiveState") == "active"

    def say(self, *words: str) -> dict[str, Any]:
        """`spse-ops`, as the account of the service."""
        told = " ".join(f"{name}={value}" for name, value in (ENVIRONMENT | {"HOME": "/var/lib/spse-ops"}).items())
        command = f"runuser -u spse-ops -- env {told} {HOME}/.venv/bin/spse-ops {shlex.join(words)} --json"
        read: dict[str, Any] = json.loads(self.host.run(command).stdout)
        return read

    def ask(self) -> str:
        """Ask for something that needs nobody's yes."""
        return str(self.say("request", "pupuk", "kebun")["id"])

    def journal(self) -> list[str]:
        """What was done to the host."""
        return self.host.run(f"find {FIELD}/kebun1 -name journal -exec cat {{}} +").stdout.splitlines()

    @contextmanager
    def held(self) -> Iterator[str]:
        """A change whose playbook goes on until the end of this, with what it has noted by then."""
        before = len(self.journal())
        self.host.run(f"touch {FIELD}/kebun1/tahan")
        number = self.ask()
        until(lambda: len(self.journal()) > before, PATIENCE)
        try:
            yield number
        finally:
            self.host.run(f"rm {FIELD}/kebun1/tahan")

    def done(self, number: str) -> None:
        """It ends well, and was begun once."""
        until(lambda: self.ended(number), PATIENCE)
        own = [line.split()[0] for line in self.journal() if number in line]
        assert own == ["begin", "end"]

    def ended(self, number: str) -> bool:
        """Whether the ledger says that it is done."""
        events = self.host.run(
            f"runuser -u spse-ops -- env SPSE_OPS_STATE=/var/lib/spse-ops {HOME}/.venv/bin/spse-ops ledger export"
        ).stdout
        return any(number in line and '"run.ended"' in line for line in events.splitlines())


@pytest.fixture(scope="module")
def station(make_hosts: HostFactory, tmp_path_factory: pytest.TempPathFactory) -> Station:
    """A machine, set up as the page says, with an offline Slack beside it."""
    (host,) = make_hosts("pusat", memory="2g")
    # As on a machine that is no container: else systemd's credentials stay in a place where no service sees them.
    host.run("mount --make-rshared /")
    put_checkout(host, tmp_path_factory.mktemp("checkout"))
    put_settings(host, tmp_path_factory.mktemp("settings"))
    host.run(f"systemd-run --unit=slack {HOME}/.venv/bin/spse-ops twin --port {SLACK}")
    for line in re.findall(r"^```sh\n(.*?)^```", PAGE.read_text(), re.MULTILINE | re.DOTALL)[0].splitlines():
        command = line.partition("   #")[0].replace("\\\n", "")
        if "/dev/stdin" in command:
            for name, token in TOKENS.items():
                host.run(command.replace("spse_ops_slack_bot_token", name), input=token)
        elif "enable --now" in command:
            prepare(host)
            host.run(f"cd {HOME} && {command}", timeout=PATIENCE)
        else:
            host.run(f"cd {HOME} && {command}")
    made = Station(host)
    until(made.up, PATIENCE)
    return made


def put_checkout(host: Host, folder: Path) -> None:
    """This checkout, and its environment: with the Python that it was made with, where a service may reach it."""
    listed = shell.run("git", "-C", str(REPOSITORY), "ls-files", "-z").stdout.split("\0")
    for name in filter(None, listed):
        if (REPOSITORY / name).exists():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(REPOSITORY / name, folder / name)
    own, python = folder / ".venv", f"{PYTHON}/bin/python3"
    shutil.copytree(sys.prefix, own, symlinks=True, ignore=shutil.ignore_patterns(*LEFT_BEHIND))
    for script in (own / "bin").iterdir():
        if script.is_file() and not script.is_symlink() and script.read_bytes().startswith(b"#!"):
            script.write_bytes(script.read_bytes().replace(f"{sys.prefix}/".encode(), f"{HOME}/.venv/".encode(), 1))
    (own / "bin" / "python").unlink()
    (own / "bin" / "python").symlink_to(python)
    (own / "pyvenv.cfg").write_text(f"home = {PYTHON}/bin\n")
    # An editable install names the checkout that it was made from.
    for link in own.glob("lib/python*/site-packages/*.pth"):
        link.write_text(link.read_text().replace(str(REPOSITORY), HOME))
    host.run(f"mkdir -p {HOME} {PYTHON}")
    host.put(Path(sys.base_prefix), f"{PYTHON}/")
    host.put(folder, f"{HOME}/")
    host.run(f"chmod -R a+rX {HOME} {PYTHON}")
    # It may have a library of its own, which it looks for where it was built.
    host.run(f"echo {PYTHON}/lib > /etc/ld.so.conf.d/python.conf && ldconfig")


def put_settings(host: Host, folder: Path) -> None:
    """What stands in /etc/spse-ops: a host that is this machine itself, and one operation."""
    for name in ("operations", "playbooks", "inventory"):
        (folder / name).mkdir()
    (folder / "operations" / "pupuk.yml").write_text(ENTRY)
    (folder / "playbooks" / "pupuk.yml").write_text(PLAYBOOKS["pupuk"])
    known = {"spse_lpse": "kebun", "ansible_connection": "local", "field": FIELD}
    inventory = {"all": {"hosts": {"kebun1": known}}}
    (folder / "inventory" / "hosts.yml").write_text(json.dumps(inventory))
    rules = PEOPLE.replace("accounts: [rini]", "accounts: [spse-ops]")
    (folder / "inventory" / "rules.yml").write_text(rules)
    told = ENVIRONMENT | {"SPSE_OPS_LISTEN": "127.0.0.1:8090"}
    (folder / "environment").write_text("".join(f"{name}={value}\n" for name, value in told.items()))
    host.run(f"mkdir -p {ETC}")
    host.put(folder, f"{ETC}/")
    host.run(f"chmod -R a+rX {ETC}")


def prepare(host: Host) -> None:
    """What is left before it is started: the host of the tests' own, and a watchdog that is not so patient."""
    host.run(f"install -d -o spse-ops -g spse-ops -m 0700 /var/lib/spse-ops && install -d -o spse-ops {FIELD}/kebun1")
    host.run(f"chown -R spse-ops: {FIELD}")
    folder = f"/etc/systemd/system/{UNIT}.service.d"
    host.run(f"mkdir -p {folder} && printf '[Service]\\nWatchdogSec={WATCHDOG}\\n' > {folder}/uji.conf")
    host.run("systemctl daemon-reload")


HEALTH = "import urllib.request as u; print(u.urlopen('http://127.0.0.1:8090/healthz').read().decode())"


def test_it_comes_up_and_does_what_is_asked(station: Station) -> None:
    assert json.loads(station.host.run(f"python3 -c {shlex.quote(HEALTH)}").stdout)["ok"]
    with station.held() as number:
        pass
    station.done(number)


@pytest.mark.parametrize("how", ["kill", "silence", "restart"])
def test_whatever_ends_it_the_playbook_goes_on(station: Station, how: str) -> None:
    before = station.show("MainPID")
    with station.held() as number:
        match how:
            case "kill":
                station.host.run(f"systemctl kill --kill-whom=main --signal=KILL {UNIT}")
            case "silence":
                # It says nothing any more: systemd has to notice by itself.
                station.host.run(f"kill -STOP {before}")
            case "restart":
                station.host.run(f"systemctl restart {UNIT}", timeout=PATIENCE)
        until(lambda: station.show("MainPID") not in {before, "0"} and station.up(), PATIENCE)
        # Nothing of it was ended with the service.
        assert len([line for line in station.journal() if number in line]) == 1
    station.done(number)
    assert station.up()


def test_what_was_asked_while_it_was_away_is_done_when_it_is_back(station: Station) -> None:
    station.host.run(f"systemctl stop {UNIT}", timeout=PATIENCE)
    number = station.ask()
    station.host.run(f"systemctl start {UNIT}", timeout=PATIENCE)
    station.done(number)
