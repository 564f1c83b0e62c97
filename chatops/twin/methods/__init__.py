"""The methods of the Web API that there are here; to import this enters them all."""

from chatops.twin.methods import chat, conversations, files, people, views

__all__ = ["chat", "conversations", "files", "people", "views"]
