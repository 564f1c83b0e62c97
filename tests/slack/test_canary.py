"""Secrets with names of our own, looked for in everything that a change leaves behind while it runs and afterwards."""

import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import sqlalchemy as sa

from chatops import once
from chatops.ledger.course import Stage
from chatops.settings import PROGRAMS
from tests.desk.conftest import LPSES
from tests.desk.office import SARI, Office, course, office
from tests.postgres import Cluster
from tests.slack.room import ask, until
from tests.slack.service import service

VARIABLE, PASSWORD, LEDGER = "kenari-variabel-7731", "kenari-brankas-7732", "kenari-buku-7733"
SIGNING = "kenari-tanda-7734"
CANARIES = (VARIABLE, PASSWORD, LEDGER, SIGNING, "xoxb-", "xapp-")
USE = """
    - name: Use it where everybody looks on
      ansible.builtin.copy:
        content: "kunci={{ spse_app_hidden }}\\n"
        dest: "{{ field }}/{{ inventory_hostname }}/memakai"
        mode: "0600"
      no_log: true
      diff: false
    - name: Hand it to a program that says it again, and fails
      ansible.builtin.command:
        argv: [sh, -c, 'read -r told; echo "password=$told" >&2; sleep 1; exit 1']
        # Not by the environment, which Ansible writes on a command line.
        stdin: "{{ spse_app_hidden }}"
      no_log: true
      when: not ansible_check_mode
"""


@dataclass
class Onlooker:
    """Somebody else on the machine, who sees the command line of every process; and a run, which sees its own."""

    stop: threading.Event = field(default_factory=threading.Event)
    lines: set[bytes] = field(default_factory=set)
    told: set[bytes] = field(default_factory=set)

    def look(self) -> None:
        """Look at all processes, again and again."""
        while not self.stop.wait(0.02):
            for path in Path("/proc").glob("[0-9]*"):
                try:
                    self.lines.add((path / "cmdline").read_bytes())
                    environment = (path / "environ").read_bytes()
                except (FileNotFoundError, ProcessLookupError, PermissionError):
                    continue
                if once.MARK.encode() in environment and b"SPSE_OPS_RUN=" in environment:
                    self.told.add(environment)


@contextmanager
def onlooker() -> Iterator[Onlooker]:
    """One, for a while."""
    made = Onlooker()
    thread = threading.Thread(target=made.look)
    thread.start()
    try:
        yield made
    finally:
        made.stop.set()
        thread.join()


@pytest.fixture
def place(postgres: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    """An office whose ledger, vault and bot have a secret each."""
    address = postgres.database().replace("spse@", f"spse:{LEDGER}@")
    with office(tmp_path / "office", address, LPSES) as made:
        password = tmp_path / "password"
        password.write_text(PASSWORD)
        monkeypatch.setenv("ANSIBLE_VAULT_PASSWORD_FILE", str(password))
        monkeypatch.setenv("SPSE_OPS_SLACK_SIGNING_SECRET", SIGNING)
        vault = made.folder / "group_vars/all.yml"
        vault.parent.mkdir()
        vault.write_text(f"spse_app_hidden: {VARIABLE}\n")
        subprocess.run([PROGRAMS / "ansible-vault", "encrypt", vault], check=True, capture_output=True)
        path = made.folder / "playbooks/tanam.yml"
        path.write_text(path.read_text().partition("    - name: Report")[0] + USE)
        yield made


def everything(place: Office) -> str:
    """All rows of all tables, of the ledger and of the workers' memory."""
    engine = place.desk.ledger.engine
    found = []
    with engine.connect() as connection:
        tables = connection.execute(
            sa.text("SELECT table_schema, table_name FROM information_schema.tables WHERE table_type = 'BASE TABLE'")
        ).all()
        for schema, name in tables:
            if schema not in {"pg_catalog", "information_schema"}:
                rows = connection.execute(sa.text(f'SELECT t::text FROM "{schema}"."{name}" t'))  # noqa: S608 - its own
                found += [f"{schema}.{name} {row}" for row in rows.scalars()]
    return "\n".join(found)


def test_no_secret_is_left_anywhere(place: Office) -> None:
    rules = place.desk.settings.rules.read_text()
    with service(place) as served, onlooker() as other:
        place.desk.settings.rules.write_text(rules)
        case = place.ask("tanam")
        place.desk.approve(SARI, case.number, course(case).hash)
        with served.bot(), place.worker():
            ended = place.wait(case.number, patience=120)
            assert ended.stage is Stage.FAILED, (ended.reason, ended.differences)
            served.wait_for(case.number, "GAGAL")
            until(lambda: ".log" in everywhere(served.slack.base), "the log")
        slack = everywhere(served.slack.base)
    files = {path: path.read_bytes() for path in place.folder.rglob("*") if path.is_file()}
    # It was really used, and what is looked through is really there.
    used = place.folder / "field/mamuju1/memakai"
    assert VARIABLE in files.pop(used).decode()
    database = everything(place)
    assert "run.ended" in database
    assert "GAGAL" in slack
    assert any(b"ansible-playbook" in line for line in other.lines)
    assert other.told
    for canary in CANARIES:
        hidden = canary.encode()
        assert canary not in slack
        assert canary not in database
        assert [path for path, content in files.items() if hidden in content] == []
        assert [line for line in other.lines if hidden in line] == []
        assert [told for told in other.told if hidden in told] == []


def everywhere(base: str) -> str:
    """All that the offline Slack holds."""
    return str(ask(base, "GET", "/control/everything")["text"])
