"""Whoever was heard is answered, even if the bot is killed between hearing and answering."""

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from chatops.desk import Desk
from chatops.slack import inbox
from chatops.slack.inbox import Inbox
from tests.desk.office import Office
from tests.slack.room import SITI, Json, until
from tests.slack.service import CHANGES, Service, service


@pytest.fixture
def served(place: Office) -> Iterator[Service]:
    """An office with a Slack, and no bot yet."""
    with service(place) as made:
        made.slack.control("faults", rates=False)
        yield made


def kept(place: Office) -> list[Path]:
    """What was acknowledged, and is not done."""
    return list((place.folder / "state/slack-inbox").glob("*"))


def reasons(place: Office) -> list[str]:
    """Why changes were asked for."""
    return [event.told["request"]["reason"] for event in place.desk.events(0) if event.kind == "change.opened"]


def whispers(served: Service) -> str:
    """What only Siti was told."""
    seen = served.slack.view(SITI, CHANGES)["messages"]
    return "\n".join(each["text"] for each in seen if each["only_me"])


def killed_while(served: Service, monkeypatch: pytest.MonkeyPatch, ask: Callable[[], object]) -> None:
    """A bot that has acknowledged, and is gone before the desk was asked: its threads do nothing any more."""

    def dies(*_given: object, **_named: object) -> None:
        raise SystemExit

    with monkeypatch.context() as patched:
        patched.setattr(Desk, "request", dies)
        # What a killed bot cannot do any more.
        patched.setattr(Inbox, "let_go", lambda *_: None)
        with served.bot():
            ask()
            until(lambda: kept(served.place), "that it was kept")
            time.sleep(0.5)
    assert reasons(served.place) == []


def says(served: Service, line: str) -> Callable[[], None]:
    """Somebody types this, and it is heard."""

    def ask() -> None:
        assert not served.slack.say(line, channel=CHANGES).get("note")

    return ask


def test_what_was_heard_is_done_by_whoever_comes_next(served: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    killed_while(served, monkeypatch, says(served, "/spse siram mamuju --alasan penting"))
    (file,) = kept(served.place)
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.parent.stat().st_mode & 0o777 == 0o700
    with served.bot():
        until(lambda: reasons(served.place) == ["penting"], "the change")
        until(lambda: "dicatat" in whispers(served), "the answer")
        until(lambda: not kept(served.place), "that it is forgotten")
    with served.bot():
        time.sleep(0.5)
    assert reasons(served.place) == ["penting"]


def test_what_was_done_is_not_done_again(served: Service) -> None:
    with served.bot():
        served.slack.say("/spse siram mamuju --alasan sekali", channel=CHANGES)
        until(lambda: reasons(served.place), "the change")
        until(lambda: not kept(served.place), "that it is forgotten")
        (event,) = [each for each in served.place.desk.events(0) if each.kind == "change.opened"]
    # As if it had been killed between recording and forgetting.
    trigger = str(event.key).rpartition(":")[2]
    said = {"user_id": SITI, "channel_id": CHANGES, "text": "siram mamuju --alasan sekali", "trigger_id": trigger}
    Inbox(served.place.folder / "state/slack-inbox").keep("command", trigger, said)
    with served.bot():
        until(lambda: not kept(served.place), "that it is forgotten")
    assert reasons(served.place) == ["sekali"]


def test_what_is_long_ago_is_not_done_and_said_so(served: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    killed_while(served, monkeypatch, says(served, "/spse siram mamuju --alasan basi"))
    monkeypatch.setattr(inbox, "FRESH", 0)
    with served.bot():
        until(lambda: "TIDAK tercatat" in whispers(served), "the answer")
        until(lambda: not kept(served.place), "that it is forgotten")
    assert reasons(served.place) == []


def test_what_nobody_can_read_holds_nobody_up(served: Service) -> None:
    folder = served.place.folder / "state/slack-inbox"
    folder.mkdir()
    (folder / "a.json").write_text("{")
    (folder / "b.json").write_text(json.dumps({"kind": "tidak dikenal", "body": {}, "at": 0}))
    (folder / "c.json").write_text("[]")
    with served.bot():
        until(lambda: not kept(served.place), "that they are gone")
        served.slack.say("/spse siram mamuju --alasan jalan", channel=CHANGES)
        until(lambda: reasons(served.place) == ["jalan"], "the change")


def test_a_full_disk_does_not_make_it_deaf(served: Service) -> None:
    folder = served.place.folder / "state/slack-inbox"
    # Where its folder should be is something else: nothing can be written there.
    folder.write_text("")
    with served.bot():
        served.slack.say("/spse siram mamuju --alasan tetap", channel=CHANGES)
        until(lambda: reasons(served.place) == ["tetap"], "the change")


def test_a_form_is_kept_as_well(served: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    slack = served.slack

    def ask() -> None:
        slack.say("/spse siram mamuju", channel=CHANGES)
        form = until(lambda: slack.view(SITI, CHANGES)["modal"], "the form")
        mamuju = {"text": {"type": "plain_text", "text": "mamuju"}, "value": "mamuju"}
        values: Json = {"lpse": {"lpse": [mamuju]}, "reason": {"reason": "formulir"}}
        assert not slack.post("/client/submit", user=SITI, view=form["id"], values=values).get("note")
        until(lambda: any('"view"' in file.read_text() for file in kept(served.place)), "that it was kept")

    killed_while(served, monkeypatch, ask)
    with served.bot():
        until(lambda: reasons(served.place) == ["formulir"], "the change")
        until(lambda: not kept(served.place), "that it is forgotten")
