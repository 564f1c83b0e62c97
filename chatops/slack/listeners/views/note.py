"""A few words were given to what is done to a change: rejected, released, reviewed."""

from collections.abc import Callable

from slack_bolt import Ack, App

from chatops.cases import Case
from chatops.desk import Desk
from chatops.permissions import Identity
from chatops.slack import forms
from chatops.slack.edge import Body, Edge
from chatops.slack.text import code

type Deed = Callable[[Desk, Identity, str, str, str], Case]

DEEDS: dict[str, tuple[str, Deed]] = {
    "note_reject": ("ditolak", lambda desk, who, number, plan, note: desk.reject(who, number, plan, note)),
    "note_release": ("servernya dilepas", lambda desk, who, number, _, note: desk.release(who, number, note)),
    "note_review": ("tinjauannya ditutup", lambda desk, who, number, _, note: desk.review(who, number, note)),
}


def register(app: App, edge: Edge) -> None:
    """Listen to them."""
    for callback, (words, deed) in DEEDS.items():
        app.view(callback)(_listener(edge, words, deed))


def _listener(edge: Edge, words: str, deed: Deed) -> Callable[[Ack, Body], None]:
    def submitted(ack: Ack, body: Body) -> None:
        ack()
        if not edge.receive("view", body["view"]["id"]):
            return
        told = forms.noted(body)

        def work() -> None:
            who = edge.identity(body["user"]["id"], answers=True)
            case = deed(edge.desk, who, told.meta["change"], told.meta["hash"], told.note)
            edge.tell(told.place, f"{code(case.number)} {words}.")

        edge.later(told.place, "answer", work)

    return submitted
