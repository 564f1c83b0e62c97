"""The page by a real Chromium, with the sample app at the other end."""

from typing import Any

from playwright.sync_api import Page, expect

from tests.slack.room import BUDI, GENERAL, SITI, Room, until

type Json = dict[str, Any]


def test_from_a_command_to_a_file_in_the_thread(slack: Room, heard: list[Json], page: Page) -> None:
    page.goto(slack.base)
    writing = page.get_by_label("Pesan untuk #umum")
    writing.press_sequentially("/co")
    expect(page.get_by_role("option", name="/coba apa saja")).to_be_visible()
    writing.press("Tab")
    writing.press("Enter")
    modal = page.get_by_role("dialog", name="Minta perubahan")
    modal.get_by_label("LPSE").press_sequentially("mam")
    expect(modal.get_by_role("option")).to_have_text(["mamuju", "mamasa"])
    # By keyboard alone: the first is chosen, and the next field is the next stop.
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.type("cepat")
    modal.get_by_role("button", name="Kirim").click()
    expect(modal.get_by_role("alert")).to_have_text("Terlalu singkat.")
    expect(modal.get_by_label("LPSE")).to_have_value("mamuju")
    modal.get_by_label("Alasan").fill("perbaikan <img src=x onerror=alert(1)> *penting*")
    modal.get_by_role("button", name="Kirim").click()
    expect(modal).to_be_hidden()
    message = page.locator(".message", has_text="Upgrade mamuju")
    expect(message.get_by_role("heading", name="Upgrade mamuju")).to_be_visible()
    expect(message).to_contain_text("perbaikan <img src=x onerror=alert(1)> penting")
    expect(message.locator("img")).to_have_count(0)
    message.get_by_role("button", name="Setujui").click()
    question = page.get_by_role("dialog", name="Setujui?")
    expect(question).to_contain_text("Server mamuju akan diubah.")
    question.get_by_role("button", name="Batal").click()
    assert not [each for each in heard if each.get("actions")]
    message.get_by_role("button", name="Setujui").click()
    question.get_by_role("button", name="Ya, setujui").click()
    message.get_by_role("button", name="2 balasan").click()
    thread = page.get_by_role("complementary", name="Utas")
    expect(thread).to_contain_text("Dimulai.")
    expect(thread.get_by_role("link", name="Log", exact=True)).to_be_visible()
    expect(thread.locator("pre")).to_have_text("baris 1\n<b>baris 2</b>\n")
    expect(message.first).to_contain_text("sudah selesai")
    page.keyboard.press("Escape")
    expect(thread).to_be_hidden()
    assert [each["type"] for each in heard if "type" in each] == ["view_submission", "view_submission", "block_actions"]


def test_everybody_sees_what_is_his(slack: Room, heard: list[Json], page: Page) -> None:
    page.goto(f"{slack.base}/?user={BUDI}")
    expect(page.get_by_label("Anda sebagai")).to_have_value(BUDI)
    slack.say("/coba rahasia")
    slack.say("halo @budi, ini &lt; <b>tebal</b> `kode` dan *tebal*")
    said = page.locator(".message")
    expect(said).to_have_count(1)
    expect(said).to_contain_text("halo @budi, ini &lt; <b>tebal</b> kode dan tebal")
    expect(said.locator("code")).to_have_text("kode")
    expect(said.locator("strong")).to_have_text(["Siti Rahmawati", "tebal"])
    page.get_by_label("Anda sebagai").select_option(SITI)
    expect(said).to_have_count(2)
    expect(page.get_by_text("Hanya terlihat oleh Anda")).to_be_visible()
    assert len(heard) == 1


def test_a_modal_left_by_escape_is_told_to_the_app(slack: Room, heard: list[Json], page: Page) -> None:
    page.goto(slack.base)
    page.get_by_label("Pesan untuk #umum").fill("/coba")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog", name="Minta perubahan")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog", name="Minta perubahan")).to_be_hidden()
    until(lambda: heard[-1].get("type") == "view_closed", "the closing")


def test_the_home_and_a_shortcut_of_a_message(slack: Room, heard: list[Json], page: Page) -> None:
    page.goto(slack.base)
    page.get_by_role("button", name="Beranda penguji").click()
    expect(page.get_by_role("heading", name="Antrean saya")).to_be_visible()
    expect(page.locator("#home")).to_contain_text("Antrean @siti kosong.")
    page.get_by_role("button", name="umum").click()
    slack.say("server lambat", user=BUDI)
    page.locator(".message", has_text="server lambat").hover()
    page.get_by_role("button", name="Catat ini").click()
    expect(page.get_by_text("Tercatat: server lambat")).to_be_visible()
    assert heard


def test_a_silent_app_is_told_to_whoever_pressed(slack: Room, heard: list[Json], page: Page) -> None:
    button = {"type": "button", "action_id": "setuju", "text": {"type": "plain_text", "text": "Tekan"}}
    blocks = [{"type": "actions", "elements": [button]}]
    slack.client().chat_postMessage(channel=GENERAL, text="x", blocks=blocks)
    slack.control("faults", drop_acks=1)
    page.goto(slack.base)
    page.get_by_role("button", name="Tekan").click()
    expect(page.get_by_role("status")).to_contain_text("operation_timeout")
    assert heard


def test_it_reads_well_on_a_phone(slack: Room, heard: list[Json], page: Page) -> None:
    slack.say("/coba " + "sangatpanjang" * 20)
    page.set_viewport_size({"width": 360, "height": 740})
    page.goto(slack.base)
    expect(page.locator(".message")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    expect(page.get_by_role("navigation")).to_be_hidden()
    page.get_by_role("button", name="Buka daftar ruang").click()
    page.get_by_role("button", name="siaga").click()
    expect(page.get_by_role("heading", name="# siaga")).to_be_visible()
    expect(page.get_by_role("navigation")).to_be_hidden()
    assert heard


def test_the_page_runs_no_script_but_its_own(slack: Room, page: Page) -> None:
    answer = page.goto(slack.base)
    assert answer
    assert answer.headers["content-security-policy"].startswith("default-src 'self'")
    refused = slack.post("/client/say", user="U404", channel=GENERAL, text="x")
    assert refused == {"note": "Slack menolak jawaban aplikasi: user_not_found"}
