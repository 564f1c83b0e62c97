"""The commands of `spse-ops` that no catalogue entry makes: deadlines, and the record of what was asked and done."""

from importlib import import_module
from typing import override

import click

from chatops import bahasa

# Found when they are called: a look at a server need not wait for the ledger's libraries.
COMMANDS = {
    "access": "access",
    "announce": "answer",
    "approve": "answer",
    "bot": "bot",
    "calendar": "calendar",
    "cancel": "answer",
    "change": "change",
    "ledger": "ledger",
    "maintenance": "maintenance",
    "outages": "outages",
    "priority": "priority",
    "probe": "probe",
    "queue": "queue",
    "reject": "answer",
    "release": "answer",
    "replan": "answer",
    "report": "report",
    "request": "request",
    "review": "answer",
    "serve": "serve",
    "sla": "sla",
    "twin": "twin",
    "watch": "watch",
    "worker": "worker",
}
"""Each with the module that it is in."""


class Group(bahasa.Group):
    """Commands of the catalogue, and these."""

    @override
    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name in COMMANDS:
            found = getattr(import_module(f"chatops.commands.{COMMANDS[cmd_name]}"), cmd_name)
            return found if isinstance(found, click.Command) else None
        return super().get_command(ctx, cmd_name)

    @override
    def list_commands(self, ctx: click.Context) -> list[str]:
        return [*super().list_commands(ctx), *COMMANDS]
