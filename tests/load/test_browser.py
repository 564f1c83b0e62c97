"""What a browser does when the server closes a kept connection under a form, which the load takes as its rule."""

from playwright.sync_api import Page, expect

from tests.load.server import Handler, serving
from tests.slack.conftest import browser, page

__all__ = ["browser", "page"]

FORM = """<!doctype html><title>Pesan</title><link rel="icon" href="data:,">
<form method="post"><input name="isi" value="satu"><button>Kirim</button></form>"""


def test_it_sends_the_form_again_over_a_new_connection_and_nobody_notices(page: Page) -> None:
    silent: list[str] = []

    def behave(handler: Handler) -> None:
        if handler.command == "GET":
            handler.answer(body=FORM, Content_Type="text/html")
        elif handler.asked > 1:
            silent.append(handler.path)
            handler.hang_up()
        else:
            handler.answer(body="<p>Terkirim", Content_Type="text/html")

    with serving(behave) as server:
        page.goto(server.url)
        page.get_by_role("button", name="Kirim").click()
        expect(page.get_by_text("Terkirim")).to_be_visible()
    assert silent == ["/eproc4"]
    assert server.written == ["isi=satu"] * 2
