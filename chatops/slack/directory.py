"""Who is in which user group of Slack: asked for rarely, and nobody is in one that could not be asked for."""

import logging
import math
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass, field

from slack_sdk import WebClient
from slack_sdk.errors import SlackClientError

LOG = logging.getLogger(__name__)
FRESH = 60
"""Seconds after which a group is asked for again."""
STALE = 600
"""Seconds after which what was last known counts no more: who was put out of a group must not keep its rights."""


@dataclass
class Directory:
    """The members of the groups that rights are given to."""

    client: WebClient
    fresh: float = FRESH
    stale: float = STALE
    _known: dict[str, tuple[float, frozenset[str]]] = field(default_factory=dict)
    _asked: dict[str, float] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def groups(self, account: str, wanted: Iterable[str], fresh: float | None = None) -> frozenset[str]:
        """Which of these groups somebody is in, as of so many seconds ago at most."""
        age = self.fresh if fresh is None else fresh
        return frozenset(group for group in wanted if account in self._members(group, age))

    def _members(self, group: str, age: float) -> frozenset[str]:
        with self._lock:
            now = time.monotonic()
            if now - self._asked.get(group, -math.inf) >= age:
                # Asked for again after a while, too, when it failed: each button must not cost a call that fails.
                self._asked[group] = now
                self._ask(group)
            since, members = self._known.get(group, (0.0, frozenset()))
            return members if time.monotonic() - since < self.stale else frozenset()

    def _ask(self, group: str) -> None:
        try:
            users = self.client.usergroups_users_list(usergroup=group)["users"]
        except (SlackClientError, OSError) as error:
            LOG.warning("user group %s cannot be read: %s", group, type(error).__name__)
            return
        self._known[group] = time.monotonic(), frozenset(users)
