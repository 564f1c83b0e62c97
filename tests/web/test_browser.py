"""The pages in a real Chromium: looked at, gone through by keyboard, on a telephone, in the dark, on paper, by axe."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.hosts.paths import REPOSITORY
from tests.web.house import ADMIN, AUDITOR, House

SHOTS = REPOSITORY / "artifacts" / "web"
PAGES = {
    "ringkasan": "/",
    "peta": "/lpse",
    "lpse": "/lpse/aceh-01",
    "lpse-setahun": "/lpse/aceh-01?rentang=1-tahun",
    "perubahan": "/perubahan",
    "satu-perubahan": "/perubahan/CHG-2026-000005",
    "gangguan": "/gangguan",
    "satu-gangguan": "/gangguan/GGN-2026-000003",
    "laporan": "/laporan",
}
GRAVE = {"serious", "critical"}
PHONE = {"width": 360, "height": 740}


@pytest.fixture
def inside(served: House, page: Page) -> Page:
    """Somebody who may see everything, at the front page: by the link and its button."""
    page.goto(served.base + served.link(AUDITOR))
    page.get_by_role("button", name="Masuk ke spse-ops").click()
    expect(page.get_by_role("heading", name="Ringkasan")).to_be_visible()
    return page


@pytest.fixture(scope="module")
def shots() -> Path:
    """Where pictures of the pages are kept."""
    SHOTS.mkdir(parents=True, exist_ok=True)
    return SHOTS


def grave(page: Page) -> list[str]:
    """What axe finds to be serious or worse."""
    found = Axe().run(page).response["violations"]
    return [f"{each['id']}: {each['nodes'][0]['html'][:200]}" for each in found if each["impact"] in GRAVE]


@pytest.mark.parametrize(("name", "path"), PAGES.items())
def test_every_page_can_be_used_by_everybody(served: House, inside: Page, shots: Path, name: str, path: str) -> None:
    inside.goto(served.base + path)
    assert grave(inside) == []
    inside.screenshot(path=shots / f"{name}.png", full_page=True)
    inside.emulate_media(color_scheme="dark")
    assert grave(inside) == []
    inside.screenshot(path=shots / f"{name}-gelap.png", full_page=True)
    inside.emulate_media(color_scheme="light")
    inside.set_viewport_size({"width": PHONE["width"], "height": PHONE["height"]})
    assert inside.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
    assert grave(inside) == []
    inside.screenshot(path=shots / f"{name}-telepon.png", full_page=True)


def test_who_is_not_in_can_use_the_door(served: House, page: Page, shots: Path) -> None:
    page.goto(f"{served.base}/masuk")
    assert grave(page) == []
    page.goto(served.base + served.link(AUDITOR))
    assert grave(page) == []
    page.screenshot(path=shots / "masuk.png")


def test_from_late_to_evidence_by_keyboard_alone(served: House, page: Page) -> None:
    page.goto(served.base + served.link(AUDITOR))
    _walk(page, "Masuk ke spse-ops")
    expect(page.get_by_role("heading", name="Ringkasan")).to_be_visible()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Langsung ke isi")).to_be_focused()
    page.keyboard.press("Enter")
    first = page.locator("#lewat + .scroll tbody th a").first
    number = first.inner_text()
    _walk(page, number)
    expect(page.get_by_role("heading", name=number)).to_be_visible()
    expect(page.get_by_role("heading", name="Bukti")).to_be_visible()
    _walk(page, "LPSE")
    _walk(page, "Cari LPSE atau provinsi", enter=False)
    page.keyboard.type("aceh-01")
    _press(page)
    expect(page.locator(".tile")).to_have_count(1)
    _walk(page, "aceh-01, ", begins=True)
    expect(page.get_by_role("heading", name="LPSE aceh-01")).to_be_visible()
    _walk(page, "Keluar")
    expect(page.get_by_role("heading", name="Masuk")).to_be_visible()


def _press(page: Page) -> None:
    """Press what has the focus, and wait for the page that it leads to."""
    with page.expect_navigation():
        page.keyboard.press("Enter")


def _walk(page: Page, name: str, *, begins: bool = False, enter: bool = True) -> None:
    """Tab until something of this name has the focus, which is to be seen, and press it."""
    for _ in range(80):
        page.keyboard.press("Tab")
        here = page.evaluate(
            "(() => { const at = document.activeElement; const label = at.labels && at.labels[0];"
            " return [(label || at).textContent.replace(/[^\\S ]+/g, ' ').trim(),"
            " getComputedStyle(at).outlineStyle]; })()"
        )
        words, outline = here
        if words == name or (begins and name in f"{words}, "):
            assert outline != "none", f"nobody sees that {name} has the focus"
            if enter:
                _press(page)
            return
    raise AssertionError(f"{name} is not reached by keyboard")


def test_charts_can_be_heard_and_read_as_figures(served: House, inside: Page) -> None:
    inside.goto(f"{served.base}/lpse/aceh-01")
    chart = inside.get_by_role("img", name="Disk kosong /home").first
    expect(chart).to_be_visible()
    figures = inside.locator("figure", has=chart)
    figures.get_by_text("Angkanya").click()
    expect(figures.get_by_role("columnheader", name="Terendah")).to_be_visible()
    inside.get_by_role("link", name="1 tahun").click()
    expect(inside.get_by_role("link", name="1 tahun")).to_have_attribute("aria-current", "true")


def test_colour_is_never_the_only_sign(served: House, inside: Page) -> None:
    inside.goto(f"{served.base}/lpse")
    kinds = inside.evaluate(
        "[...document.querySelectorAll('.tile')].map(each => [each.classList[1], each.firstElementChild.textContent,"
        " each.lastElementChild.textContent])"
    )
    signs = {tuple(each) for each in kinds}
    assert len({kind for kind, _, _ in signs}) > 2
    assert len({kind for kind, _, _ in signs}) == len({sign for _, sign, _ in signs}) == len({w for _, _, w in signs})


def test_a_long_name_is_read_to_its_end(served: House, inside: Page) -> None:
    inside.goto(f"{served.base}/lpse")
    tile = inside.locator(".tile.critical").first
    tile.evaluate("tile => tile.lastElementChild.before('kabupaten-hulu-sungai-tengah-02')")
    assert not tile.evaluate("tile => tile.scrollWidth > tile.clientWidth")


def test_an_admin_lands_at_his_office(served: House, page: Page) -> None:
    page.goto(served.base + served.link(ADMIN))
    page.get_by_role("button", name="Masuk ke spse-ops").click()
    page.get_by_role("navigation", name="Utama").get_by_role("link", name="LPSE").click()
    expect(page.get_by_role("heading", name="LPSE aceh-01")).to_be_visible()


def test_it_is_read_on_paper(served: House, inside: Page, shots: Path) -> None:
    inside.goto(f"{served.base}/perubahan/CHG-2026-000005")
    inside.emulate_media(media="print")
    expect(inside.get_by_role("navigation", name="Utama")).to_be_hidden()
    inside.pdf(path=shots / "satu-perubahan.pdf", format="A4")
    assert (shots / "satu-perubahan.pdf").stat().st_size > 10_000


@pytest.fixture
def plain(browser: Browser) -> Iterator[Page]:
    """A browser that runs no scripts at all."""
    context = browser.new_context(java_script_enabled=False)
    yield context.new_page()
    context.close()


def test_it_works_without_scripts(served: House, plain: Page) -> None:
    plain.goto(served.base + served.link(AUDITOR))
    plain.get_by_role("button", name="Masuk ke spse-ops").click()
    plain.get_by_role("link", name="Perubahan", exact=True).click()
    plain.get_by_label("Keadaan").select_option("ditutup")
    plain.get_by_role("button", name="Tampilkan").click()
    assert "keadaan=ditutup" in plain.url
    plain.get_by_role("link", name="Yang lebih lama").click()
    assert "sebelum=" in plain.url
