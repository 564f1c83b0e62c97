"""The offices that somebody may ask access to, while he types."""

from slack_bolt import Ack, App

from chatops.errors import SpseOpsError
from chatops.slack import forms
from chatops.slack.edge import Body, Edge


def register(app: App, edge: Edge) -> None:
    """Listen to it."""

    def options(ack: Ack, body: Body) -> None:
        try:
            identity = edge.identity(body["user"]["id"])
            found = edge.access.lpses(identity, str(body.get("value") or "").strip().lower())
        except SpseOpsError:
            # Whoever may not ask has nothing to choose from; he is told why when he sends it.
            found = []
        ack(options=forms.options(found))

    app.options("access_lpse")(options)
