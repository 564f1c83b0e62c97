"""A few words were given to why a proposal is dismissed."""

from slack_bolt import Ack, App

from chatops.proposals import ProposalDesk
from chatops.slack import forms
from chatops.slack.edge import Body, Edge
from chatops.slack.text import code


def register(app: App, edge: Edge) -> None:
    """Listen to it."""

    def submitted(ack: Ack, body: Body) -> None:
        ack()
        if not edge.receive("view", body["view"]["id"]):
            return
        told = forms.noted(body)

        def work() -> None:
            window = ProposalDesk(edge.desk)
            found = window.dismiss(edge.identity(body["user"]["id"], answers=True), told.meta["proposal"], told.note)
            edge.tell(told.place, f"{code(found.id)} diabaikan.")

        edge.later(told.place, "proposal", work)

    app.view("note_proposal_dismiss")(submitted)
