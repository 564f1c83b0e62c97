"""What can go wrong while building the stand-in."""

from __future__ import annotations


class StandInError(Exception):
    """Base of every error that is told to the developer without a traceback."""


class MissingToolError(StandInError):
    """Something the build needs isn't installed; the message names the Debian package."""

    def __init__(self, what: str, package: str) -> None:
        super().__init__(f"{what} not found: apt-get install {package}")


class CommandFailedError(StandInError):
    """A command the build runs ended with an error."""

    def __init__(self, command: str, output: str) -> None:
        super().__init__(f"{command} failed:\n{output}")


class UnknownArtefactError(StandInError):
    """A name that is neither a build nor a faulty artefact."""

    def __init__(self, name: str, known: list[str]) -> None:
        super().__init__(f"no artefact {name!r}; known: {', '.join(known)}")
