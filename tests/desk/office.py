"""An office of the tests' own: people, hosts that are all this machine, and operations that nobody has ever heard of.

A host is a folder. Its playbook notes there when it begins and when it ends, so that what was done twice, or by two at
once, can be seen afterwards.
"""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from chatops.cases import Case, Request
from chatops.desk import Desk
from chatops.ledger.course import Course, Stage
from chatops.permissions import Identity
from chatops.settings import Records, Settings
from tests.hosts.paths import REPOSITORY

RINI = Identity("cli", "rini")
SARI = Identity("slack", "U0SARI")
BUDI = Identity("slack", "U0BUDI")
ADI = Identity("slack", "U0ADI")
AUDIT = Identity("cli", "audit")

RULES = """
people:
  rini: {name: Rini Contoh, accounts: [rini], slack: U0RINI, grants: [{role: operator}]}
  sari: {name: Sari Contoh, slack: U0SARI, grants: [{role: approver}]}
  tono: {name: Tono Contoh, slack: U0TONO, grants: [{role: approver}]}
  budi: {name: Budi Contoh, slack: U0BUDI, grants: [{role: admin, lpses: [mamuju]}]}
  adi: {name: Adi Contoh, slack: U0ADI, grants: []}
  audit: {name: Pemeriksa, accounts: [audit], grants: [{role: auditor}]}
groups:
  S0BOGOR: [{role: admin, lpses: [bogor]}]
"""
ENTRIES = {
    "tanam": """
name: tanam
title: Menanam sesuatu
service: S0-17b
playbook: tanam.yml
changes_hosts: true
infrastructure: major
ask: [operator, admin]
approvals: 1
emergency: true
verify: tengok
rollback: cabut
blackout: true
downtime: Tidak ada.
undo: Semuanya.
inputs:
  - {name: seconds, variable: spse_app_seconds, title: Lama, required: false, default: "0"}
  - {name: fail, variable: spse_app_fail, title: Gagal, required: false, choices: ["yes", "no"]}
  - {name: change, variable: spse_app_change, title: Nomor, required: false}
""",
    "pupuk": """
name: pupuk
title: Memupuk
service: S0-17b
playbook: pupuk.yml
changes_hosts: true
infrastructure: minor
ask: [operator, admin]
verify: ""
inputs:
  - {name: seconds, variable: spse_app_seconds, title: Lama, required: false, default: "0"}
  - {name: change, variable: spse_app_change, title: Nomor, required: false}
""",
    "siram": """
name: siram
title: Menyiram
service: S0-17b
playbook: siram.yml
changes_hosts: true
infrastructure: minor
ask: [operator, admin]
verify: ""
inputs: []
""",
    "umumkan": """
name: umumkan
title: Yang perlu diumumkan
service: S0-17b
playbook: siram.yml
changes_hosts: true
infrastructure: minor
ask: [operator]
approvals: 2
verify: ""
notice: 7
inputs: []
""",
    "cabut": """
name: cabut
title: Mencabut
service: S0-17b
playbook: cabut.yml
changes_hosts: true
infrastructure: major
ask: [operator]
verify: ""
inputs:
  - {name: change, variable: spse_app_change, title: Nomor, required: false}
""",
    "tengok": """
name: tengok
title: Menengok
service: S0-10
playbook: tengok.yml
changes_hosts: false
infrastructure: none
ask: [operator, approver, auditor, admin]
inputs: []
""",
}
HEAD = """
- name: Work
  hosts: all
  connection: local
  gather_facts: false
  strategy: ansible.builtin.free
  tasks:
"""
REPORT = """
    - name: Report
      ansible.builtin.set_stats:
        data: {answers: "{{ {inventory_hostname: {'message': 'Beres'}} }}"}
"""
KEEP = """
    - name: Keep what was there
      ansible.builtin.copy:
        content: "isi {{ spse_app_fail | default('no') }}\\n"
        dest: "{{ field }}/{{ inventory_hostname }}/isi"
        mode: "0644"
"""
NOTE = """
    - name: Begin, and end
      ansible.builtin.shell: |
        cd {{ field }}/{{ inventory_hostname }}
        exec 9> alone
        # Held for as long as this lives, and no longer.
        flock --nonblock 9 || echo TWO >> journal
        echo "begin {{ spse_app_change }} $SPSE_OPS_RUN" >> journal
        sleep {{ spse_app_seconds }}
        # For as long as a test wants.
        while [ -e tahan ]; do sleep 0.1; done
        echo "end {{ spse_app_change }} $SPSE_OPS_RUN" >> journal
"""
FAIL = """
    - name: Fail
      ansible.builtin.fail:
        msg: "gagal, password=kenari-rahasia"
      when: spse_app_fail | default('no') == 'yes' and not ansible_check_mode
"""
LOOK = """
    - name: Look
      ansible.builtin.stat: {path: "{{ field }}/{{ inventory_hostname }}/sakit"}
      register: __sick
    - name: Judge
      ansible.builtin.assert:
        that: not __sick.stat.exists
        fail_msg: Ada yang sakit.
"""
PULL = """
    - name: Take away
      ansible.builtin.file: {path: "{{ field }}/{{ inventory_hostname }}/isi", state: absent}
"""
PLAYBOOKS = {
    "tanam": HEAD + KEEP + NOTE + FAIL + REPORT,
    "pupuk": HEAD + NOTE + REPORT,
    "siram": HEAD + REPORT,
    "cabut": HEAD + PULL + REPORT,
    "tengok": HEAD + LOOK + REPORT,
}


@dataclass(frozen=True)
class Office:
    """Everything of it."""

    folder: Path
    url: str
    desk: Desk

    @property
    def environment(self) -> dict[str, str]:
        """What a process of it needs to know."""
        return {
            "SPSE_OPS_HOME": str(self.desk.settings.home),
            "SPSE_OPS_INVENTORY": str(self.desk.settings.inventory),
            "SPSE_OPS_CATALOGUE": str(self.desk.settings.catalogue),
            "SPSE_OPS_PLAYBOOKS": str(self.desk.settings.playbooks),
            "SPSE_OPS_RULES": str(self.desk.settings.rules),
            "SPSE_OPS_STATE": str(self.desk.records.state),
            "SPSE_OPS_LEDGER": self.url,
            # Whoever kills one of Ansible's own processes need not wait for a minute.
            "SPSE_STUCK_SECONDS": "10",
        }

    def journal(self, host: str) -> list[str]:
        """What was done to a host."""
        path = self.folder / "field" / host / "journal"
        return path.read_text().splitlines() if path.exists() else []

    def ask(self, operation: str = "tanam", *lpses: str, by: Identity = RINI, **inputs: str) -> Case:
        """Ask for something and have it planned."""
        wanted = Request(operation, lpses or ("mamuju",), inputs=inputs, waits=True)
        return self.desk.plan(self.desk.request(by, wanted).number)

    def approved(self, operation: str = "tanam", *lpses: str, by: Identity = RINI, **inputs: str) -> str:
        """Ask for something that somebody else says yes to; its number."""
        case = self.ask(operation, *lpses, by=by, **inputs)
        self.desk.approve(SARI, case.number, course(case).hash)
        return case.number

    def course(self, number: str) -> Course:
        """How far it has come."""
        return course(self.desk.told(number))

    def wait(self, number: str, *stages: Stage, patience: float = 60) -> Course:
        """Wait until it is so far."""
        wanted = stages or (Stage.DONE, Stage.FAILED, Stage.CANCELLED, Stage.INTERRUPTED, Stage.OUTDATED)
        until(lambda: self.course(number).stage in wanted, patience)
        return self.course(number)

    @contextlib.contextmanager
    def worker(self, slots: int = 4, **environment: str) -> Iterator[subprocess.Popen[str]]:
        """A worker, which has come up."""
        process = self.begin(slots, **environment)
        try:
            assert process.stdout
            assert "worker-" in process.stdout.readline()
            yield process
        finally:
            process.send_signal(signal.SIGTERM)
            process.communicate(timeout=30)

    def begin(self, slots: int = 4, **environment: str) -> subprocess.Popen[str]:
        """A worker that comes up."""
        return self.start("worker", "--slots", str(slots), **environment)

    def start(self, *words: str, **environment: str) -> subprocess.Popen[str]:
        """A process of `spse-ops` that comes up."""
        with (self.folder / f"{words[0]}.log").open("a") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "chatops", *words],
                cwd=REPOSITORY,
                env=os.environ | self.environment | environment,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )


def course(case: Case) -> Course:
    """The course of a case that came through the desk."""
    assert case.course
    return case.course


def until(fulfilled: Callable[[], bool], patience: float) -> None:
    """Wait for something, and no longer than that."""
    end = time.monotonic() + patience
    while not fulfilled():
        assert time.monotonic() < end, "it took too long"
        time.sleep(0.05)


@contextlib.contextmanager
def office(folder: Path, url: str, offices: Mapping[str, int]) -> Iterator[Office]:
    """An office with so many hosts for each LPSE."""
    for name in ("operations", "playbooks", "field", "state"):
        (folder / name).mkdir(parents=True)
    for name, text in ENTRIES.items():
        (folder / "operations" / f"{name}.yml").write_text(text)
    for name, text in PLAYBOOKS.items():
        (folder / "playbooks" / f"{name}.yml").write_text(text)
    hosts = [f"{lpse}{number}" for lpse, count in offices.items() for number in range(1, count + 1)]
    for host in hosts:
        (folder / "field" / host).mkdir()
    lines = [f"{host} spse_lpse={host.rstrip('0123456789')}" for host in hosts]
    lines += ["[all:vars]", f"field={folder / 'field'}", f"ansible_python_interpreter={sys.executable}"]
    (folder / "hosts.ini").write_text("\n".join(lines) + "\n")
    (folder / "rules.yml").write_text(RULES)
    settings = Settings(
        REPOSITORY, folder / "hosts.ini", folder / "operations", folder / "playbooks", folder / "rules.yml"
    )
    state = folder / "state"
    records = Records(url, state / "spool", state / "checkpoints", "penguji", state)
    with closing(Desk.open(settings, records)) as desk:
        yield Office(folder, url, desk)
