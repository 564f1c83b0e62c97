"""What the bot tells Prometheus is what its page says; alarms and board ask for no other."""

import re

from chatops.slack.bot import Bot
from chatops.slack.settings import SlackSettings
from tests.desk.office import Office
from tests.policy.test_alerts import asked_for, rows


def told_by(bot: Bot) -> dict[str, set[str] | None]:
    """The figures that it has, as Prometheus writes them, with their labels where they are known by that."""
    told = {}
    for family in bot.edge.metrics.registry.collect():
        labels = getattr(family, "_labelnames", None)
        name = f"{family.name}_total" if family.type == "counter" else family.name
        told[name] = None if labels is None else set(labels)
    return told


def test_every_figure_is_on_the_page_and_no_other(place: Office) -> None:
    bot = Bot(place.desk, SlackSettings("xoxb-x", "xapp-x", "x", "http://127.0.0.1:1/api/"))
    told, page = told_by(bot), {name: set(re.findall(r"`(\w+)`", labels)) for name, labels in rows()}
    assert told.keys() == page.keys()
    assert {name: labels for name, labels in told.items() if labels not in (None, page[name])} == {}
    assert {name.removesuffix("_bucket") for name, _ in asked_for()} <= told.keys()
