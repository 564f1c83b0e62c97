"""What is watched reaches Slack: how hosts stand, outages, the morning, proposals; each once, and by right."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from prometheus_client import CollectorRegistry
from slack_sdk import WebClient

from chatops import watched
from chatops.ledger.chain import Entry
from chatops.notifier import Notifier
from chatops.proposals import ProposalDesk
from chatops.watch.daily import Daily, Morning
from chatops.watch.keeping import Keeper
from chatops.watch.look import Look, State, Target
from chatops.watch.measures import Level
from chatops.watch.proposals import Proposer
from chatops.watch.summary import Days, span
from tests.desk.office import Office
from tests.slack.room import SITI, Json, until
from tests.slack.service import ALARMS, CHANGES, Service, service
from tests.unit.fleet import DAY, look, settled

DEWI, TAMU, AGUS = "U0DEWI", "U0TAMU", "U0AGUS"


@pytest.fixture
def served(place: Office, monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    """An office with a Slack, where messages are edited at once, and no bot yet."""
    monkeypatch.setattr("chatops.notifier.PACE", 0.1)
    with service(place) as made:
        made.slack.control("faults", rates=False)
        yield made


@contextmanager
def telling(served: Service) -> Iterator[Notifier]:
    """A notifier, and its end as if it was killed."""
    client = WebClient(served.settings.bot_token, base_url=served.settings.api, timeout=5)
    yield Notifier(served.place.desk, client, served.settings, CollectorRegistry())


def at_rest(*notifiers: Notifier) -> None:
    """Let them tell everything."""
    end = time.monotonic() + 30
    while any(each.desk.events(each._cursor) for each in notifiers):  # noqa: SLF001 - each has its own
        assert time.monotonic() < end
        for each in notifiers:
            each.step()
    time.sleep(0.15)
    for each in notifiers:
        each.step()


def begun(served: Service, number: int, host: str = "mamuju", at: str = "", why: str = "refused") -> str:
    """An outage, as the watcher records it."""
    name = f"GGN-{datetime.now(UTC).year}-{number:06}"
    body = {
        "at": at or datetime.now(UTC).isoformat(timespec="seconds"),
        "host": f"spse.{host}.example",
        "lpse": host,
        "instance": "prod",
        "last_there": None,
        "why": why,
        "planned": False,
        "zone": "WITA",
    }
    with served.place.desk.ledger.writing() as writer:
        writer.append(Entry("outage.began", name, "pemantau", body, f"outage:{name}"))
    return name


def ended(served: Service, name: str) -> None:
    """It is over."""
    now = datetime.now(UTC).isoformat(timespec="seconds")
    body = {"at": now, "last_away": now, "returns": 2, "there_seconds": 0, "unwatched_seconds": 0}
    with served.place.desk.ledger.writing() as writer:
        writer.append(Entry("outage.ended", name, "pemantau", body, f"outage-ended:{name}"))


def alarms(served: Service) -> list[Json]:
    """What everybody reads in the channel."""
    return list(served.slack.view(channel=ALARMS)["messages"])


def pressed(served: Service, message: Json, action: str, user: str, channel: str = ALARMS) -> None:
    """Press a button below a message."""
    block = "status" if action == "status_look" else "proposal"
    served.slack.post(
        "/client/press", user=user, channel=channel, message=message["ts"], block_id=block, action_id=action
    )


def whispered(served: Service, user: str, words: str, channel: str = CHANGES) -> Json:
    """What only one reads, where these words are in it."""

    def found() -> list[Json]:
        return [each for each in served.slack.view(user, channel)["messages"] if words in str(each)]

    return until(found, words, 30)[-1]


def test_an_outage_has_one_message_which_is_edited(served: Service) -> None:
    with telling(served) as notifier:
        name = begun(served, 1)
        at_rest(notifier)
        (message,) = alarms(served)
        assert "Gangguan mamuju prod" in message["text"]
        assert "BELUM BERAKHIR" in str(message["blocks"])
        ended(served, name)
        at_rest(notifier)
    (message,) = alarms(served)
    assert "hilang timbul 2 kali" in str(message["blocks"])
    assert "BELUM BERAKHIR" not in str(message["blocks"])


def test_an_instance_that_goes_again_and_again_has_one_message(served: Service) -> None:
    for number in range(1, 4):
        # Killed after each of them.
        with telling(served) as notifier:
            at_rest(notifier)
            name = begun(served, number)
            at_rest(notifier)
            ended(served, name)
            at_rest(notifier)
    (message,) = alarms(served)
    assert "berakhir · 3 kali" in message["text"]
    begun(served, 4, "bogor")
    with telling(served) as notifier:
        at_rest(notifier)
    assert len(alarms(served)) == 2


def test_many_that_go_at_once_share_a_message(served: Service) -> None:
    with telling(served) as notifier:
        at_rest(notifier)
        for number in range(1, 21):
            begun(served, number, f"lpse-{number:02}")
        at_rest(notifier)
    messages = alarms(served)
    assert len(messages) == watched.STORM + 1
    assert "Gangguan pada 15 instans" in messages[-1]["text"]


def test_what_was_over_before_anybody_listened_is_not_told(served: Service) -> None:
    ended(served, begun(served, 1))
    with telling(served) as notifier:
        at_rest(notifier)
    assert alarms(served) == []


def test_the_morning_is_told_once_by_two_bots(served: Service) -> None:
    ledger = served.place.desk.ledger
    settled(ledger)
    with telling(served) as one, telling(served) as two:
        at_rest(one, two)
        assert Daily(ledger, "pemantau", Morning(0)).look(span(DAY)[1] + 3600) == DAY
        at_rest(one, two)
    found = [each for each in alarms(served) if "Ringkasan" in each["text"]]
    assert len(found) == 1
    assert "3 server; sekarang 1 kritis" in found[0]["text"]
    assert "Galat pada GET /paket" in str(found[0]["blocks"])


def test_a_day_that_a_bot_died_over_is_told_by_another(served: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    ledger = served.place.desk.ledger
    settled(ledger)
    with telling(served) as first:
        at_rest(first)
        event = _day(served)
        assert not first._watched.waits(event)  # noqa: SLF001 - it says that it tells, and dies
    with telling(served) as second:
        second.step()
        assert not [each for each in alarms(served) if "Ringkasan" in each["text"]]
        monkeypatch.setattr("chatops.watched.CLAIMED", watched.CLAIMED * 0)
        at_rest(second)
    assert len([each for each in alarms(served) if "Ringkasan" in each["text"]]) == 1


def _day(served: Service) -> Any:  # noqa: ANN401 - an event
    assert Daily(served.place.desk.ledger, "pemantau", Morning(0)).look(span(DAY)[1] + 3600) == DAY
    return next(each for each in served.place.desk.events(0) if each.kind == "summary.made")


def proposed(served: Service, operation: str = "pupuk", number: str = "USL-2026-000001", **more: Any) -> str:  # noqa: ANN401
    """Something is proposed for mamuju."""
    body = {
        "lpse": "mamuju",
        "host": "mamuju1",
        "rule": "kering",
        "about": "",
        "class": "minor",
        "operation": operation,
        "title": ["Pupuk <!here>", "Feed"],
        "advice": ["Beri pupuk *segera*.", "Feed it."],
        "evidence": {"memory": 0.1},
    }
    with served.place.desk.ledger.writing() as writer:
        writer.append(Entry("proposal.made", number, "pemantau", body | more, f"made:{number}"))
    return number


def test_a_proposal_is_opened_by_its_button_and_by_right(served: Service) -> None:
    number = proposed(served)
    with served.bot():
        message = until(lambda: alarms(served), "the proposal")[0]
        assert "<!here>" not in message["blocks"][0]["text"]["text"]
        pressed(served, message, "proposal_open", AGUS)
        whispered(served, AGUS, "tidak berhak", ALARMS)
        pressed(served, message, "proposal_open", TAMU)
        whispered(served, TAMU, "tidak terdaftar", ALARMS)
        pressed(served, message, "proposal_open", DEWI)
        whispered(served, DEWI, "dibuka sebagai", ALARMS)
        change = ProposalDesk(served.place.desk).told(number).change
        until(lambda: change in str(alarms(served)[0]["blocks"]), "the edited message", 30)
        assert "proposal_open" not in str(alarms(served)[0]["blocks"])
        assert served.message(change)
    assert len([each for each in served.place.desk.events(0) if each.kind == "change.opened"]) == 1


def test_a_proposal_is_dismissed_with_words(served: Service) -> None:
    proposed(served, "")
    with served.bot():
        message = until(lambda: alarms(served), "the proposal")[0]
        pressed(served, message, "proposal_dismiss", SITI)
        form = until(lambda: served.slack.view(SITI)["modal"], "the question")
        values = {"note": {"note": "disk *sudah* dipesan"}}
        served.slack.post("/client/submit", user=SITI, view=form["id"], values=values)
        until(lambda: "Diabaikan" in str(alarms(served)[0]["blocks"]), "the edited message", 30)
        served.slack.say("/spse usulan", SITI, CHANGES)
        whispered(served, SITI, "Tidak ada usulan")


def test_many_of_a_kind_are_told_of_at_once(served: Service) -> None:
    ledger = served.place.desk.ledger
    names = [f"lpse-{number:02}" for number in range(12)]
    for name in names:
        Keeper(ledger, "pemantau").keep([_late(name)])
    with telling(served) as notifier:
        at_rest(notifier)
        assert len(Proposer(ledger, "pemantau").propose(Days(ledger).of(DAY), span(DAY)[1] + 3600)) == len(names)
        at_rest(notifier)
    (message,) = alarms(served)
    assert "Ambil titik pulih, 12 LPSE" in message["text"]
    assert "proposal_open" not in str(message["blocks"])


def _late(host: str) -> Look:
    """A host whose restore point is two days old."""
    one = look(host)
    assert one.answer
    return replace(one, answer=replace(one.answer, measures={**one.answer.measures, "backup": 50.0}))


def test_status_is_told_at_once_and_by_right(served: Service) -> None:
    ledger = served.place.desk.ledger
    Keeper(ledger, "pemantau").keep([_late("mamuju"), _late("bogor"), look("bone")])
    begun(served, 1, "bogor")
    with served.bot():
        served.slack.say("/spse status", SITI, CHANGES)
        told = str(whispered(served, SITI, "3 server"))
        assert "2 KRITIS" in told
        assert "bogor prod" in told
        served.slack.say("/spse status", DEWI, CHANGES)
        told = str(whispered(served, DEWI, "1 server"))
        assert "bogor" not in told
        served.slack.say("/spse keadaan mamuju", DEWI, CHANGES)
        told = str(whispered(served, DEWI, "titik pulih 50 jam yang lalu"))
        assert "umur titik pulih" in told
        served.slack.say("/spse status bogor", DEWI, CHANGES)
        whispered(served, DEWI, "bogor` tidak ada")
        served.slack.say("/spse status mamuj", SITI, CHANGES)
        whispered(served, SITI, "Maksud Anda `mamuju`")
        served.slack.say("/spse status", TAMU, CHANGES)
        whispered(served, TAMU, "tidak terdaftar")
        served.slack.say("/spse ringkasan", DEWI, CHANGES)
        whispered(served, DEWI, "mamuju · spse.mamuju.example")
        served.slack.say("/spse ringkasan", SITI, CHANGES)
        whispered(served, SITI, "Ringkasan ")


def test_a_host_is_looked_at_from_slack(served: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    """The look itself is shown elsewhere; here it is that the button leads to one, and keeps what it saw."""
    target = Target("mamuju1", "mamuju", "192.0.2.1")
    asked: list[Any] = []

    def ask(wanted: list[Target]) -> Iterator[Look]:
        asked.append(wanted)
        yield Look(target, State.HANGING, time.time(), 20.0)

    monkeypatch.setattr("chatops.watch.fleet.targets", lambda _settings, wanted: [target] if wanted else [])
    monkeypatch.setattr("chatops.watch.fleet.ask", ask)
    with served.bot():
        served.slack.say("/spse status mamuju", SITI, CHANGES)
        message = whispered(served, SITI, "belum pernah dilihat")
        pressed(served, message, "status_look", SITI, CHANGES)
        whispered(served, SITI, "TIDAK MENJAWAB")
    assert asked == [[target]]
    standings = Keeper(served.place.desk.ledger, "x").series.standings()
    assert standings["mamuju1"].level is Level.CRITICAL


def test_an_office_that_nobody_watches_is_asked_by_the_playbook(served: Service) -> None:
    entry = (served.place.desk.settings.catalogue / "tengok.yml").read_text()
    (served.place.desk.settings.catalogue / "status.yml").write_text(entry.replace("name: tengok", "name: status"))
    with served.bot():
        served.slack.say("/spse status mamuju", SITI, CHANGES)
        told = whispered(served, SITI, "dicatat. Rencananya muncul")
        assert "CHG-" in told["text"]
        Keeper(served.place.desk.ledger, "pemantau").keep([look("mamuju")])
        served.slack.say("/spse status mamuju", SITI, CHANGES)
        whispered(served, SITI, "titik pulih tidak diketahui")
        served.slack.say("/spse status mamuju --alasan audit", SITI, CHANGES)
        until(lambda: len([each for each in served.place.desk.events(0) if each.kind == "change.opened"]) == 2, "both")
