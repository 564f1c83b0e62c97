"""What has a message of its own in Slack, however it looks."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from chatops.slack.text import Block

type Place = Mapping[str, Any]
type Looks = tuple[str, list[Block]]


@dataclass(frozen=True)
class Parent:
    """A change, an access, an outage, a proposal, a day."""

    number: str
    kind: str
    place: Place | None
    """None, before it was told of."""
    looks: Callable[[], Looks]
    keep: Callable[[Place], object]
    over: bool
    """Nothing of it will change any more."""
    running: bool = False
    turns: datetime | None = None
    """When it looks different without anything having happened."""
    room: str = ""
    """The channel that it is told of in; where changes are, if it says none."""
