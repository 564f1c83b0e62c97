"""The manifest says what the bot listens to and calls: no more, and no less."""

import re

import pytest
from slack_bolt import App
from slack_sdk import WebClient

from chatops.commands.twin import MANIFEST
from chatops.slack import bot
from chatops.slack.edge import Edge
from chatops.slack.settings import SlackSettings
from chatops.twin import methods
from chatops.twin.call import METHODS
from chatops.twin.manifest import Manifest
from tests.desk.office import Office

SOURCES = [*sorted((MANIFEST.parent).rglob("*.py")), MANIFEST.parents[1] / "notifier.py"]
MANIFESTO = Manifest.read(MANIFEST)
# What no call shows: to be called by one's name, and to have commands.
CALL = r"client\.((?:chat|views|users|usergroups|conversations|files|reactions)_\w+)"
WITHOUT_CALLS = {"app_mentions:read", "commands", "im:write"}


@pytest.fixture
def app(place: Office) -> App:
    """The app with its listeners, connected to nothing."""
    settings = SlackSettings("xoxb-x", "xapp-x")
    return bot.make_app(Edge(place.desk, WebClient("xoxb-x"), settings))


def listened() -> dict[str, set[str]]:
    """What the listeners name, by what they are."""
    found: dict[str, set[str]] = {}
    for path in (MANIFEST.parent / "listeners").rglob("*.py"):
        for kind, name in re.findall(r"app\.(command|shortcut|event)\(\"([^\"]+)\"\)", path.read_text()):
            found.setdefault(kind, set()).add(name)
    return found


def test_every_command_shortcut_and_event_is_listened_to() -> None:
    found = listened()
    assert found["command"] == {each.name for each in MANIFESTO.commands}
    assert found["shortcut"] == {each.callback_id for each in MANIFESTO.shortcuts}
    assert found["event"] == set(MANIFESTO.events)


def test_every_scope_is_needed_and_every_call_has_one() -> None:
    called = {name.replace("_", ".", 1) for path in SOURCES for name in re.findall(CALL, path.read_text())}
    assert methods.__all__
    upload = "files.upload_v2"
    assert upload in called
    called = {name.replace("usergroups.users_", "usergroups.users.") for name in called - {upload}}
    called |= {"files.getUploadURLExternal", "files.completeUploadExternal"}
    assert called <= METHODS.keys()
    needed = {METHODS[name].scope for name in called} - {""}
    assert needed | WITHOUT_CALLS == MANIFESTO.scopes


def test_one_listener_a_file_and_all_are_registered(app: App) -> None:
    files = [path for path in (MANIFEST.parent / "listeners").rglob("*.py") if path.name != "__init__.py"]
    assert all(path.read_text().count("def register(") == 1 for path in files)
    # Some files listen to several buttons.
    assert len(app._listeners) >= len(files)  # noqa: SLF001 - Bolt has no other way to ask


def test_socket_mode_and_the_home_are_on() -> None:
    assert (MANIFESTO.socket_mode, MANIFESTO.home) == (True, True)
