"""The buttons of a change. Who presses one is authorised now, by the desk, whatever he was shown."""

from collections.abc import Callable

from slack_bolt import Ack, App

from chatops.cases import Case
from chatops.desk import Desk
from chatops.permissions import Identity
from chatops.slack import forms
from chatops.slack.edge import DOUBLE_CLICK, Body, Edge, pressed, pressed_once
from chatops.slack.text import code

type Deed = Callable[[Desk, Identity, str, str], Case]

AT_ONCE: dict[str, tuple[str, Deed]] = {
    "approve": ("disetujui oleh Anda", lambda desk, who, number, plan: desk.approve(who, number, plan)),
    "announce": ("dicatat sudah diumumkan", lambda desk, who, number, _: desk.announce(who, number)),
    "replan": ("direncanakan ulang", lambda desk, who, number, _: desk.replan(who, number)),
    "cancel": ("dibatalkan", lambda desk, who, number, _: desk.cancel(who, number, "dibatalkan dari Slack")),
}
WITH_WORDS = {
    "reject": ("Tolak rencana", "Mengapa ditolak"),
    "release": ("Lepas server", "Apa yang Anda periksa, dan hasilnya"),
    "review": ("Tutup tinjauan", "Hasil tinjauan"),
}


def register(app: App, edge: Edge) -> None:
    """Listen to them."""
    for action, (words, deed) in AT_ONCE.items():
        app.action(action)(_doing(edge, words, deed))
    for action, asked in WITH_WORDS.items():
        app.action(action)(_asking(edge, action, asked))


def _doing(edge: Edge, words: str, deed: Deed) -> Callable[[Ack, Body], None]:
    def listener(ack: Ack, body: Body) -> None:
        ack()
        user, place, value = pressed(body)
        if not edge.receive("action", pressed_once(body), DOUBLE_CLICK):
            return

        def work() -> None:
            case = deed(edge.desk, edge.identity(user, answers=True), value["change"], value["hash"])
            edge.tell(place, f"{code(case.number)} {words}.")

        edge.later(place, "answer", work)

    return listener


def _asking(edge: Edge, action: str, asked: tuple[str, str]) -> Callable[[Ack, Body], None]:
    def listener(ack: Ack, body: Body) -> None:
        ack()
        user, place, value = pressed(body)
        if not edge.receive("action", body["trigger_id"]):
            return

        def work() -> None:
            # Who may not even see it is not asked for words.
            edge.desk.case(edge.identity(user), value["change"])
            view = forms.note(action, *asked, value | {"channel": place["channel"], "thread": place["thread"]})
            edge.client.views_open(trigger_id=body["trigger_id"], view=view)

        edge.quickly(place, "form", work)

    return listener
