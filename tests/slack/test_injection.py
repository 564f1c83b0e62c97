"""What is typed is never run, whatever it is; and what a host says is shown, and does nothing in Slack."""

import json
import random
import shlex
from collections.abc import Iterator
from typing import Any

import pytest

from chatops.errors import InputError
from chatops.ledger.course import Stage
from chatops.runs import Runs
from chatops.slack.line import parse
from tests.desk.office import Office
from tests.slack.room import BUDI, until
from tests.slack.service import CHANGES, Service, service
from tests.whole import WHOLE

type Json = dict[str, Any]

FIELDS = 25
ROUNDS = 8 if WHOLE else 1
LINES = 20_000 if WHOLE else 2_000
FRAGMENTS = (
    *"abz059 ;|&`$(){}[]<>*?!#%^~=+,.:/@\\'\"-é—",
    "{{ lookup('pipe', 'touch MARK') }}",
    "{% if true %}x{% endif %}",
    "$(touch MARK)",
    "`touch MARK`",
    "; touch MARK #",
    "|| touch MARK",
    "&& touch MARK",
    "' ; touch MARK ; '",
    '" ; touch MARK ; "',
    "!unsafe ",
    "!vault |",
    "../../etc/passwd",
    "@/etc/passwd",
    "--extra-vars=x=y",
    "-e",
    "null",
    "[1, 2]",
    "{a: b}",
    "%(x)s",
    "${IFS}",
    "<!channel>",
    "<@U0BUDI>",
    "&amp;",
)
ENTRY = """
name: tulis
title: Menulis
service: S0-17b
playbook: tulis.yml
changes_hosts: true
infrastructure: minor
ask: [operator]
verify: ""
inputs:
"""
PLAYBOOK = """
- name: Write
  hosts: all
  connection: local
  gather_facts: false
  tasks:
    - name: Write down what was given
      ansible.builtin.copy:
        content: GIVEN
        dest: "{{ field }}/{{ inventory_hostname }}/given"
        mode: "0644"
    - name: Report
      ansible.builtin.set_stats:
        data: {answers: "{{ {inventory_hostname: {'message': 'Beres'}} }}"}
"""

# As a template would write it, whose result is one line of JSON.
CONTENT = '"{{ {' + ", ".join(f"'v{number}': spse_app_v{number}" for number in range(FIELDS)) + '} | to_json }}"'


@pytest.fixture
def served(place: Office, monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    """An office with a Slack, where messages are edited at once."""
    monkeypatch.setattr("chatops.notifier.PACE", 0.1)
    with service(place) as made:
        made.slack.control("faults", rates=False)
        yield made


def values(generator: random.Random, mark: str, count: int) -> list[str]:
    """Whatever somebody might type who means no good, or knows no better."""
    made: list[str] = []
    while len(made) < count:
        words = "".join(generator.choices(FRAGMENTS, k=generator.randint(1, 8))).replace("MARK", mark).strip()
        # A line that the keyboard of a phone has written is set right before it is read.
        if words and parse(f"x y --z={shlex.quote(words)}").options.get("z") == words:
            made.append(words)
    return made


def test_what_was_typed_is_what_was_meant() -> None:
    generator = random.Random(20261122)  # noqa: S311 - repeatable, not secret
    for words in values(generator, "/mark", LINES):
        line = parse(f"tulis mamuju --alasan 'x y' --v0={shlex.quote(words)} --semua")
        assert (line.subject, line.lpses, line.reason, line.everywhere) == ("tulis", ("mamuju",), "x y", True)
        assert dict(line.options) == {"v0": words}


def test_nothing_that_is_given_is_run(served: Service) -> None:
    """Each in a field of a request, from Slack through the plan and Ansible's own files to a file on a host."""
    place, slack = served.place, served.slack
    names = [f"v{number}" for number in range(FIELDS)]
    asked = "".join(f"  - {{name: {n}, variable: spse_app_{n}, title: {n}, required: false}}\n" for n in names)
    (place.folder / "operations/tulis.yml").write_text(ENTRY + asked)
    (place.folder / "playbooks/tulis.yml").write_text(PLAYBOOK.replace("GIVEN", CONTENT))
    mark = place.folder / "MARK"
    generator = random.Random(20261122)  # noqa: S311 - repeatable, not secret
    with served.bot(), place.worker():
        for _ in range(ROUNDS):
            given = dict(zip(names, values(generator, str(mark), FIELDS), strict=True))
            typed = " ".join(f"--{name}={shlex.quote(value)}" for name, value in given.items())
            known = len(opened(place))
            slack.say(f"/spse tulis mamuju --alasan {shlex.quote(next(iter(given.values())))} {typed}")
            until(lambda before=known: len(opened(place)) > before, "the change")  # type: ignore[misc]
            number = opened(place)[-1]
            until(lambda one=number: place.course(one).stage is not Stage.ASKED, "its plan", 120)  # type: ignore[misc]
            assert place.course(number).stage is Stage.WAITING, place.course(number).reason
            assert place.course(number).request["inputs"] == given
            served.press(number, "approve", BUDI, button(served, number))
            assert place.wait(number, patience=120).stage is Stage.DONE
            assert json.loads((place.folder / "field/mamuju1/given").read_text()) == given
            assert not mark.exists()


def button(served: Service, number: str) -> str:
    """What the button of a yes has with it."""
    until(lambda: "Setujui" in str(served.message(number)["blocks"]), "the button")
    blocks = {block.get("block_id"): block for block in served.message(number)["blocks"]}
    return str(blocks["answer"]["elements"][0]["value"])


def opened(place: Office) -> list[str]:
    """The changes that were asked for."""
    return [event.subject for event in place.desk.events(0, 10_000) if event.kind == "change.opened"]


def test_what_cannot_be_seen_is_refused(place: Office) -> None:
    operation = place.desk.catalogue["tanam"]
    for sign in ("\0", "\n", "\r", "\x1b[2J", "\u202e", "\u200b", "\x7f", "\u2028", "\ufeff"):
        with pytest.raises(InputError, match="tidak terlihat"):
            operation.variables({"seconds": f"a{sign}b"})


def test_a_path_is_no_build(served: Service) -> None:
    place, slack = served.place, served.slack
    asked = "  - {name: build, variable: spse_app_build, title: Build, required: true, kind: name}\n"
    (place.folder / "operations/tulis.yml").write_text(ENTRY + asked)
    (place.folder / "playbooks/tulis.yml").write_text(PLAYBOOK.replace("GIVEN", "x"))
    with served.bot():
        for count, path in enumerate(("../../etc/passwd", "/etc/passwd", "4.5/../x", "..", "-x", "4.5 {{ x }}"), 1):
            slack.say(f"/spse tulis mamuju --alasan x --build={shlex.quote(path)}")
            until(lambda wanted=count: str(slack.texts()).count("tulis nama") == wanted, path)  # type: ignore[misc]
    assert opened(place) == []


@pytest.mark.parametrize("changed", ["playbook", "entry", "rules of nobody"])
def test_what_is_changed_after_the_yes_is_not_run(place: Office, changed: str) -> None:
    number = place.approved("siram")
    playbook, entry = place.folder / "playbooks/siram.yml", place.folder / "operations/siram.yml"
    if changed == "playbook":
        playbook.write_text(playbook.read_text() + "    - {name: More, ansible.builtin.command: touch /nowhere/x}\n")
    elif changed == "entry":
        entry.write_text(entry.read_text().replace("playbook: siram.yml", "playbook: cabut.yml"))
    as_approved = changed == "rules of nobody"
    assert Runs(place.desk, "mesin").compare(number) is as_approved
    assert as_approved or place.course(number).stage is Stage.OUTDATED


HOSTILE = "<!channel> <@U0BUDI> <https://jahat.example|klik> *tebal* ``` {'type': 'section'} & &amp; \\\\ :bomb:"
SAYING = f"""
    - name: "Say {HOSTILE}"
      ansible.builtin.copy:
        content: "{HOSTILE}\\n"
        dest: "{{{{ field }}}}/{{{{ inventory_hostname }}}}/kata"
        mode: "0644"
    - name: Report
      ansible.builtin.set_stats:
        data: {{answers: "{{{{ {{inventory_hostname: {{'message': kata}}}} }}}}"}}
    - name: Fail
      ansible.builtin.fail: {{msg: "{HOSTILE}"}}
      when: not ansible_check_mode
"""


def test_what_a_host_says_does_nothing_in_slack(served: Service) -> None:
    place, slack = served.place, served.slack
    path = place.folder / "playbooks/siram.yml"
    head = path.read_text().partition("    - name: Report")[0]
    path.write_text(head.replace("  tasks:", f'  vars: {{kata: "{HOSTILE}"}}\n  tasks:') + SAYING)
    with served.bot(), place.worker():
        slack.say("/spse siram mamuju --alasan x")
        until(lambda: opened(place), "the change")
        (number,) = opened(place)
        until(lambda: place.course(number).stage is Stage.WAITING, "its plan", 120)
        value = button(served, number)
        said = [served.message(number)]
        served.press(number, "approve", BUDI, value)
        assert place.wait(number, patience=120).stage is Stage.FAILED
        until(lambda: "jahat.example" in str(served.thread(number)), "the thread", 60)
        said += slack.view(BUDI, CHANGES, said[0]["ts"])["thread"]
    shown = [text for each in said for text in written(each["text"], each.get("blocks", []))]
    # It is all there to be read, and none of it is a call, a link or a fence that ends early.
    assert sum("jahat.example" in text for text in shown) >= 2, shown
    assert [text for text in shown if "<!channel" in text or "<@U0BUDI> <" in text or "<https" in text] == []
    assert [text for text in shown if text.count("```") % 2] == []


def written(text: str, blocks: list[Json]) -> list[str]:
    """The texts of a message in which signs mean something; in plain text none does."""
    found = [text]
    waiting: list[Any] = list(blocks)
    while waiting:
        each = waiting.pop()
        if isinstance(each, dict):
            if each.get("type") == "mrkdwn":
                found.append(each["text"])
            waiting += each.values()
        elif isinstance(each, list):
            waiting += each
    return found
