"""An operation was chosen: in the App Home, or in the modal of a report."""

from slack_bolt import Ack, App

from chatops.slack import forms
from chatops.slack.edge import Body, Edge
from chatops.slack.line import Line


def register(app: App, edge: Edge) -> None:
    """Listen to it."""

    def asked(ack: Ack, body: Body) -> None:
        ack()
        if edge.receive("action", body["trigger_id"]):
            place = {"user": body["user"]["id"]}
            edge.quickly(place, "form", lambda: _open(edge, body))

    def chosen(ack: Ack, body: Body) -> None:
        ack()
        if edge.receive("action", body["trigger_id"]):
            place = {"user": body["user"]["id"]}
            edge.quickly(place, "form", lambda: _change(edge, body))

    app.action("ask")(asked)
    app.action("operation")(chosen)


def _open(edge: Edge, body: Body) -> None:
    operation = edge.desk.catalogue[body["actions"][0]["selected_option"]["value"]]
    view = forms.request(operation, Line("ask", operation.name), [], {})
    edge.later({"user": body["user"]["id"]}, "inventory", edge.warm)
    edge.client.views_open(trigger_id=body["trigger_id"], view=view)


def _change(edge: Edge, body: Body) -> None:
    meta = forms.meta(body["view"])
    operation = edge.desk.catalogue[body["actions"][0]["selected_option"]["value"]]
    line = Line("ask", operation.name, reason=meta.pop("reason", ""))
    view = forms.request(operation, line, [], meta)
    edge.later({"user": body["user"]["id"]}, "inventory", edge.warm)
    edge.client.views_update(view_id=body["view"]["id"], hash=body["view"]["hash"], view=view)
