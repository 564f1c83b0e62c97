"""Somebody looks at the App Home."""

from datetime import UTC, datetime

from slack_bolt import Ack, App

from chatops.errors import SpseOpsError
from chatops.slack import grants, pages
from chatops.slack.edge import Body, Edge
from chatops.slack.text import plain


def register(app: App, edge: Edge) -> None:
    """Listen to it."""

    def opened(ack: Ack, body: Body) -> None:
        ack()
        event = body["event"]
        if event.get("tab") == "home" and edge.receive("event", body["event_id"]):
            place = {"user": event["user"]}
            edge.later(place, "home", lambda: publish(edge, event["user"]))

    app.event("app_home_opened")(opened)


def publish(edge: Edge, user: str) -> None:
    """Lay it out anew."""
    try:
        identity = edge.identity(user)
        own = edge.desk.waiting(identity)
        may = {case.number for case in own if edge.desk.may_answer(identity, case)}
        name = edge.desk.person(identity).name
        now, limits, people = datetime.now(UTC), edge.access.place.limits, edge.desk.rules.people
        access = [grants.line(each, people, now, limits) for each in edge.access.mine(identity, now)]
        view = pages.home(name, own, edge.desk.operations(identity), may, access)
    except SpseOpsError as error:
        view = {"type": "home", "blocks": [{"type": "section", "text": plain(str(error))}]}
    edge.client.views_publish(user_id=user, view=view)
