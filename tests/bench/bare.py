"""An app of slack-bolt that acknowledges and does nothing else: what the bot is measured beside. Takes Slack's URL."""

from __future__ import annotations

import sys
import threading

from slack_bolt import Ack, App
from slack_bolt.adapter.socket_mode.websocket_client import SocketModeHandler
from slack_sdk import WebClient

from chatops.twin.workspace import APP_TOKEN, BOT_TOKEN


def acknowledge(ack: Ack) -> None:
    """Acknowledge."""
    ack()


def main(api: str) -> None:
    """Serve until killed."""
    client = WebClient(BOT_TOKEN, base_url=api)
    app = App(client=client, token_verification_enabled=False, request_verification_enabled=False)
    app.command("/spse")(acknowledge)
    SocketModeHandler(app, APP_TOKEN, web_client=client).connect()
    threading.Event().wait()


if __name__ == "__main__":
    main(sys.argv[1])
