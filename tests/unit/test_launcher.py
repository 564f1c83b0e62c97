"""The launcher with the real ansible-runner, on this machine itself in place of a host."""

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from chatops import launcher
from chatops.errors import RunError
from chatops.launcher import Outcome, Task
from chatops.settings import Settings

HEAD = """
- name: Try
  hosts: all
  connection: local
  gather_facts: false
  tasks:
"""

type Play = Callable[..., Outcome]


@pytest.fixture
def tasks() -> list[str]:
    """Names of the tasks as they were told."""
    return []


@pytest.fixture
def play(tmp_path: Path, tasks: list[str]) -> Play:
    """Run a playbook of the given text on two hosts that are both this machine."""
    (tmp_path / "playbooks").mkdir()
    (tmp_path / "ansible.cfg").write_text("[defaults]\ninterpreter_python = auto_silent\n")
    (tmp_path / "hosts.ini").write_text("one\ntwo\nthree\n")

    def run(text: str, *, check: bool = False, variables: Mapping[str, str] | None = None) -> Outcome:
        (tmp_path / "playbooks" / "try.yml").write_text(text)
        settings = Settings(tmp_path, tmp_path / "hosts.ini", playbooks=tmp_path / "playbooks")
        return launcher.run(settings, Task("try.yml", ["one", "two"], variables or {}, check=check), tasks.append)

    return run


def test_every_host_answers_and_no_other_is_touched(play: Play, tasks: list[str]) -> None:
    outcome = play(
        HEAD
        + """
    - name: Report
      ansible.builtin.set_stats:
        data:
          answers: "{{ {inventory_hostname: {'number': inventory_hostname | length}} }}"
"""
    )
    assert outcome == Outcome(answers={"one": {"number": 3}, "two": {"number": 3}}, failures={})
    assert tasks == ["Report"]


def test_a_failure_is_told_for_its_host_with_its_reason(play: Play) -> None:
    outcome = play(
        HEAD
        + """
    - name: Fail on one
      ansible.builtin.assert:
        that: inventory_hostname != 'one'
        fail_msg: Disk tinggal 2 persen.
"""
    )
    assert outcome.failures == {"one": "Disk tinggal 2 persen."}


def test_a_failure_that_was_rescued_still_counts_as_told(play: Play) -> None:
    outcome = play(
        HEAD
        + """
    - name: Try and fall back
      block:
        - name: Break
          ansible.builtin.command: "false"
          changed_when: false
      rescue:
        - name: End as failed
          ansible.builtin.fail:
            msg: Dikembalikan ke build sebelumnya.
"""
    )
    assert outcome.failures == dict.fromkeys(["one", "two"], "Dikembalikan ke build sebelumnya.")


def test_a_secret_does_not_come_back(play: Play) -> None:
    outcome = play(
        HEAD
        + """
    - name: Break with a secret
      ansible.builtin.command: ls /kenari-rahasia
      changed_when: false
      no_log: true
"""
    )
    assert outcome.failures
    assert "kenari-rahasia" not in repr(outcome)


@pytest.mark.parametrize("value", ["4.5.20260105", "{{ 6 * 7 }}", "a: b # c", "'\"\\\\", "—ü", "{% raw %}"])
def test_a_variable_arrives_as_it_was_given(play: Play, value: str) -> None:
    outcome = play(
        HEAD
        + """
    - name: Report
      ansible.builtin.set_stats:
        data:
          answers: "{{ {inventory_hostname: {'told': spse_told}} }}"
""",
        variables={"spse_told": value},
    )
    assert outcome.answers == {host: {"told": value} for host in ("one", "two")}


def test_a_check_says_what_would_change_and_changes_nothing(play: Play, tmp_path: Path) -> None:
    text = f"""
    - name: Write a file
      ansible.builtin.copy:
        content: "isi\\n"
        dest: {tmp_path}/{{{{ inventory_hostname }}}}
        mode: "0644"
"""
    checked = play(HEAD + text, check=True)
    assert not (tmp_path / "one").exists()
    assert checked.changes["one"][-1] == "Write a file"
    assert "+isi" in checked.changes["one"][0]
    assert checked.failures == {}
    play(HEAD + text + "    - name: Report\n      ansible.builtin.set_stats: {data: {answers: {one: {}}}}\n")
    assert (tmp_path / "one").read_text() == "isi\n"


def test_a_secret_difference_does_not_come_back(play: Play, tmp_path: Path) -> None:
    text = f"""
    - name: Write a secret
      ansible.builtin.copy:
        content: kenari-rahasia
        dest: {tmp_path}/secret
        mode: "0600"
      no_log: true
"""
    outcome = play(HEAD + text, check=True)
    assert outcome.changes["one"] == ["1 tugas yang memuat rahasia"]
    assert "kenari-rahasia" not in repr(outcome)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("- name: [", "try.yml"),
        (HEAD.replace("all", "nobody"), "try.yml"),
        (HEAD + "    - name: Unknown\n      ansible.builtin.nonsense:\n", "nonsense"),
    ],
)
@pytest.mark.parametrize("check", [False, True])
def test_a_playbook_that_cannot_run_says_why(play: Play, text: str, words: str, *, check: bool) -> None:
    with pytest.raises(RunError, match=words):
        play(text, check=check)
