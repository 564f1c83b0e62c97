"""The bot between an office and a Slack: from a typed line in Chromium to a change that is done and proven."""

import json
import threading
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from chatops.ledger.course import Stage
from tests.desk.office import Office
from tests.slack.room import BUDI, SITI, Room, ask, until
from tests.slack.service import CHANGES, Service, health, service

type Json = dict[str, Any]

FIRST = "CHG-2026-000001"
DEWI = "U0DEWI"


@pytest.fixture
def served(place: Office, monkeypatch: pytest.MonkeyPatch) -> Any:  # noqa: ANN401 - a generator of pytest's
    """An office with a Slack, where messages are edited at once, and no bot yet."""
    monkeypatch.setattr("chatops.notifier.PACE", 0.1)
    with service(place) as made:
        yield made


def number_of(place: Office, count: int = 1) -> str:
    """The change that was asked for last."""
    return until(lambda: opened(place)[count - 1 :], "a change")[0]


def opened(place: Office) -> list[str]:
    """The changes that were asked for."""
    return [event.subject for event in place.desk.events(0) if event.kind == "change.opened"]


def buttons(message: Json) -> dict[str, str]:
    """What can be pressed at a message, with the value of each."""
    blocks = [block for block in message["blocks"] if block["type"] == "actions"]
    return {each["action_id"]: each["value"] for block in blocks for each in block["elements"]}


def waiting(served: Service, number: str) -> Json:
    """The message of a change that waits for a yes."""
    until(lambda: "approve" in buttons(served.message(number)), "the buttons", 60)
    return served.message(number)


def whisper(slack: Room, user: str, words: str, channel: str = CHANGES) -> str:
    """What only one reads."""

    def look() -> list[str]:
        return [text for text in slack.texts(user, channel) if words in text]

    return until(look, words)[-1]


def test_from_a_typed_command_to_a_proven_change(served: Service, page: Page) -> None:
    place, slack = served.place, served.slack
    with served.bot(), place.worker():
        page.goto(f"{slack.base}/?channel={CHANGES}")
        page.get_by_label("Pesan untuk #perubahan-spse").fill("/spse tanam")
        page.keyboard.press("Enter")
        form = page.get_by_role("dialog", name="tanam")
        form.get_by_label("LPSE").press_sequentially("mam")
        expect(form.locator(".search").get_by_role("option")).to_have_text(["mamuju"])
        page.keyboard.press("Enter")
        form.get_by_label("Alasan", exact=True).fill("Laporan <!channel> *gawat*")
        form.get_by_role("button", name="Minta").click()
        message = page.locator("#log .message", has_text="Menanam sesuatu: mamuju")
        expect(message).to_contain_text("Menunggu persetujuan", timeout=60_000)
        expect(message).to_contain_text("Alasan: Laporan <!channel> *gawat*")
        expect(message.locator("pre")).to_contain_text("+isi no")
        number = number_of(place)
        # Whoever has asked presses it, too, and is refused.
        message.get_by_role("button", name="Setujui").click()
        page.get_by_role("button", name="Ya, setujui").click()
        refused = page.get_by_text("tidak berhak menyetujui")
        expect(refused).to_be_visible()
        page.get_by_label("Anda sebagai").select_option(BUDI)
        message.get_by_role("button", name="Setujui").click()
        page.get_by_role("button", name="Ya, setujui").click()
        expect(message).to_contain_text("Selesai", timeout=60_000)
        expect(message.get_by_role("button", name="Setujui")).to_have_count(0)
        message.locator(".replies").click()
        thread = page.get_by_role("complementary", name="Utas")
        for words in ("@budi menyetujui rencana", "Pemeriksaan tengok: baik.", "mamuju1: Beres", "Ditutup: Selesai."):
            expect(thread).to_contain_text(words)
        expect(thread.get_by_role("link", name=f"{number}-1.log", exact=True)).to_be_visible()
    assert place.course(number).stage is Stage.DONE
    assert place.desk.ledger.verify().events > 8
    assert [line.split()[0] for line in place.journal("mamuju1")] == ["begin", "end"]


def test_help_shows_what_the_asker_may_and_no_more(served: Service) -> None:
    slack = served.slack
    with served.bot():
        for user in (SITI, BUDI, DEWI, "U0TAMU"):
            slack.say("/spse help", user)
            until(lambda one=user: slack.texts(one), "help")  # type: ignore[misc]
        shown = {user: json.dumps(slack.view(user)["messages"]) for user in (SITI, BUDI, DEWI, "U0TAMU")}
        assert "/spse cabut" in shown[SITI]
        assert "/spse cabut" not in shown[DEWI]
        assert "/spse tanam" in shown[DEWI]
        assert "/spse tanam" not in shown[BUDI]
        assert "/spse tengok" in shown[BUDI]
        assert "tidak terdaftar" in shown["U0TAMU"]
        # Whoever comes into a group has its rights, and loses them with it.
        slack.say("/spse cabut", DEWI)
        assert "tidak berhak" in whisper(slack, DEWI, "cabut", "C0UMUM")


def test_slips_of_the_pen_are_answered_with_the_nearest(served: Service) -> None:
    slack = served.slack
    lines = {
        "tanm mamuju": "Maksud Anda `tanam`?",
        "tanam mamujo": "Maksud Anda `mamuju`?",
        "tanam mamujo --alasan x": "LPSE `mamujo` tidak ada dalam inventaris hosts.ini. Maksud Anda `mamuju`?",
        "tanam mamuju --alasan x --second 3": "`second` tidak dikenal oleh operasi `tanam`",
        "tanam mamuju --alasan x --fail perhaps": "pilih salah satu: yes, no",
        "tanam mamuju --alasan 'x": "tanda kutip yang tidak ditutup",
        "tanam mamuju --alasan x --mulai besok": "bukan waktu ISO 8601",
        "CHG-2026-000999": "Perubahan `CHG-2026-000999` tidak ada dalam buku catatan",
        "tanam --alasan x": "",
    }
    with served.bot():
        for typed, words in lines.items():
            slack.say(f"/spse {typed}")
            if words:
                assert whisper(slack, SITI, words, "C0UMUM")
        # What is not complete is asked for.
        modal = until(lambda: slack.view()["modal"], "the form")
        assert modal["title"]["text"] == "tanam"
    assert opened(served.place) == []


def test_a_report_becomes_a_request(served: Service) -> None:
    slack = served.slack
    with served.bot():
        slack.say("SPSE mamuju lambat <b> & *mati*", BUDI)
        ts = slack.view()["messages"][-1]["ts"]
        slack.post("/client/shortcut", user=SITI, channel="C0UMUM", message=ts, id="record_change")
        first = until(lambda: slack.view()["modal"], "the choice")
        option = {"text": {"type": "plain_text", "text": "x"}, "value": "siram"}
        pressed = {"block_id": "operation", "action_id": "operation", "value": option}
        slack.post("/client/press", user=SITI, view=first["id"], **pressed)
        form = until(lambda: (now := slack.view()["modal"])["callback_id"] == "request" and now, "the form")
        mamuju = {"text": {"type": "plain_text", "text": "mamuju"}, "value": "mamuju"}
        values: Json = {"lpse": {"lpse": [mamuju]}, "reason": {"reason": "SPSE mamuju lambat <b> & *mati*"}}
        assert values["reason"]["reason"] in json.dumps(form["blocks"], ensure_ascii=False)
        slack.post("/client/submit", user=SITI, view=form["id"], values=values)
        number = number_of(served.place)
        assert served.place.course(number).request["reason"] == "SPSE mamuju lambat <b> & *mati*"
        assert number in whisper(slack, SITI, "dicatat", "C0UMUM")


def test_the_home_shows_what_waits_for_whom(served: Service) -> None:
    slack, place = served.slack, served.place
    with served.bot(), place.worker():
        slack.say("/spse siram mamuju --alasan kering", channel=CHANGES)
        number = number_of(place)
        waiting(served, number)
        for user, heading in ((SITI, "Permintaan Anda"), (BUDI, "Menunggu jawaban")):
            slack.post("/client/home", user=user)
            home = until(lambda one=user: slack.view(one)["home"], "the home")  # type: ignore[misc]
            text = json.dumps(home, ensure_ascii=False)
            assert number in text.partition(heading)[2].partition("divider")[0]


def test_rejecting_asks_for_a_reason(served: Service) -> None:
    slack, place = served.slack, served.place
    with served.bot(), place.worker():
        slack.say("/spse siram mamuju --alasan kering", channel=CHANGES)
        number = number_of(place)
        message = waiting(served, number)
        pressed = {"block_id": "answer", "action_id": "reject"}
        slack.post("/client/press", user=BUDI, channel=CHANGES, message=message["ts"], **pressed)
        form = until(lambda: slack.view(BUDI)["modal"], "the question")
        slack.post("/client/submit", user=BUDI, view=form["id"], values={"note": {"note": "belum `perlu` <!here>"}})
        served.wait_for(number, "Dibatalkan")
        assert any("ditolak: belum 'perlu' &lt;!here&gt;" in text for text in served.thread(number))


def test_slow_work_keeps_no_acknowledgement_waiting(
    served: Service, monkeypatch: pytest.MonkeyPatch, figures: list[str]
) -> None:
    hold = threading.Event()
    monkeypatch.setattr(served.place.desk, "request", lambda *_: hold.wait(60))
    with served.bot() as bot:
        served.slack.control("faults", rates=False)
        line = "/spse siram mamuju --alasan {n}"
        told = served.slack.control("burst", user=SITI, channel="C0UMUM", text=line, count=300)["seconds"]
        # Eight of them hold all threads that work; not one of three hundred waits for these.
        assert min(told) >= 0
        served.slack.say("/spse help")
        whisper(served.slack, SITI, "Bantuan", "C0UMUM")
        hold.set()
        metrics = ask(f"http://{bot.settings.listen}", "GET", "/metrics")["text"]
    told.sort()
    acks = float(
        next(each for each in metrics.splitlines() if each.startswith("spse_slack_ack_seconds_count")).split()[1]
    )
    assert acks >= 301
    figures.append(f"300 commands at once while all work is held: ack p50 {told[150]:.3f} s, p99 {told[297]:.3f} s")


def test_an_answer_that_takes_long_keeps_no_acknowledgement_waiting(served: Service) -> None:
    slack = served.slack
    with served.bot():
        slack.say("/spse siram mamuju", channel="C0UMUM")
        form = until(lambda: slack.view(SITI, "C0UMUM")["modal"], "the form")
        (served.place.folder / "operations" / "siram.yml").unlink()
        slack.control("faults", api_delay=4)
        mamuju = {"text": {"type": "plain_text", "text": "mamuju"}, "value": "mamuju"}
        values = {"lpse": {"lpse": [mamuju]}, "reason": {"reason": "formulir"}}
        assert not slack.post("/client/submit", user=SITI, view=form["id"], values=values).get("note")
        whisper(slack, SITI, "tidak ada lagi dalam katalog", "C0UMUM")


def test_a_stalled_socket_is_noticed_and_left(served: Service) -> None:
    slack = served.slack
    with served.bot(quiet=2.0) as bot:
        assert health(bot)["ok"]
        # It connects anew every two seconds, also while nothing is wrong.
        until(lambda: slack.control("stall")["stalled"] == 1, "a connection to be stalled")
        until(lambda: slack.seen()["hellos"] >= 2 and bot.socket and bot.socket.anew, "a new connection", 30)
        # What is asked may fall between two connections.
        until(lambda: slack.say("/spse help") and "Bantuan /spse" in slack.texts(), "the help", 30)
        assert health(bot)["ok"]


def test_a_new_connection_that_slack_asks_for_takes_no_time(served: Service) -> None:
    slack = served.slack
    with served.bot():
        for number in range(3):
            hellos = slack.seen()["hellos"]
            slack.control("disconnect", reason="refresh_requested")
            until(lambda before=hellos: slack.seen()["hellos"] > before, "a new connection", 4)  # type: ignore[misc]
            slack.control("clock", seconds=11)
            until(lambda: slack.seen()["connections"] == 1, "one connection")
            slack.say(f"/spse help {number}")
            until(lambda wanted=number: len(slack.texts()) > wanted, "the help")  # type: ignore[misc]


def test_a_slack_that_does_not_greet_is_told_of(served: Service) -> None:
    with served.bot(quiet=1.5, hello=1.5) as bot:
        served.slack.control("faults", broken=1000, method="apps.connections.open")
        served.slack.control("stall")
        until(lambda: not health(bot)["ok"], "the alarm", 30)
        served.slack.control("faults", broken=0)
        until(lambda: health(bot)["ok"], "the end of the alarm", 60)
