"""One listener a file; each registers itself: verify, authorise, absorb what came before, acknowledge, hand on."""

from importlib import import_module
from pkgutil import walk_packages

from slack_bolt import App

from chatops.slack.edge import Edge


def register(app: App, edge: Edge) -> None:
    """Let every listener register itself."""
    for found in walk_packages(__path__, f"{__name__}."):
        if not found.ispkg:
            import_module(found.name).register(app, edge)
