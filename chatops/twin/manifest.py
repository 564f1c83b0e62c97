"""What an app says of itself in its manifest: its commands, shortcuts, events, scopes and addresses."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import yaml


@dataclass(frozen=True)
class Shortcut:
    """A shortcut of a message or of the whole workspace."""

    kind: str
    callback_id: str
    name: str
    description: str


@dataclass(frozen=True)
class Command:
    """A slash command."""

    name: str
    description: str
    usage: str
    escapes: bool
    url: str


@dataclass(frozen=True)
class Manifest:
    """The manifest of the one app in the workspace."""

    name: str
    bot_name: str
    commands: tuple[Command, ...]
    shortcuts: tuple[Shortcut, ...]
    scopes: frozenset[str]
    events: frozenset[str]
    socket_mode: bool
    home: bool
    interactivity_url: str = ""
    options_url: str = ""
    events_url: str = ""

    @classmethod
    def read(cls, file: Path) -> Self:
        """From the file that Slack takes, too."""
        return cls.of(yaml.safe_load(file.read_text()))

    @classmethod
    def of(cls, told: dict[str, Any]) -> Self:
        """From what stands in it."""
        features, settings = told.get("features", {}), told.get("settings", {})
        events, interactivity = settings.get("event_subscriptions", {}), settings.get("interactivity", {})
        scopes = told.get("oauth_config", {}).get("scopes", {}).get("bot", [])
        return cls(
            name=told["display_information"]["name"],
            bot_name=features.get("bot_user", {}).get("display_name", "bot"),
            commands=tuple(_command(each) for each in features.get("slash_commands", [])),
            shortcuts=tuple(_shortcut(each) for each in features.get("shortcuts", [])),
            scopes=frozenset(scopes),
            events=frozenset(events.get("bot_events", [])),
            socket_mode=bool(settings.get("socket_mode_enabled")),
            home=bool(features.get("app_home", {}).get("home_tab_enabled")),
            interactivity_url=interactivity.get("request_url", ""),
            options_url=interactivity.get("message_menu_options_url", ""),
            events_url=events.get("request_url", ""),
        )

    def command(self, name: str) -> Command | None:
        """The command of this name, with its slash."""
        return next((each for each in self.commands if each.name == name), None)


def _command(told: dict[str, Any]) -> Command:
    return Command(
        told["command"],
        told.get("description", ""),
        told.get("usage_hint", ""),
        bool(told.get("should_escape")),
        told.get("url", ""),
    )


def _shortcut(told: dict[str, Any]) -> Shortcut:
    return Shortcut(told["type"], told["callback_id"], told["name"], told.get("description", ""))
