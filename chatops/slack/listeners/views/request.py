"""The modal of an operation was sent."""

from slack_bolt import Ack, App

from chatops.errors import InputError
from chatops.slack import forms
from chatops.slack.edge import Body, Edge, Place
from chatops.slack.line import asked_of
from chatops.slack.listeners.commands.spse import told
from chatops.slack.text import cut


def register(app: App, edge: Edge) -> None:
    """Listen to it."""

    def place_of(body: Body) -> Place:
        meta = forms.meta(body["view"])
        return {"user": body["user"]["id"], "channel": meta.get("channel", ""), "thread": meta.get("thread", "")}

    def ask(body: Body) -> None:
        view = body["view"]
        # The same form sent twice is one request, in the ledger, too.
        request = forms.read(view, edge.desk.catalogue[forms.meta(view)["operation"]], key=view["id"])
        told(edge, edge.desk.request(edge.identity(body["user"]["id"]), request), place_of(body))

    def submitted(ack: Ack, body: Body) -> None:
        view, place = body["view"], place_of(body)
        meta = forms.meta(view)
        operation = edge.desk.catalogue.get(meta["operation"])
        if operation is None:
            ack()
            edge.later(place, "request", lambda: edge.tell(place, "Operasi ini tidak ada lagi dalam katalog."))
            return
        request = forms.read(view, operation, key=view["id"])
        try:
            operation.variables(request.inputs)
        except InputError as error:
            names = {each.name for each in asked_of(operation)}
            block = f"input_{error.facts['name']}" if error.facts["name"] in names else "lpse"
            ack(response_action="errors", errors={block: cut(str(error), 150)})
            return
        first = edge.receive("view", view["id"])
        said = {"view": view, "user": {"id": body["user"]["id"]}}
        kept = edge.inbox.keep("view", view["id"], said) if first else None
        ack()
        if first:
            edge.later(place, "request", lambda: ask(said), kept)

    edge.resumes["view"] = place_of, ask
    app.view("request")(submitted)
