"""The buttons of a proposal. Who presses one is authorised now, by the desk, whatever he was shown."""

from slack_bolt import Ack, App

from chatops.proposals import ProposalDesk
from chatops.slack import forms
from chatops.slack.edge import DOUBLE_CLICK, Body, Edge, pressed, pressed_once
from chatops.slack.text import code


def register(app: App, edge: Edge) -> None:
    """Listen to them."""

    def opened(ack: Ack, body: Body) -> None:
        ack()
        user, place, value = pressed(body)
        if edge.receive("action", pressed_once(body), DOUBLE_CLICK):
            edge.later(place, "proposal", lambda: _open(edge, user, place, value["proposal"]))

    def dismissed(ack: Ack, body: Body) -> None:
        ack()
        user, place, value = pressed(body)
        if edge.receive("action", body["trigger_id"]):
            edge.quickly(place, "form", lambda: _ask(edge, user, place, value["proposal"], body["trigger_id"]))

    app.action("proposal_open")(opened)
    app.action("proposal_dismiss")(dismissed)


def _open(edge: Edge, user: str, place: dict[str, str], number: str) -> None:
    found, change = ProposalDesk(edge.desk).open(edge.identity(user, answers=True), number)
    edge.tell(place, f"{code(found.id)} dibuka sebagai {code(change)}.")


def _ask(edge: Edge, user: str, place: dict[str, str], number: str, trigger: str) -> None:
    # Who may not even see it is not asked for words.
    found = ProposalDesk(edge.desk).one(edge.identity(user), number)
    told = {"proposal": found.id, "channel": place["channel"], "thread": place["thread"]}
    view = forms.note("proposal_dismiss", "Abaikan usulan", "Mengapa tidak dilakukan", told)
    edge.client.views_open(trigger_id=trigger, view=view)
