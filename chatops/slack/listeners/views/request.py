"""The modal of an operation was sent."""

from slack_bolt import Ack, App

from chatops.errors import InputError
from chatops.slack import forms
from chatops.slack.edge import Body, Edge
from chatops.slack.line import asked_of
from chatops.slack.listeners.commands.spse import told
from chatops.slack.text import cut


def register(app: App, edge: Edge) -> None:
    """Listen to it."""

    def submitted(ack: Ack, body: Body) -> None:
        view, user = body["view"], body["user"]["id"]
        meta = forms.meta(view)
        place = {"user": user, "channel": meta.get("channel", ""), "thread": meta.get("thread", "")}
        operation = edge.desk.catalogue.get(meta["operation"])
        if operation is None:
            ack()
            edge.tell(place, "Operasi ini tidak ada lagi dalam katalog.")
            return
        # The same form sent twice is one request, in the ledger, too.
        request = forms.read(view, operation, key=view["id"])
        try:
            operation.variables(request.inputs)
        except InputError as error:
            names = {each.name for each in asked_of(operation)}
            block = f"input_{error.facts['name']}" if error.facts["name"] in names else "lpse"
            ack(response_action="errors", errors={block: cut(str(error), 150)})
            return
        ack()
        if edge.receive("view", view["id"]):
            edge.later(place, "request", lambda: told(edge, edge.desk.request(edge.identity(user), request), place))

    app.view("request")(submitted)
