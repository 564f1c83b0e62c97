"""The offices of an operation, while somebody types: of six hundred the hundred that fit best."""

from slack_bolt import Ack, App

from chatops.errors import SpseOpsError
from chatops.slack import forms
from chatops.slack.edge import Body, Edge


def register(app: App, edge: Edge) -> None:
    """Listen to it."""

    def options(ack: Ack, body: Body) -> None:
        try:
            identity = edge.identity(body["user"]["id"])
            operation = forms.meta(body["view"])["operation"]
            found = edge.desk.lpses(identity, operation, str(body.get("value") or "").strip().lower())
        except SpseOpsError:
            # Whoever may not ask has nothing to choose from; he is told why when he sends it.
            found = []
        ack(options=forms.options(found))

    app.options("lpse")(options)
