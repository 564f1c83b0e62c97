"""A report in a channel becomes a request."""

from slack_bolt import Ack, App

from chatops.slack import forms
from chatops.slack.edge import Body, Edge
from chatops.slack.text import unescape


def register(app: App, edge: Edge) -> None:
    """Listen to it."""

    def used(ack: Ack, body: Body) -> None:
        ack()
        if edge.receive("shortcut", body["trigger_id"]):
            place = {"user": body["user"]["id"], "channel": body["channel"]["id"]}
            edge.quickly(place, "form", lambda: _open(edge, body, place))

    app.shortcut("record_change")(used)


def _open(edge: Edge, body: Body, place: dict[str, str]) -> None:
    operations = edge.desk.operations(edge.identity(body["user"]["id"]))
    if not operations:
        edge.tell(place, "Anda belum mempunyai hak untuk meminta operasi apa pun.")
        return
    reason = unescape(body["message"].get("text") or "")
    view = forms.choose(operations, reason, place)
    edge.client.views_open(trigger_id=body["trigger_id"], view=view)
