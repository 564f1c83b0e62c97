"""A few words were given to what is done to an access: refused, revoked, reviewed."""

from collections.abc import Callable

from slack_bolt import Ack, App

from chatops.slack import forms
from chatops.slack.edge import Body, Edge, Place
from chatops.slack.text import code

type Deed = Callable[[Edge, Place, str, str], None]


def register(app: App, edge: Edge) -> None:
    """Listen to them."""
    for callback, deed in {"refuse": _refuse, "revoke": revoke, "review": _review}.items():
        app.view(f"note_access_{callback}")(_listener(edge, deed))


def revoke(edge: Edge, place: Place, number: str, reason: str) -> None:
    """Take it back; what hosts are told follows at once."""
    ended, _ = edge.access.revoke(edge.identity(place["user"], answers=True), reason, number=number)
    hosts = ", ".join(dict.fromkeys(each.lpse for each in ended))
    told = code(f"/spse access-krl {hosts} --alasan …")
    edge.tell(place, f"{code(number)} dicabut. Bawa ke server sekarang: {told}")


def _refuse(edge: Edge, place: Place, number: str, reason: str) -> None:
    edge.access.refuse(edge.identity(place["user"], answers=True), number, reason)
    edge.tell(place, f"{code(number)} ditolak.")


def _review(edge: Edge, place: Place, number: str, note: str) -> None:
    edge.access.review(edge.identity(place["user"], answers=True), number, note)
    edge.tell(place, f"{code(number)}: tinjauannya ditutup.")


def _listener(edge: Edge, deed: Deed) -> Callable[[Ack, Body], None]:
    def submitted(ack: Ack, body: Body) -> None:
        ack()
        if not edge.receive("view", body["view"]["id"]):
            return
        told = forms.noted(body)
        edge.later(told.place, "access", lambda: deed(edge, told.place, told.meta["access"], told.note))

    return submitted
