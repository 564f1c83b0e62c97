"""`/spse web`: a link to the pages, for the eyes of one."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from chatops.permissions import Identity
from chatops.web import links
from tests.desk.office import Office
from tests.slack.room import BUDI, SITI
from tests.slack.service import CHANGES, Service, service
from tests.slack.test_bot import whisper

RINA = "U0RINA"


@pytest.fixture
def served(place: Office) -> Iterator[Service]:
    """An office with a Slack, and no bot yet."""
    with service(place) as made:
        yield made


def test_a_link_is_told_to_one_and_lets_him_in_once(served: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    slack, ledger = served.slack, served.place.desk.ledger
    monkeypatch.setenv("SPSE_OPS_WEB_URL", "https://spse-ops.lkpp.example")
    with served.bot():
        slack.say("/spse web", user=SITI, channel=CHANGES)
        told = whisper(slack, SITI, "Tautan masuk")
        (token,) = re.findall(r"https://spse-ops\.lkpp\.example/masuk/([\w-]{43})", told)
        assert all("/masuk/" not in text for user in (BUDI, RINA) for text in slack.texts(user, CHANGES))
        now = datetime.now(UTC)
        assert links.take(ledger, token, now) == Identity("web", SITI)
        assert links.take(ledger, token, now) is None


def test_who_is_unknown_gets_none(served: Service) -> None:
    served.place.desk.settings.rules.write_text(
        "people:\n  rina: {name: Rina Lestari, slack: U0RINA, grants: [{role: operator}]}\n"
    )
    with served.bot():
        served.slack.say("/spse halaman", user=SITI, channel=CHANGES)
        assert "/masuk/" not in whisper(served.slack, SITI, "terdaftar")
