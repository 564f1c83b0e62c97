"""What somebody may try who is not who he says, or who may not what he wants."""

import json
import logging
import time
import urllib.parse
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest

from chatops.commands.twin import MANIFEST
from chatops.ledger.course import Stage
from chatops.slack.bot import Bot
from chatops.slack.settings import SlackSettings
from chatops.twin.envelopes import signed
from chatops.twin.workspace import SIGNING_SECRET
from tests.desk.office import RINI, Office
from tests.slack.room import BUDI, GENERAL, SITI, ask, until
from tests.slack.service import CHANGES, Service, health, service

type Json = dict[str, Any]

CANARY = "kenari-rahasia-91"
RINA = "U0RINA"
GUEST = "U0TAMU"


@pytest.fixture
def served(place: Office, monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    """An office with a Slack, where messages are edited at once."""
    monkeypatch.setattr("chatops.notifier.PACE", 0.1)
    with service(place) as made:
        yield made


def opened(place: Office) -> list[str]:
    return [event.subject for event in place.desk.events(0) if event.kind == "change.opened"]


def kinds(place: Office, number: str) -> list[str]:
    return [event.kind for event in place.desk.events(0) if event.subject == number]


def command(text: str, trigger: str = "1.2.3", user: str = SITI) -> bytes:
    """The body of a slash command."""
    told = {"command": "/spse", "text": text, "trigger_id": trigger, "user_id": user, "channel_id": GENERAL}
    return urllib.parse.urlencode(told | {"team_id": "T0TWIN", "response_url": "http://127.0.0.1:9/"}).encode()


def send(bot: Bot, body: bytes, headers: dict[str, str]) -> Json:
    """A request by HTTP."""
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    return ask(f"http://{bot.settings.listen}", "POST", "/slack/events", body, form | headers)


def test_requests_that_are_not_slacks_are_refused_unread(served: Service, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    # What the bot says of it afterwards the SDK writes down at this level; this is about what it hears.
    caplog.set_level(logging.INFO, "slack_sdk.web.base_client")
    body = command(f"siram mamuju --alasan {CANARY}")
    now = str(int(time.time()))
    good = signed(body, now)
    forged: list[dict[str, str]] = [
        {},
        signed(body, now, "another secret"),
        signed(body + b"&text=lain", now),
        signed(body, str(int(now) - 301)),
        signed(body, str(int(now) + 3600)),
        good | {"X-Slack-Signature": ""},
        good | {"X-Slack-Signature": "v0=" + "0" * 64},
    ]
    forged += [signed(body, each) for each in ("abc", "", "-1", "1e9", "0x10", now + ".5", "9" * 400, " ")]
    with served.bot(app_token="") as bot:
        answers = [send(bot, body, headers) for headers in forged]
        assert [answer["status"] for answer in answers] == [401] * len(forged)
        assert {answer["text"] for answer in answers} == {""}
        assert send(bot, b"x" * 1_000_001, signed(b"x" * 1_000_001, now))["status"] == 401
        assert opened(served.place) == []
        assert CANARY not in caplog.text
        # The same, genuine, three times within five minutes: a replay is one request.
        for _ in range(3):
            assert send(bot, body, good)["status"] == 200
        until(lambda: opened(served.place), "the change")
        assert health(bot)["ok"]
    assert len(opened(served.place)) == 1
    assert CANARY not in caplog.text


def test_a_button_asks_who_presses_it(served: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chatops.slack.edge.ANSWERS", 0)
    place, slack = served.place, served.slack
    with served.bot():
        number = place.ask("tanam", by=replace(RINI, account="siti")).number
        until(lambda: "Setujui" in str(served.message(number)["blocks"]), "the button")
        for user, words in ((GUEST, "tidak terdaftar"), (SITI, "tidak berhak"), ("U0AGUS", "tidak berhak")):
            for action in ("approve", "cancel", "replan"):
                if (user, action) in ((SITI, "cancel"), (SITI, "replan")):
                    continue
                served.press(number, action, user)
                until(lambda who=user, said=words: said in str(slack.texts(who, CHANGES)), words)  # type: ignore[misc]
        # A form behind a button, too.
        served.press(number, "reject", GUEST)
        assert slack.view(GUEST)["modal"] is None
        assert kinds(place, number).count("approval.given") == 0
        assert place.course(number).stage is Stage.WAITING
        # And rights are looked up when it is pressed: out of the group, out of the right.
        slack.control("membership", group="S0SETUJU", user=BUDI, member=False)
        served.press(number, "approve", BUDI)
        until(lambda: "tidak berhak" in str(slack.texts(BUDI, CHANGES)), "the refusal")
    assert place.course(number).stage is Stage.WAITING


def test_an_approver_cannot_say_yes_to_himself(served: Service) -> None:
    place, slack = served.place, served.slack
    with served.bot():
        slack.say("/spse tanam mamuju --alasan sendiri", RINA)
        number = until(lambda: opened(place), "the change")[0]
        place.desk.plan(number)
        until(lambda: "Setujui" in str(served.message(number)["blocks"]), "the button")
        served.press(number, "approve", RINA)
        until(lambda: "permintaannya sendiri" in str(slack.texts(RINA, CHANGES)), "the refusal")
    assert kinds(place, number).count("approval.given") == 0


def test_a_yes_is_to_the_plan_that_was_shown(served: Service) -> None:
    place, slack = served.place, served.slack
    who = replace(RINI, account="siti")
    with served.bot():
        number = place.ask("tanam", by=who).number
        until(lambda: "Setujui" in str(served.message(number)["blocks"]), "the button")
        old = served.message(number)
        (place.folder / "field" / "mamuju1" / "isi").write_text("lain\n")
        place.desk.plan(place.desk.replan(who, number).number)
        value = next(block for block in old["blocks"] if block["block_id"] == "answer")["elements"][0]["value"]
        # Somebody has the old message before him, or forges it.
        payload = {
            "type": "block_actions",
            "user": {"id": BUDI},
            "channel": {"id": CHANGES},
            "container": {"message_ts": old["ts"]},
            "trigger_id": "9.9.9",
            "team": {"id": "T0TWIN"},
            "actions": [{"type": "button", "action_id": "approve", "block_id": "answer", "value": value}],
        }
        slack.control("deliver", kind="interactive", payload=payload)
        until(lambda: "rencananya sudah berganti" in str(slack.texts(BUDI, CHANGES)), "the refusal")
    assert json.loads(value)["hash"] != place.course(number).hash
    assert kinds(place, number).count("approval.given") == 0


PATTERNS = ("all", "*", "mamuju:!bogor", "bogor:&mamuju", "~.*", "mamuju1", "localhost", "mamuju,bogor", "../x", "@/x")


def test_patterns_are_no_names(served: Service) -> None:
    with served.bot():
        for count, smuggled in enumerate(PATTERNS, start=1):
            served.slack.say(f"/spse siram '{smuggled}' --alasan x")
            until(lambda: str(served.slack.texts()).count("tidak ada dalam inventaris") == count, smuggled)  # noqa: B023
    assert opened(served.place) == []


def test_what_comes_twice_is_done_once(served: Service) -> None:
    place, slack = served.place, served.slack
    with served.bot():
        slack.control("faults", duplicate=1)
        slack.say("/spse siram mamuju --alasan dua")
        number = until(lambda: opened(place), "the change")[0]
        place.desk.plan(number)
        until(lambda: "Setujui" in str(served.message(number)["blocks"]), "the button")
        slack.control("faults", duplicate=2)
        for _ in range(3):
            served.press(number, "approve", BUDI)
        until(lambda: place.course(number).stage is Stage.QUEUED, "the yes")
    assert len(opened(place)) == 1
    assert kinds(place, number).count("approval.given") == 1
    assert sum("disetujui oleh Anda" in text for text in slack.texts(BUDI, CHANGES)) == 1


def test_nonsense_leaves_the_bot_alive(served: Service, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.CRITICAL)
    slack = served.slack
    action = {"type": "button", "action_id": "approve", "block_id": "answer", "value": "[]"}
    common = {"user": {"id": BUDI}, "team": {"id": "T0TWIN"}, "trigger_id": "7.7.7", "channel": {"id": CHANGES}}
    with served.bot() as bot:
        payloads: list[Json] = [
            common | {"type": "block_actions", "actions": [action]},
            common | {"type": "block_actions", "actions": [action | {"value": "{"}]},
            common | {"type": "block_actions", "actions": [action | {"action_id": "unknown"}]},
            common | {"type": "view_submission", "view": {"callback_id": "request", "private_metadata": "{}"}},
            common
            | {"type": "view_submission", "view": {"callback_id": "note_reject", "id": "V1", "private_metadata": "x"}},
            common | {"type": "lain"},
            {},
        ]
        with ThreadPoolExecutor(len(payloads)) as threads:
            before = len(slack.seen()["envelopes"])
            told = threads.map(lambda each: slack.control("deliver", kind="interactive", payload=each), payloads)
            # None of them is answered: for each the three seconds have to pass.
            until(lambda: len(slack.seen()["envelopes"]) == before + len(payloads), "all of them")
            slack.control("clock", seconds=3)
            list(told)
        slack.say("/spse help")
        until(lambda: "Bantuan" in str(slack.texts()), "the help")
        assert health(bot)["ok"]


def test_tokens_do_not_print(served: Service) -> None:
    for shown in (repr(served.settings), str(served.settings)):
        assert "xoxb" not in shown
        assert "xapp" not in shown
        assert SIGNING_SECRET not in shown
    assert "xoxb" not in MANIFEST.read_text()
    given = {"SPSE_OPS_SLACK_BOT_TOKEN": "xoxb-9", "SPSE_OPS_SLACK_APP_TOKEN": "xapp-9"}
    assert "9" not in repr(SlackSettings.from_environment(given)).replace("8090", "")
