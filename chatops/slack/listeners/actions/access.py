"""The buttons of an access. Who presses one is authorised now, whatever he was shown."""

from collections.abc import Callable

from slack_bolt import Ack, App

from chatops.slack import forms
from chatops.slack.edge import DOUBLE_CLICK, Body, Edge, pressed, pressed_once
from chatops.slack.text import code

WITH_WORDS = {
    "access_refuse": ("Tolak akses", "Mengapa ditolak"),
    "access_revoke": ("Cabut akses", "Mengapa dicabut"),
    "access_review": ("Tutup tinjauan", "Siapa yang masuk, mengapa, dan apa yang diubah"),
}


def register(app: App, edge: Edge) -> None:
    """Listen to them."""

    def approved(ack: Ack, body: Body) -> None:
        ack()
        user, place, value = pressed(body)
        if edge.receive("action", pressed_once(body), DOUBLE_CLICK):
            edge.later(place, "access", lambda: _approve(edge, user, place, value["access"]))

    app.action("access_approve")(approved)
    for action, asked in WITH_WORDS.items():
        app.action(action)(_asking(edge, action, asked))


def _approve(edge: Edge, user: str, place: dict[str, str], number: str) -> None:
    grant, _ = edge.access.approve(edge.identity(user, answers=True), number)
    edge.tell(place, f"{code(grant.number)} disetujui oleh Anda. Sertifikatnya ada di utas pesannya.")


def _asking(edge: Edge, action: str, asked: tuple[str, str]) -> Callable[[Ack, Body], None]:
    def listener(ack: Ack, body: Body) -> None:
        ack()
        user, place, value = pressed(body)
        if not edge.receive("action", body["trigger_id"]):
            return

        def work() -> None:
            # Who may not even see it is not asked for words.
            number = edge.access.grant(edge.identity(user), value["access"]).number
            told = {"access": number, "channel": place["channel"], "thread": place["thread"]}
            edge.client.views_open(trigger_id=body["trigger_id"], view=forms.note(action, *asked, told))

        edge.quickly(place, "form", work)

    return listener
