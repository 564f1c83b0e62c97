"""The modal that asks for access was sent."""

from slack_bolt import Ack, App

from chatops.access import keys
from chatops.errors import KeyRefusedError
from chatops.slack import access_forms, forms
from chatops.slack.edge import Body, Edge, Place
from chatops.slack.text import code, escape


def register(app: App, edge: Edge) -> None:
    """Listen to it."""

    def place_of(body: Body) -> Place:
        place: Place = body["place"]
        return place

    def ask(body: Body) -> None:
        _ask(edge, body["filled"], place_of(body), body["key"])

    def submitted(ack: Ack, body: Body) -> None:
        view = body["view"]
        place = {"user": body["user"]["id"], "channel": forms.meta(view).get("channel", "")}
        filled = access_forms.values(view)
        try:
            keys.refuse_private("\n".join(filled.values()).encode(), access_forms.PASTED)
        except KeyRefusedError as error:
            # The form goes away with it: it would be handed on again each time that it is sent.
            ack(response_action="clear")
            words = escape(str(error))
            edge.later(place, "access", lambda: edge.tell(place, words))
            return
        if wrong := access_forms.wrong(filled, edge.access.place.limits):
            ack(response_action="errors", errors=wrong)
            return
        first = edge.receive("view", view["id"])
        said = {"filled": filled, "place": place, "key": view["id"]}
        kept = edge.inbox.keep("access", view["id"], said) if first else None
        ack()
        if first:
            edge.later(place, "access", lambda: ask(said), kept)

    edge.resumes["access"] = place_of, ask
    app.view("access")(submitted)


def _ask(edge: Edge, filled: dict[str, str], place: Place, key: str) -> None:
    """The same form sent twice is one request, in the ledger, too."""
    request = access_forms.read(filled, edge.access.whose("slack", filled["person"]))
    asked = edge.access.ask(edge.identity(place["user"]), request, key)
    edge.tell(place, f"{code(asked.number)} dicatat; orang lain harus menyetujuinya di #{edge.settings.channel}.")
