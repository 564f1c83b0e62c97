"""One call of the Web API: what was asked, and by whom; and the table of methods."""

import json
import urllib.parse
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from chatops.twin.envelopes import Sockets
from chatops.twin.faults import Rates
from chatops.twin.payloads import Payloads
from chatops.twin.shapes import Json
from chatops.twin.workspace import RefusedError, Workspace

PAGE = 200


@dataclass(frozen=True)
class Call:
    """What a method is called with."""

    workspace: Workspace
    payloads: Payloads
    sockets: Sockets
    rates: Rates | None
    given: Json

    def text(self, name: str, *, required: bool = False) -> str:
        """A text of that name."""
        value = self.given.get(name)
        if required and value in (None, ""):
            raise RefusedError(
                "invalid_arguments", response_metadata={"messages": [f"[ERROR] missing required field: {name}"]}
            )
        return "" if value is None else str(value)

    def flag(self, name: str) -> bool:
        """Whether something was said to be so."""
        return str(self.given.get(name, "")).lower() in ("1", "true")

    def number(self, name: str, default: int) -> int:
        """A whole number of that name."""
        try:
            return int(self.given.get(name) or default)
        except ValueError as error:
            raise RefusedError("invalid_arguments") from error

    def structure(self, name: str) -> object:
        """What stands there as JSON, or stood in a form as such."""
        value = self.given.get(name)
        if not isinstance(value, str):
            return value
        try:
            return json.loads(value)
        except ValueError as error:
            raise RefusedError("invalid_arguments" if name == "view" else f"invalid_{name}_format") from error

    def page[Each](self, found: Iterable[Each], show: Callable[[Each], Json], name: str) -> Json:
        """As much of a list as is asked for, and where the rest begins."""
        listed: Sequence[Each] = list(found)
        start = self.number("cursor", 0)
        limit = min(self.number("limit", PAGE), 1000)
        rest = start + limit
        cursor = str(rest) if rest < len(listed) else ""
        shown = [show(each) for each in listed[start:rest]]
        return {name: shown, "response_metadata": {"next_cursor": cursor}}


def parse(body: bytes, kind: str, query: str) -> Json:
    """What was sent, as a form or as JSON."""
    given: Json = dict(urllib.parse.parse_qsl(query, keep_blank_values=True))
    if kind.startswith("application/json"):
        try:
            read = json.loads(body or b"{}")
        except ValueError as error:
            raise RefusedError("invalid_json") from error
        if not isinstance(read, dict):
            raise RefusedError("json_not_object")
        return given | read
    return given | dict(urllib.parse.parse_qsl(body.decode(errors="replace"), keep_blank_values=True))


type Answer = Callable[[Call], Json]


@dataclass(frozen=True)
class Method:
    """One method of the Web API."""

    answer: Answer
    tier: int
    scope: str
    of_app: bool
    """Whether it takes the token of the app, not that of the bot."""


METHODS: dict[str, Method] = {}


def method(name: str, *, tier: int, scope: str = "", of_app: bool = False) -> Callable[[Answer], Answer]:
    """Enter a function into the table."""

    def enter(answer: Answer) -> Answer:
        METHODS[name] = Method(answer, tier, scope, of_app)
        return answer

    return enter
