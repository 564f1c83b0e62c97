"""One offline Slack for each test, and a Chromium for all."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.desk.conftest import place, postgres
from tests.slack.room import Room, manifest, room
from tests.slack.sample import Json, connected

__all__ = ["place", "postgres"]


@pytest.fixture
def slack() -> Iterator[Room]:
    """A workspace without an app."""
    with room(manifest()) as made:
        yield made


@pytest.fixture
def heard(slack: Room) -> Iterator[list[Json]]:
    """The sample app in it; what it hears."""
    with connected(slack) as listening:
        yield listening


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Debian's Chromium. Who drives it can do so for one folder of tests at a time."""
    with sync_playwright() as playwright:
        made = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        yield made
        made.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A new window; whatever goes wrong in it fails the test."""
    context = browser.new_context(viewport={"width": 1280, "height": 800}, locale="id-ID")
    made = context.new_page()
    wrong: list[str] = []
    made.on("pageerror", lambda error: wrong.append(str(error)))
    made.on("console", lambda said: wrong.append(said.text) if said.type == "error" else None)
    yield made
    context.close()
    assert wrong == []
