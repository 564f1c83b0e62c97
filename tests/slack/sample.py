"""A small app of slack-bolt as anybody would write it: it knows nothing of the offline Slack."""

import gc
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from slack_bolt import Ack, App
from slack_bolt.adapter.socket_mode.websocket_client import SocketModeHandler
from slack_sdk import WebClient

from chatops.twin.workspace import APP_TOKEN, SIGNING_SECRET
from tests.slack.room import Room, until

type Json = dict[str, Any]

PING = 1
"""Seconds between two pings; whoever closes the connection waits for the next one. The SDK takes a connection that does
not stand after so long for a broken one, and makes another in its place."""
OFFICES = ("mamuju", "majene", "mamasa", "bogor", "bone")


def plain(text: str) -> Json:
    """A plain text object."""
    return {"type": "plain_text", "text": text}


def modal(trigger: str) -> Json:
    """A modal that asks for an office and a reason."""
    office = {"type": "external_select", "action_id": "lpse", "min_query_length": 1, "placeholder": plain("Cari LPSE")}
    reason = {"type": "plain_text_input", "action_id": "alasan", "multiline": True}
    return {
        "trigger_id": trigger,
        "view": {
            "type": "modal",
            "callback_id": "minta",
            "title": plain("Minta perubahan"),
            "submit": plain("Kirim"),
            "close": plain("Batal"),
            "notify_on_close": True,
            "blocks": [
                {"type": "input", "block_id": "lpse", "label": plain("LPSE"), "element": office},
                {"type": "input", "block_id": "alasan", "label": plain("Alasan"), "element": reason},
            ],
        },
    }


def asked(lpse: str, reason: str) -> list[Json]:
    """A message with two buttons, one of which asks again."""
    confirm = {
        "title": plain("Setujui?"),
        "text": {"type": "mrkdwn", "text": f"Server *{lpse}* akan diubah."},
        "confirm": plain("Ya, setujui"),
        "deny": plain("Batal"),
    }
    yes = {"type": "button", "action_id": "setuju", "text": plain("Setujui"), "style": "primary", "value": lpse}
    no = {"type": "button", "action_id": "tolak", "text": plain("Tolak"), "style": "danger", "value": lpse}
    return [
        {"type": "header", "text": plain(f"Upgrade {lpse}")},
        {"type": "section", "text": {"type": "mrkdwn", "text": f"Alasan: {reason}"}},
        {"type": "section", "fields": [{"type": "mrkdwn", "text": "*Build*\n`4.5.2`"}, plain("Jam SLA: 2 hk")]},
        {"type": "divider"},
        {"type": "actions", "block_id": "keputusan", "elements": [yes | {"confirm": confirm}, no]},
        {"type": "context", "elements": [{"type": "mrkdwn", "text": "CHG-2026-000001"}]},
    ]


def make(client: WebClient) -> tuple[App, list[Json]]:
    """The app, and everything that it hears."""
    app = App(client=client, signing_secret=SIGNING_SECRET)
    heard: list[Json] = []
    _modals(app, client, heard)
    _messages(app, client, heard)
    _events(app, client, heard)
    return app, heard


def _modals(app: App, client: WebClient, heard: list[Json]) -> None:
    @app.command("/coba")
    def command(ack: Ack, body: Json) -> None:
        heard.append(body)
        if body["text"]:
            ack(f"Anda menulis: {body['text']}")
            return
        ack()
        client.views_open(**modal(body["trigger_id"]))

    @app.options("lpse")
    def options(ack: Ack, payload: Json) -> None:
        found = [each for each in OFFICES if each.startswith(payload["value"])]
        ack(options=[{"text": plain(each), "value": each} for each in found])

    @app.view("minta")
    def submitted(ack: Ack, body: Json, view: Json) -> None:
        heard.append(body)
        values = view["state"]["values"]
        reason = values["alasan"]["alasan"]["value"]
        if len(reason) < len("alasan"):
            ack(response_action="errors", errors={"alasan": "Terlalu singkat."})
            return
        ack()
        lpse = values["lpse"]["lpse"]["selected_option"]["value"]
        client.chat_postMessage(channel="C0UMUM", text=f"Upgrade {lpse}", blocks=asked(lpse, reason))

    @app.view_closed("minta")
    def closed(ack: Ack, body: Json) -> None:
        heard.append(body)
        ack()


def _messages(app: App, client: WebClient, heard: list[Json]) -> None:
    @app.action("setuju")
    def approved(ack: Ack, body: Json) -> None:
        ack()
        heard.append(body)
        channel, ts = body["channel"]["id"], body["message"]["ts"]
        client.chat_postMessage(channel=channel, thread_ts=ts, text="Dimulai.")
        client.files_upload_v2(
            channel=channel, thread_ts=ts, filename="log.txt", title="Log", content="baris 1\n<b>baris 2</b>\n"
        )
        client.chat_update(channel=channel, ts=ts, text="Selesai", blocks=asked("mamuju", "sudah selesai")[:3])

    @app.action("tolak")
    def refused(ack: Ack, body: Json, respond: Any) -> None:  # noqa: ANN401 - Bolt hands it in
        ack()
        heard.append(body)
        respond(text="Ditolak.", response_type="in_channel", replace_original=True)

    @app.shortcut("catat")
    def noted(ack: Ack, body: Json, say: Any) -> None:  # noqa: ANN401 - Bolt hands it in
        ack()
        heard.append(body)
        say(f"Tercatat: {body['message']['text']}")


def _events(app: App, client: WebClient, heard: list[Json]) -> None:
    @app.event("app_mention")
    def mentioned(body: Json) -> None:
        heard.append(body)

    @app.event("message")
    def written(body: Json) -> None:
        heard.append(body)

    @app.event("app_home_opened")
    def home(body: Json) -> None:
        heard.append(body)
        text = {"type": "mrkdwn", "text": f"Antrean <@{body['event']['user']}> kosong."}
        view = {"type": "home", "blocks": [{"type": "header", "text": plain("Antrean saya")}]}
        view["blocks"] = [*view["blocks"], {"type": "section", "text": text}]
        client.views_publish(user_id=body["event"]["user"], view=view)


@contextmanager
def connected(room: Room) -> Iterator[list[Json]]:
    """The app, connected by Socket Mode with the adapter that the bot uses."""
    client = room.client()
    app, heard = make(client)
    handler = SocketModeHandler(app, APP_TOKEN, web_client=client, ping_interval=PING)
    handler.connect()
    try:
        until(lambda: room.seen()["connections"], "a connection")
        yield heard
    finally:
        # A socket that is closed by another thread than the one that waits for it keeps that one for ten seconds.
        handler.client.auto_reconnect_enabled = False
        room.control("disconnect", cut=True)
        until(lambda: not handler.client.is_connected(), "the end of the connection")
        handler.close()
        with warnings.catch_warnings():
            # Where it was cut off before, the SDK has left the old socket to the garbage collector.
            warnings.simplefilter("ignore", ResourceWarning)
            gc.collect()
