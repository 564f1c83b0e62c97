"""A Chromium before the offline Slack: what people type and press, and nothing that only a program could."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from playwright.sync_api import sync_playwright

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Page

CHROMIUM = "/usr/bin/chromium"


@dataclass(frozen=True)
class Screen:
    """One window, in which somebody or other is at work."""

    page: Page

    def enter(self, slack: str, user: str, channel: str) -> None:
        """Look at a channel, as somebody."""
        self.page.goto(f"{slack}/?user={user}&channel={channel}")

    def type(self, line: str) -> None:
        """Write into the channel that is looked at."""
        writing = self.page.get_by_label("Pesan untuk #")
        writing.fill(line)
        writing.press("Enter")

    def press(self, number: str, name: str, sure: str) -> None:
        """Press a button of the message of a change, and say that it is meant."""
        message = self.page.locator("#log .message", has_text=number).first
        message.get_by_role("button", name=name).click()
        self.page.locator("#confirm").get_by_role("button", name=sure).click()


@contextmanager
def screen() -> Iterator[Screen]:
    """A window that is open as long as it is needed."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield Screen(browser.new_page(locale="id-ID"))
        browser.close()
