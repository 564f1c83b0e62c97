"""What a rollback says beforehand to whoever has to say yes, by its own playbook, without a host to go back."""

import sys
from pathlib import Path
from typing import Any

import yaml

from chatops import launcher
from chatops.launcher import Task
from chatops.settings import CHECKOUT, Settings

# unfinished, closed, migrated: as roles/spse_app/tasks/rollback_check.yml finds them; and what has to be said.
CASES = {
    "cut": (True, False, True, ["tidak ada data yang hilang", "tidak menunggu", "Skema dikembalikan"]),
    "cut_closed": (True, True, True, ["tidak ada data yang hilang", "Situs ditutup", "Skema dikembalikan"]),
    "open": (False, False, True, ["sudah selesai", "tidak menunggu", "data lain tetap"]),
    "closed": (False, True, True, ["sudah selesai", "Situs ditutup", "sejak itu HILANG"]),
    "plain": (False, False, False, ["sudah selesai", "tidak menunggu", "tidak diubah"]),
}


def test_it_says_what_is_lost_and_who_waits(tmp_path: Path) -> None:
    (play,) = yaml.safe_load((CHECKOUT / "playbooks/rollback.yml").read_text())
    report = play["tasks"][-1]
    hosts: dict[str, Any] = {}
    for name, (unfinished, closed, migrated, _) in CASES.items():
        plan = {"from": "4.5.1", "to": "4.5.2", "unfinished": unfinished, "closed": closed, "migrated": migrated}
        hosts[name] = {"__spse_app_plan": plan, "ansible_python_interpreter": sys.executable}
    (tmp_path / "hosts.yml").write_text(yaml.safe_dump({"all": {"hosts": hosts}}))
    own = {"name": "Report", "hosts": "all", "connection": "local", "gather_facts": False, "tasks": [report]}
    (tmp_path / "rollback.yml").write_text(yaml.safe_dump([own]))
    settings = Settings(CHECKOUT, tmp_path / "hosts.yml", playbooks=tmp_path)
    outcome = launcher.run(settings, Task("rollback.yml", list(CASES), check=True), lambda _: None)
    for name, (*_, words) in CASES.items():
        first, *said = outcome.answers[name]["plan"]
        assert first == "Kembali dari build 4.5.2 ke build 4.5.1."
        assert [word in each for word, each in zip(words, said, strict=True)] == [True] * 3, said
