"""What people are told: each event once, whatever happens to Slack, the bot, or both."""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from prometheus_client import CollectorRegistry
from slack_sdk import WebClient

from chatops.changes import Asked, Changes
from chatops.notifier import READER, Notifier
from chatops.slack import cards
from tests.desk.office import SARI, Office
from tests.slack.room import Room, until
from tests.slack.service import ALARMS, CHANGES, RULES, Service, service
from tests.whole import sampled

type Json = dict[str, Any]

PACE = 0.4
"""Seconds between two edits here: what is shown is that they are kept, whatever they are."""


@pytest.fixture
def served(place: Office) -> Iterator[Service]:
    """An office with a Slack; what the tests of the desk know as people stays known."""
    rules = place.desk.settings.rules.read_text()
    with service(place) as made:
        place.desk.settings.rules.write_text(rules)
        made.slack.control("faults", rates=False)
        yield made


@contextmanager
def telling(served: Service) -> Iterator[Notifier]:
    """A notifier, and its end as if it was killed: nothing of it is left."""
    client = WebClient(served.settings.bot_token, base_url=served.settings.api, timeout=5)
    yield Notifier(served.place.desk, client, served.settings, CollectorRegistry())


def at_rest(notifier: Notifier, seconds: float = 20) -> None:
    """Let it tell everything."""
    end = time.monotonic() + seconds
    while notifier.desk.events(notifier.desk.cursor(READER)):
        assert time.monotonic() < end
        notifier.step()
    notifier.step()


def said(served: Service, number: str) -> list[str]:
    return [text for text in served.thread(number) if text]


def messages(slack: Room, channel: str = CHANGES) -> int:
    return len(slack.view(channel=channel)["messages"])


def test_each_event_once_however_often_it_begins_anew(served: Service) -> None:
    number = served.place.ask("siram").number
    served.place.desk.approve(SARI, number, served.place.course(number).hash)
    for _ in range(3):
        with telling(served) as notifier:
            at_rest(notifier)
    assert messages(served.slack) == 1
    assert said(served, number) == [
        "Rencana siap.  diperlukan 1 persetujuan.",
        f"<@U0SARI> menyetujui rencana `{served.place.course(number).hash[:12]}`.",
    ]


@pytest.mark.parametrize("cut", sampled(range(3, 12), {0, 3, 6, 8}))
def test_killed_between_any_two_steps_it_tells_nothing_twice(
    served: Service, monkeypatch: pytest.MonkeyPatch, cut: int
) -> None:
    """It dies right after the n-th thing that it has told Slack or the ledger, before it can know that it did."""
    number = served.place.ask("siram").number
    served.place.desk.approve(SARI, number, served.place.course(number).hash)
    with telling(served) as notifier, monkeypatch.context() as patched:
        left = [cut]

        def dies_after(does: Any) -> Any:  # noqa: ANN401 - any call
            def call(*given: Any, **named: Any) -> Any:  # noqa: ANN401 - any call
                answer = does(*given, **named)
                if left[0] == 0:
                    raise KeyboardInterrupt
                left[0] -= 1
                return answer

            return call

        patched.setattr(notifier.client, "chat_postMessage", dies_after(notifier.client.chat_postMessage))
        patched.setattr(notifier.desk, "thread", dies_after(notifier.desk.thread))
        patched.setattr(notifier.desk, "advance", dies_after(notifier.desk.advance))
        with pytest.raises(KeyboardInterrupt):
            at_rest(notifier)
    with telling(served) as notifier:
        at_rest(notifier)
    assert messages(served.slack) == 1
    assert len(said(served, number)) == len(set(said(served, number))) == 2


def test_killed_before_it_has_edited_a_message_it_edits_it_afterwards(
    served: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Told of everything, and dead before the message above the thread says so."""
    number = served.place.ask("siram").number
    with telling(served) as notifier:
        at_rest(notifier)
    served.place.desk.cancel(SARI, number, "tidak jadi")
    with telling(served) as notifier, monkeypatch.context() as patched:
        patched.setattr(notifier, "_edit", lambda: None)
        at_rest(notifier)
    assert "Dibatalkan" not in str(served.message(number)["blocks"])
    with telling(served) as notifier:
        at_rest(notifier)
    assert "Dibatalkan" in str(served.message(number)["blocks"])
    assert len(said(served, number)) == len(set(said(served, number)))
    # And no more than once: whoever begins next has nothing to edit.
    calls = served.slack.seen()["calls"]["chat.update"]
    with telling(served) as notifier:
        at_rest(notifier)
    assert served.slack.seen()["calls"]["chat.update"] == calls


def test_what_happened_while_slack_was_down_is_told_afterwards(
    served: Service, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.ERROR)
    with telling(served) as notifier:
        served.slack.control("faults", broken=10_000)
        number = served.place.ask("siram").number
        for _ in range(3):
            notifier.step()
        served.place.desk.approve(SARI, number, served.place.course(number).hash)
        notifier.step()
        served.slack.control("faults", broken=0)
        at_rest(notifier)
    assert messages(served.slack) == 1
    assert len(said(served, number)) == 2
    assert "Disetujui, dalam antrean" in str(served.message(number)["blocks"])


def test_who_is_told_to_wait_waits(served: Service) -> None:
    with telling(served) as notifier:
        served.place.ask("siram")
        served.slack.control("faults", limited=2, retry_after=1, method="chat.postMessage")
        notifier.step()
        begun = time.monotonic()
        while notifier.desk.events(notifier.desk.cursor(READER)):
            if time.monotonic() >= notifier._quiet_until:  # noqa: SLF001 - as its own loop does
                notifier.step()
            time.sleep(0.01)
        # Twice a second, and not a call between.
        assert 1.7 < time.monotonic() - begun < 6
        assert served.slack.seen()["calls"]["chat.postMessage 429"] == 2
    assert messages(served.slack) == 1


def test_a_message_is_edited_no_faster_than_it_may(served: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chatops.notifier.PACE", PACE)
    desk = served.place.desk
    number = served.place.ask("siram").number
    with telling(served) as notifier:
        at_rest(notifier)
        calls = served.slack.seen()["calls"].get("chat.update", 0)
        begun = time.monotonic()
        for _ in range(2):
            for again in (True, False):
                if again:
                    desk.replan(SARI, number)
                else:
                    desk.plan(number)
                end = time.monotonic() + 1.5 * PACE
                while time.monotonic() < end:
                    notifier.step()
        took = time.monotonic() - begun
        edits = served.slack.seen()["calls"].get("chat.update", 0) - calls
    assert 1 <= edits <= took / PACE + 1


def test_reminders_call_the_right_people_where_they_look(served: Service) -> None:
    served.place.desk.settings.rules.write_text(RULES)
    book = Changes(served.place.desk.ledger, "penguji")
    now = datetime.now(UTC)
    late = book.open(Asked("upgrade", ("mamuju",), service="S0-5", mode="remote", received=now - timedelta(days=30)))
    with telling(served) as notifier:
        # A change that did not come through the desk has no message, and is told of all the same.
        notifier._young = False  # noqa: SLF001 - it has told before
        at_rest(notifier)
        at_rest(notifier)
    texts = served.slack.texts(channel=ALARMS)
    assert len(texts) == 1
    assert late.id in texts[0]
    assert "TERLEWAT" in texts[0]
    assert texts[0].startswith(":rotating_light: <!subteam^S0OPS> <!subteam^S0SETUJU>")


def test_who_begins_late_does_not_tell_of_what_was_over(served: Service) -> None:
    desk = served.place.desk
    old = served.place.ask("siram").number
    desk.cancel(SARI, old, "tidak jadi")
    new = served.place.ask("siram", "bogor").number
    with telling(served) as notifier:
        at_rest(notifier)
    until(lambda: messages(served.slack) == 1, "one message")
    assert served.message(new)
    assert old not in str(served.slack.view(channel=CHANGES)["messages"])


def test_a_long_plan_is_a_file(served: Service) -> None:
    playbook = served.place.folder / "playbooks" / "siram.yml"
    task = """
    - name: Write much
      ansible.builtin.copy:
        content: "{% for n in range(150) %}baris <!channel> ``` {{ n }}\\n{% endfor %}"
        dest: "{{ field }}/{{ inventory_hostname }}/banyak"
        mode: "0644"
"""
    playbook.write_text(playbook.read_text() + task)
    number = served.place.ask("siram").number
    with telling(served) as notifier:
        at_rest(notifier)
    message = served.message(number)
    assert "selengkapnya dalam berkas" in str(message["blocks"])
    assert "<!channel>" not in str(message["blocks"])
    listed = served.slack.view(channel=CHANGES, thread=message["ts"])["thread"]
    files = [file for each in listed for file in each["files"]]
    assert [file["name"] for file in files] == [f"{number}-rencana-1.diff"]
    assert "baris <!channel> ``` 0" in files[0]["preview"]


def test_a_message_that_slack_does_not_take_holds_nobody_up(
    served: Service, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.CRITICAL)
    first, second = served.place.ask("siram").number, served.place.ask("siram", "bogor").number
    as_it_is = cards.message

    def too_long(case: Any, *more: Any) -> Any:  # noqa: ANN401 - as the original
        text, blocks = as_it_is(case, *more)
        return text, blocks * 20 if case.number == first else blocks

    monkeypatch.setattr("chatops.slack.cards.message", too_long)
    with telling(served) as notifier:
        at_rest(notifier)
    told = served.slack.view(channel=CHANGES)["messages"]
    assert [(each["text"][:15], "blocks" in each) for each in told] == [(first, False), (second, True)]
