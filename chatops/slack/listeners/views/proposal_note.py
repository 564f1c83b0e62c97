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
        view, user = body["view"], body["user"]["id"]
        if not edge.receive("view", view["id"]):
            return
        meta = forms.meta(view)
        place = {"user": user, "channel": meta.get("channel", ""), "thread": meta.get("thread", "")}
        note = view["state"]["values"]["note"]["note"]["value"]

        def work() -> None:
            window = ProposalDesk(edge.desk)
            found = window.dismiss(edge.identity(user, answers=True), meta["proposal"], note)
            edge.tell(place, f"{code(found.id)} diabaikan.")

        edge.later(place, "proposal", work)

    app.view("note_proposal_dismiss")(submitted)
