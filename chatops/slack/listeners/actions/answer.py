"""The buttons of a change. Who presses one is authorised now, by the desk, whatever he was shown."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from slack_bolt import Ack, App

from chatops.cases import Case
from chatops.desk import Desk
from chatops.permissions import Identity
from chatops.slack import forms
from chatops.slack.edge import Body, Edge
from chatops.slack.text import code

DOUBLE_CLICK = 5.0
"""Seconds; later it is meant: after a refusal somebody may have got the right. The desk does it once, anyway."""

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
    def pressed(ack: Ack, body: Body) -> None:
        ack()
        user, place, value = _pressed(body)
        if not edge.receive("action", _key(body), DOUBLE_CLICK):
            return

        def work() -> None:
            case = deed(edge.desk, edge.identity(user, answers=True), value["change"], value["hash"])
            edge.tell(place, f"{code(case.number)} {words}.")

        edge.later(place, "answer", work)

    return pressed


def _asking(edge: Edge, action: str, asked: tuple[str, str]) -> Callable[[Ack, Body], None]:
    def pressed(ack: Ack, body: Body) -> None:
        ack()
        user, place, value = _pressed(body)
        if not edge.receive("action", body["trigger_id"]):
            return

        def work() -> None:
            # Who may not even see it is not asked for words.
            edge.desk.case(edge.identity(user), value["change"])
            view = forms.note(action, *asked, value | {"channel": place["channel"], "thread": place["thread"]})
            edge.client.views_open(trigger_id=body["trigger_id"], view=view)

        edge.quickly(place, "form", work)

    return pressed


def _pressed(body: Body) -> tuple[str, dict[str, str], dict[str, str]]:
    container: Mapping[str, Any] = body.get("container", {})
    # Below a change's message is its thread; who presses in the thread is answered there.
    thread = container.get("thread_ts") or ""
    place = {"user": body["user"]["id"], "channel": body.get("channel", {}).get("id", ""), "thread": thread}
    return body["user"]["id"], place, json.loads(body["actions"][0]["value"])


def _key(body: Body) -> str:
    """A button, a person, a message and its plan: pressed twice at once it is one press."""
    action = body["actions"][0]
    return f"{action['action_id']}:{body['user']['id']}:{action['value']}"
