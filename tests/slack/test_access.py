"""Access from Slack: asked for in a form, answered by somebody else, delivered in the thread, taken back."""

import logging
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from chatops.access import seal as seals
from chatops.permissions import Identity
from tests.desk.office import Office
from tests.slack.doors import CANARY, Doors, founded, told
from tests.slack.room import BUDI, SITI, until
from tests.slack.service import ALARMS, CHANGES, service

RINA, AGUS, DEWI, GUEST = "U0RINA", "U0AGUS", "U0DEWI", "U0TAMU"


@pytest.fixture
def doors(place: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Doors]:
    """An office with a Slack and an authority, and no bot yet."""
    with service(place) as served:
        yield founded(served, tmp_path, monkeypatch)


def test_from_a_form_to_a_certificate(doors: Doors, page: Page) -> None:
    slack = doors.served.slack
    with doors.served.bot():
        page.goto(f"{slack.base}/?channel={CHANGES}")
        page.get_by_label("Pesan untuk #perubahan-spse").fill("/spse access")
        page.keyboard.press("Enter")
        form = page.get_by_role("dialog", name="Minta akses")
        form.get_by_label("LPSE").press_sequentially("mam")
        expect(form.locator(".search").get_by_role("option")).to_have_text(["mamuju"])
        page.keyboard.press("Enter")
        form.get_by_label("Berapa lama").fill("9h")
        form.get_by_label("Kunci publiknya").fill("ssh-dss AAAAB3NzaC1kc3M= siti")
        form.get_by_label("Dari alamat mana").fill("10.0.0.0/8")
        form.get_by_label("Alasan").fill("Perbaikan <!channel> *gawat*")
        form.get_by_role("button", name="Minta").click()
        for words in ("antara 5 menit dan 8 jam", "Jenisnya tidak diterima", "terlalu luas"):
            expect(form).to_contain_text(words)
        form.get_by_label("Berapa lama").fill("2h")
        form.get_by_label("Kunci publiknya").fill(doors.line())
        form.get_by_label("Dari alamat mana").fill("203.0.113.7/32, 203.0.113.8")
        form.get_by_role("button", name="Minta").click()
        message = page.locator("#log .message", has_text="Akses operator: mamuju")
        expect(message).to_contain_text("Menunggu persetujuan", timeout=20_000)
        expect(message).to_contain_text("Alasan: Perbaikan <!channel> *gawat*")
        expect(message).to_contain_text("2 jam")
        # Whoever has asked presses it, too, and is refused.
        message.get_by_role("button", name="Setujui").click()
        page.get_by_role("button", name="Ya, setujui").click()
        expect(page.get_by_text("tidak berhak menyetujui akses")).to_be_visible()
        page.get_by_label("Anda sebagai").select_option(BUDI)
        message.get_by_role("button", name="Setujui").click()
        page.get_by_role("button", name="Ya, setujui").click()
        expect(message).to_contain_text("🔑 Berlaku", timeout=20_000)
        expect(message.get_by_role("button", name="Setujui")).to_have_count(0)
        message.locator(".replies").click()
        thread = page.get_by_role("complementary", name="Utas")
        (number,) = {each.subject for each in doors.events()}
        command = f"ssh -i KUNCI -o CertificateFile={number}-cert.pub lkpp-operator@mamuju1"
        for words in ("@siti meminta", "@budi menyetujui", command):
            expect(thread).to_contain_text(words)
        expect(thread.get_by_role("link", name=f"{number}-cert.pub", exact=True)).to_be_visible()
        saved = doors.file(number)
    assert doors.kinds(number) == ["access.asked", "access.granted"]
    _is_what_was_asked_for(doors, number, saved)


def _is_what_was_asked_for(doors: Doors, number: str, saved: Path) -> None:
    """As OpenSSH reads it, whatever we believe to have signed."""
    said = told(saved)
    granted = doors.events(number)[-1]
    assert f'Key ID: "siti/{number}"' in said
    assert f"Serial: {granted.seq}" in said
    assert said.partition("Principals:")[2].split()[0] == "operator@mamuju"
    assert "source-address 203.0.113.7/32,203.0.113.8/32" in said
    assert said.partition("Extensions:")[2].split() == ["permit-pty"]
    since, until_ = (datetime.fromisoformat(f"{each}+00:00") for each in said.partition("from ")[2].split()[:3:2])
    assert until_ - since == timedelta(hours=2, minutes=1)
    assert abs(until_ - timedelta(hours=2) - datetime.now(UTC)) < timedelta(minutes=2)
    prints = subprocess.run(["ssh-keygen", "-l", "-f", doors.key()], capture_output=True, check=True, text=True).stdout
    assert prints.split()[1] in said


def test_nobody_answers_what_is_his_own(doors: Doors, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chatops.slack.edge.ANSWERS", 0)
    with doors.served.bot():
        mine, theirs = doors.asked("rina"), doors.asked("siti", "rina")
        for number, words in ((mine, "adalah yang meminta"), (theirs, "adalah pemegang kunci")):
            doors.press(number, "approve", RINA)
            doors.whispered(RINA, f"{number}: rina {words}")
            doors.words(number, "refuse", RINA, "tidak")
            until(lambda one=number: str(doors.served.slack.texts(RINA, CHANGES)).count(f"{one}: rina") == 2, "no")  # type: ignore[misc]
        for user, words in ((SITI, "tidak berhak menyetujui"), (AGUS, "tidak berhak"), (GUEST, "tidak terdaftar")):
            doors.press(mine, "approve", user)
            doors.whispered(user, words)
        # Rights are looked up when it is pressed: out of the group, out of the right.
        doors.served.slack.control("membership", group="S0SETUJU", user=BUDI, member=False)
        doors.press(mine, "approve", BUDI)
        doors.whispered(BUDI, "tidak berhak")
    assert doors.kinds(mine) == doors.kinds(theirs) == ["access.asked"]


def test_refused_revoked_and_what_hosts_are_told(doors: Doors) -> None:
    with doors.served.bot():
        first, second = doors.asked("siti"), doors.asked("siti")
        doors.words(first, "refuse", DEWI, "belum `perlu` <!here>")
        doors.served.wait_for(first, "Ditolak")
        assert any("menolak: `belum 'perlu' &lt;!here&gt;`" in each for each in doors.served.thread(first))
        doors.press(second, "approve", DEWI)
        saved = doors.file(second)
        doors.words(second, "revoke", AGUS, "x")
        doors.whispered(AGUS, "tidak berhak mencabut akses")
        doors.words(second, "revoke", SITI, "laptop hilang")
        doors.whispered(SITI, "Bawa ke server sekarang")
        doors.served.wait_for(second, "Dicabut")
        # What was refused is over: a button that somebody still has before him changes nothing.
        message = doors.served.message(first)["blocks"]
        assert not [each for each in message if each["type"] == "actions"]
    listed = doors.window.place.published / "krl"
    asks = ["ssh-keygen", "-Q", "-f", str(listed), str(saved)]
    assert subprocess.run(asks, capture_output=True, check=False).returncode == 1
    assert doors.kinds(second) == ["access.asked", "access.granted", "access.revoked"]
    assert "@" not in doors.events(second)[-1].actor


def test_what_is_typed_after_the_command(doors: Doors) -> None:
    slack = doors.served.slack
    lines = {
        "access mamujo": "Maksud Anda `mamuju`?",
        "access AKS-2026-000999": "Akses `AKS-2026-000999` tidak ada",
        "access cabut": "memerlukan nomornya",
        "access mamuju --for 4h": "diisi dalam formulir",
        "access daftar": "Akses",
    }
    with doors.served.bot():
        for typed, words in lines.items():
            slack.say(f"/spse {typed}", channel=CHANGES)
            assert doors.whispered(SITI, words)
        number = doors.asked("siti")
        slack.say("/spse akses list", BUDI, CHANGES)
        slack.wait_for(number, BUDI, CHANGES)
        slack.post("/client/home", user=BUDI)
        assert number in str(until(lambda: slack.view(BUDI)["home"], "the home"))
        for typed in (number.lower(), f"access {number}"):
            slack.say(f"/spse {typed}", DEWI, CHANGES)
        until(lambda: len([1 for each in slack.view(DEWI, CHANGES)["messages"] if number in str(each)]) == 3, "it")
        slack.say("/spse access", GUEST, CHANGES)
        doors.whispered(GUEST, "tidak terdaftar")
        slack.say("/spse access", BUDI, CHANGES)
        doors.whispered(BUDI, "tidak berhak meminta akses")
        slack.say("/spse help", AGUS, CHANGES)
        slack.wait_for("Meminta akses ke server sebagai auditor", AGUS, CHANGES)
        slack.say(f"/spse access cabut {number} --alasan 'tidak jadi'", channel=CHANGES)
        doors.whispered(SITI, "dicabut")
    assert doors.kinds(number) == ["access.asked", "access.refused"]


def test_a_private_key_is_refused_and_left_nowhere(doors: Doors, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    slack, private = doors.served.slack, doors.key().read_text()
    inside = private.splitlines()[2]
    # Of other programs, and one that has lost its first line on the way.
    other = [private, "\n".join(private.splitlines()[1:-1]), f"PuTTY-User-Key-File-3: ssh-ed25519\n{inside}"]
    with doors.served.bot():
        for count, pasted in enumerate(other, start=1):
            doors.send(doors.form(), key=pasted)
            until(lambda wanted=count: str(slack.texts(SITI, CHANGES)).count("kunci PRIBADI") == wanted, "no")  # type: ignore[misc]
            assert slack.view()["modal"] is None
        # In the wrong field, and at the wrong place altogether.
        doors.send(doors.form(), reason=private)
        slack.say(f"/spse access mamuju --alasan '{private}'", channel=CHANGES)
        slack.say(f"/spse {private}", channel=CHANGES)
        until(lambda: str(slack.texts(SITI, CHANGES)).count("Anggap bocor") == len(other) + 3, "all of them")
        seen = str([slack.view(SITI, each) for each in (CHANGES, ALARMS, "C0UMUM")]) + str(slack.seen())
    state = b"".join(
        path.read_bytes() for path in doors.folder.rglob("*") if path.is_file() and "keys" not in path.parts
    )
    for where in (seen, caplog.text, state.decode(errors="replace")):
        assert inside not in where
    assert doors.events() == []


def test_what_is_wrong_in_the_form_is_said_at_its_place(doors: Doors) -> None:
    slack = doors.served.slack
    with doors.served.bot():
        form = doors.form()
        wrong = {
            "lasts": {"9h": "antara 5 menit", "1m": "antara 5 menit", "besok": "bukan jangka waktu"},
            "key": {"halo": "bukan tepat satu kunci", doors.line() * 2: "tepat satu", "ssh-ed25519 AAAA": "rusak"},
            "sources": {"0.0.0.0/0": "terlalu luas", "kantor": "bukan alamat"},
        }
        for block, each in wrong.items():
            for typed, words in each.items():
                doors.send(form, **{block: typed})
                until(lambda one=block, said=words: said in slack.view()["modal"]["errors"].get(one, ""), words)  # type: ignore[misc]
        weak = doors.key("siti", "rsa", "-b", "2048").with_suffix(".pub").read_text()
        doors.send(form, key=weak)
        until(lambda: "RSA 2048 bit terlalu pendek" in slack.view()["modal"]["errors"].get("key", ""), "too short")
        # What only the desk knows is said afterwards.
        doors.send(form, lpse="bogo")
        doors.whispered(SITI, "LPSE `bogo` tidak ada dalam inventaris hosts.ini. Maksud Anda `bogor`?")
        doors.send(doors.form(), person=GUEST)
        doors.whispered(SITI, "Akun slack `U0TAMU` tidak terdaftar")
        doors.send(doors.form(DEWI), DEWI, lpse="bogor", key=doors.line("dewi"))
        doors.whispered(DEWI, "tidak berhak meminta akses operator untuk bogor")
        number = doors.asked("siti")
        doors.send(doors.form(DEWI), DEWI)
        doors.whispered(DEWI, "pernah dipakai oleh siti")
    assert {each.subject for each in doors.events()} == {number}


def test_without_the_passphrase_it_says_where_to_approve(
    doors: Doors, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.ERROR)
    monkeypatch.delenv("SPSE_OPS_ACCESS_PASSPHRASE")
    number = doors.asked()
    with doors.served.bot():
        doors.press(number, "approve", BUDI)
        refused = doors.whispered(BUDI, f"spse-ops access approve {number} --out FOLDER")
    assert "Tidak ada yang diubah." in refused
    assert str(doors.folder) not in refused
    assert doors.kinds(number) == ["access.asked"]


def test_twice_is_once_and_too_late_is_too_late(doors: Doors) -> None:
    slack = doors.served.slack
    with doors.served.bot():
        slack.control("faults", duplicate=1)
        doors.send(doors.form())
        number = until(lambda: {each.subject for each in doors.events()}, "the request").pop()
        for _ in range(3):
            doors.press(number, "approve", BUDI)
        doors.whispered(BUDI, "disetujui oleh Anda")
        old = doors.asked(now=datetime.now(UTC) - timedelta(hours=25))
        doors.served.wait_for(old, "Lewat waktu")
        payload: dict[str, Any] = {
            "type": "block_actions",
            "user": {"id": BUDI},
            "channel": {"id": CHANGES},
            "container": {"message_ts": doors.served.message(old)["ts"]},
            "trigger_id": "9.9.9",
            "team": {"id": "T0TWIN"},
            "actions": [{"type": "button", "action_id": "access_approve", "value": f'{{"access": "{old}"}}'}],
        }
        slack.control("deliver", kind="interactive", payload=payload)
        doors.whispered(BUDI, "permintaan sudah kedaluwarsa")
    assert doors.kinds(number) == ["access.asked", "access.granted"]
    assert doors.kinds(old) == ["access.asked"]
    assert sum("disetujui oleh Anda" in each for each in slack.texts(BUDI, CHANGES)) == 1
    thread = slack.view(channel=CHANGES, thread=doors.served.message(number)["ts"])["thread"]
    assert [file["name"] for each in thread for file in each["files"]] == [f"{number}-cert.pub"]


def test_an_emergency_is_told_and_reviewed_by_another(doors: Doors) -> None:
    slack, desk = doors.served.slack, doors.window
    sources = ("203.0.113.0/24",)
    with doors.served.bot():
        sealed = desk.seal(Identity("slack", DEWI), "mamuju", sources, doors.folder / "segel").grant.number
        doors.served.wait_for(sealed, "Tersegel")
        seals.opened(desk.desk.ledger, "dewi", sealed)
        until(lambda: "DIBUKA oleh <@U0DEWI>" in str(slack.texts(channel=ALARMS)), "the alarm")
        doors.served.wait_for(sealed, "harus ditinjau")
        doors.words(sealed, "review", DEWI, "sudah")
        doors.whispered(DEWI, "tidak dapat meninjaunya sendiri")
        slack.say("/spse access daftar", BUDI, CHANGES)
        slack.wait_for("harus ditinjau", BUDI, CHANGES)
        doors.words(sealed, "review", BUDI, "jaringan putus")
        doors.served.wait_for(sealed, "meninjau: `jaringan putus`")
    assert doors.kinds(sealed) == ["access.sealed", "access.opened", "access.reviewed"]
    # A key or a share of it has no business here.
    shown = str([slack.view(each, CHANGES) for each in (DEWI, BUDI)]) + str(slack.view(channel=ALARMS))
    letters = [path.read_text() for path in (doors.folder / "segel").glob("surat-*.txt")]
    groups = [
        group for text in letters for line in text.splitlines() if line.startswith("    ") for group in line.split()
    ]
    assert len(groups) > 10
    assert [group for group in groups if len(group) > 1 and group in shown] == []


def test_no_passphrase_is_left_anywhere(doors: Doors, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    slack = doors.served.slack
    with doors.served.bot():
        doors.send(doors.form(), reason=f"kata sandi: {CANARY}")
        number = until(lambda: {each.subject for each in doors.events()}, "the request").pop()
        doors.press(number, "approve", BUDI)
        doors.file(number)
        doors.words(number, "revoke", SITI, f"password={CANARY}")
        doors.served.wait_for(number, "Dicabut")
        seen = str([slack.view(each, CHANGES, doors.served.message(number)["ts"]) for each in (SITI, BUDI)])
    files = [path for path in doors.folder.rglob("*") if path.is_file() and path != doors.passphrase]
    content = b"".join(path.read_bytes() for path in files)
    for where in (seen, caplog.text, content.decode(errors="replace")):
        assert CANARY not in where
    assert "********" in seen
