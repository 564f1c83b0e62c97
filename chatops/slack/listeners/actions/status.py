"""Look at an office now: off the path that acknowledges, because a host may hang."""

from slack_bolt import Ack, App

from chatops.slack import watching
from chatops.slack.edge import DOUBLE_CLICK, Body, Edge, pressed, pressed_once


def register(app: App, edge: Edge) -> None:
    """Listen to it."""

    def look(ack: Ack, body: Body) -> None:
        ack()
        _, place, value = pressed(body)
        if edge.receive("action", pressed_once(body), DOUBLE_CLICK):
            edge.later(place, "look", lambda: watching.look(edge, place, value["lpse"].split(",")))

    app.action("status_look")(look)
