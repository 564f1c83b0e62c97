"""A run ends when the process that it waits for has been killed; one that is only slow goes on."""

import os
import subprocess
from pathlib import Path

import pytest

from chatops.settings import PROGRAMS

REPOSITORY = Path(__file__).resolve().parents[2]
SECONDS = 3
PLAYBOOK = """
- name: Work
  hosts: all
  connection: local
  gather_facts: false
  strategy: ansible.builtin.host_pinned
  tasks:
    - name: Kill who carries this out
      ansible.builtin.debug:
        msg: "{{ lookup('ansible.builtin.pipe', 'kill -9 $PPID') }}"
      when: inventory_hostname == killed | default('')
    - name: Take longer than a run may stand still
      ansible.builtin.command: sleep {{ seconds }}
    - name: Note that it went on
      ansible.builtin.file:
        path: "{{ playbook_dir }}/{{ inventory_hostname }}"
        state: touch
"""


@pytest.mark.parametrize("killed", ["", "h1"])
def test_waiting_for_a_dead_process_comes_to_an_end(killed: str, tmp_path: Path) -> None:
    """And not before the other hosts have come to theirs."""
    (tmp_path / "work.yml").write_text(PLAYBOOK)
    own = {
        "ANSIBLE_CALLBACK_PLUGINS": str(REPOSITORY / "library/plugins/callback"),
        "ANSIBLE_CALLBACKS_ENABLED": "spse_stuck",
        "ANSIBLE_NOCOLOR": "1",
        "SPSE_STUCK_SECONDS": str(SECONDS),
    }
    given = ["-i", "h1,h2", "-e", f"killed={killed} seconds={SECONDS * 2}", str(tmp_path / "work.yml")]
    done = subprocess.run(
        [PROGRAMS / "ansible-playbook", *given],
        capture_output=True,
        check=False,
        cwd=tmp_path,
        env=os.environ | own,
        text=True,
        timeout=120,
    )
    said = " ".join((done.stdout + done.stderr).split())
    assert (tmp_path / "h2").exists()
    assert (tmp_path / "h1").exists() is not bool(killed)
    # As after Ctrl-C.
    assert done.returncode == (99 if killed else 0), said
    assert ("h1: Kill who carries this out mati sebelum selesai" in said) is bool(killed)
