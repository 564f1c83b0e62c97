"""What people are told of access: once, whatever happens to Slack or the bot; and what others wrote stays text."""

import json
import logging
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from chatops.access import records
from chatops.access.grant import Grant
from chatops.access.register import Register
from chatops.access.rules import Limits
from chatops.notifier import Notifier
from chatops.slack import access_forms, grants, pages
from chatops.slack.line import Line
from chatops.twin import shapes
from tests.desk.office import Office
from tests.slack.doors import Doors, founded
from tests.slack.room import until
from tests.slack.service import ALARMS, CHANGES, service
from tests.slack.test_notifier import at_rest, messages, said, telling
from tests.slack.test_text import NASTY, mentions

NOW = datetime.now(UTC).replace(microsecond=0)


@pytest.fixture
def doors(place: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Doors]:
    """An office with a Slack and an authority, whose bot is only its notifier."""
    with service(place) as served:
        served.slack.control("faults", rates=False)
        yield founded(served, tmp_path, monkeypatch)


def registered(doors: Doors, actor: str) -> Register:
    """The register in somebody's hands."""
    place = doors.window.place
    return Register(doors.served.place.desk.ledger, actor, place.keyring, place.limits)


def shows(doors: Doors, notifier: Notifier, number: str, words: str) -> None:
    """Let it go on until the message of an access says so."""

    def look() -> bool:
        notifier.step()
        return words in str(doors.served.message(number))

    until(look, words)


def files(doors: Doors, number: str) -> list[str]:
    """What hangs below the message of an access."""
    thread = doors.served.slack.view(channel=CHANGES, thread=doors.served.message(number)["ts"])["thread"]
    return [file["name"] for each in thread for file in each["files"]]


@pytest.mark.parametrize("cut", range(3, 12, 2))
def test_killed_between_any_two_steps_it_tells_nothing_twice(
    doors: Doors, monkeypatch: pytest.MonkeyPatch, cut: int
) -> None:
    """It dies right after the n-th thing that it has told Slack or the ledger, before it can know that it did."""
    number = doors.asked()
    registered(doors, "rina").approve(number)
    with telling(doors.served) as notifier, monkeypatch.context() as patched:
        left = [cut]

        def dies_after(does: Any) -> Any:  # noqa: ANN401 - any call
            def call(*given: Any, **named: Any) -> Any:  # noqa: ANN401 - any call
                answer = does(*given, **named)
                if left[0] == 0:
                    raise KeyboardInterrupt
                left[0] -= 1
                return answer

            return call

        for name in ("chat_postMessage", "files_upload_v2"):
            patched.setattr(notifier.client, name, dies_after(getattr(notifier.client, name)))
        patched.setattr(notifier.desk, "advance", dies_after(notifier.desk.advance))
        with pytest.raises(KeyboardInterrupt):
            at_rest(notifier)
    for _ in range(2):
        with telling(doors.served) as notifier:
            at_rest(notifier)
    assert messages(doors.served.slack) == 1
    told = said(doors.served, number)
    assert len(told) == len(set(told)) == 2
    assert files(doors, number) == [f"{number}-cert.pub"]


def test_what_happened_while_slack_was_down_is_told_afterwards(doors: Doors, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.ERROR)
    with telling(doors.served) as notifier:
        at_rest(notifier)
        doors.served.slack.control("faults", broken=10_000)
        number = doors.asked()
        for _ in range(3):
            notifier.step()
        # Slack has no part in it: what is decided counts, and the certificate is signed.
        registered(doors, "rina").approve(number)
        registered(doors, "rina").revoke("hilang", number=number)
        notifier.step()
        doors.served.slack.control("faults", broken=0)
        notifier._quiet_until = 0  # noqa: SLF001 - as after its pause
        at_rest(notifier)
        shows(doors, notifier, number, "Dicabut")
    assert messages(doors.served.slack) == 1
    assert [each.split()[1] for each in said(doors.served, number) if "<@" in each][-1] == "mencabut:"
    assert files(doors, number) == [f"{number}-cert.pub"]


def test_what_ends_by_itself_is_shown_as_ended(doors: Doors, monkeypatch: pytest.MonkeyPatch) -> None:
    number, old = doors.asked(), doors.asked(now=datetime.now(UTC) - timedelta(hours=23, minutes=59, seconds=54))
    with telling(doors.served) as notifier:
        at_rest(notifier)
        assert "Menunggu persetujuan" in str(doors.served.message(number))
        shows(doors, notifier, old, "Lewat waktu")
        registered(doors, "rina").approve(number, NOW - timedelta(hours=5))
        at_rest(notifier)
        shows(doors, notifier, number, "Berakhir")
        assert notifier._shown == {}  # noqa: SLF001 - nothing is looked at for ever
    # And where nobody was there at that moment, whoever comes next says so.
    late = doors.asked()
    with telling(doors.served) as notifier:
        at_rest(notifier)
    monkeypatch.setattr("chatops.access.place.Limits", lambda **given: Limits(**given, ask_hours=0))
    with telling(doors.served) as notifier:
        shows(doors, notifier, late, "Lewat waktu")


def test_logins_are_witnessed_and_strangers_are_an_alarm(doors: Doors) -> None:
    number = doors.asked()
    grant, _ = registered(doors, "rina").approve(number)
    login = {
        "serial": grant.serial,
        "host": "mamuju1",
        "at": NOW.isoformat(),
        "from": "203.0.113.7",
        "role": "operator",
    }
    after = {"at": (datetime.now(UTC) + timedelta(minutes=4)).isoformat()}
    with telling(doors.served) as notifier:
        at_rest(notifier)
        registered(doors, "penjaga").use([json.dumps(login)])
        registered(doors, "rina").revoke("selesai", number=number)
        registered(doors, "penjaga").use([json.dumps(login | after), json.dumps(login | {"serial": 999_999})])
        at_rest(notifier)
        shows(doors, notifier, number, "Terakhir dipakai")
    told = said(doors.served, number)
    assert any(each.startswith("Masuk ke `mamuju1` dari `203.0.113.7`") for each in told)
    alarms = doors.served.slack.texts(channel=ALARMS)
    assert [("DIPAKAI SESUDAH BERAKHIR" in each, "`999999`" in each) for each in alarms] == [
        (True, False),
        (False, True),
    ]


def test_who_begins_late_does_not_tell_of_what_was_over(doors: Doors) -> None:
    old, new = doors.asked(), doors.asked()
    registered(doors, "rina").refuse(old, "tidak perlu")
    with telling(doors.served) as notifier:
        at_rest(notifier)
    assert doors.served.message(new)
    assert old not in str(doors.served.slack.view(channel=CHANGES)["messages"])


@pytest.mark.parametrize("nasty", NASTY)
def test_what_others_wrote_stays_text_and_fits(doors: Doors, nasty: str) -> None:
    desk, number = doors.served.place.desk, doors.asked()
    registered(doors, "rina").approve(number)
    login = {"host": nasty[:200], "at": NOW.isoformat(), "from": nasty[:200], "role": "operator"}
    serial = doors.events(number)[-1].seq
    registered(doors, "penjaga").use([json.dumps(login | {"serial": each}) for each in (serial, 999_999)])
    registered(doors, "rina").revoke(nasty, number=number)
    refused = doors.asked()
    registered(doors, "rina").refuse(refused, nasty)
    rules = desk.rules
    for each in (number, refused):
        grant = grant_of(doors, each)
        _fits(grants.message(grant, rules.people, NOW, Limits())[1])
        for event in grant.history:
            entry = grants.entry(grants.Told(event, grant, rules, doors.window.logins(grant)))
            assert len(entry.words) <= 4000
            assert mentions(entry.words) <= OURS
        line = grants.line(grant, rules.people, NOW, Limits())
        assert mentions(line) <= OURS
        assert shapes.blocks(pages.access([line] * 300)) == []
    (stranger,) = [event for event in desk.events(0) if event.subject == records.UNKNOWN]
    assert mentions(grants.stranger(stranger, rules).words) <= OURS
    form = access_forms.ask(["operator"], Line("access", reason=nasty), "mamuju", {"user": "U0SITI"}, Limits())
    assert shapes.view(form) == []


OURS = {f"<@U0{name}>" for name in ("SITI", "RINA")} | {f"<!subteam^S0{name}>" for name in ("OPS", "SETUJU")}


def grant_of(doors: Doors, number: str) -> Grant:
    """As the ledger has it."""
    return doors.window.told(number)


def _fits(blocks: list[dict[str, Any]]) -> None:
    """Slack takes it, and nothing in it is a link or a call that is not ours."""
    assert shapes.blocks(blocks) == []
    assert shapes.characters(blocks) <= shapes.MESSAGE_CHARACTERS
    marked = [each for each in _texts(blocks) if each["type"] == "mrkdwn"]
    assert marked
    assert {found for each in marked for found in re.findall(r"<[^>]*>", each["text"])} <= OURS


def _texts(value: object) -> Iterator[dict[str, Any]]:
    """Every text object below."""
    if isinstance(value, dict):
        if value.get("type") in ("plain_text", "mrkdwn"):
            yield value
        for each in value.values():
            yield from _texts(each)
    elif isinstance(value, list):
        for each in value:
            yield from _texts(each)
