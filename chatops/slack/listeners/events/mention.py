"""Somebody calls the bot by its name."""

from slack_bolt import Ack, App

from chatops.slack import pages
from chatops.slack.edge import Body, Edge
from chatops.slack.listeners.commands.spse import roles


def register(app: App, edge: Edge) -> None:
    """Listen to it."""

    def mentioned(ack: Ack, body: Body) -> None:
        ack()
        event = body["event"]
        if edge.receive("event", body["event_id"]):
            place = {"user": event["user"], "channel": event["channel"], "thread": event.get("thread_ts", "")}
            edge.later(place, "mention", lambda: _help(edge, place))

    app.event("app_mention")(mentioned)


def _help(edge: Edge, place: dict[str, str]) -> None:
    identity = edge.identity(place["user"])
    edge.tell(place, "Bantuan /spse", pages.help_(edge.desk.operations(identity), access=roles(edge, identity)))
