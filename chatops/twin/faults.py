"""What can be made to go wrong, and how often a method may be called."""

from collections import deque
from dataclasses import dataclass, field

from chatops.twin.clock import Clock

MINUTE = 60
# Calls a minute that Slack promises at least, by tier; here it promises no more.
TIERS = {1: 1, 2: 20, 3: 50, 4: 100}
# To one channel: one message a second, and some at once.
POSTS_AT_ONCE = 10


@dataclass
class Faults:
    """What is wrong just now. Numbers count down as they are used up."""

    delay: float = 0
    """Seconds that every envelope is held back."""
    drop_acks: int = 0
    """So many answers of the app are not heard."""
    duplicate: int = 0
    """So many envelopes come twice."""
    limited: int = 0
    """So many calls are answered 429, whatever the rate is."""
    retry_after: int = 1
    broken: int = 0
    """So many calls are answered 503."""
    method: str = ""
    """The only method that the two above are about; all, if it is empty."""
    api_delay: float = 0
    """Seconds before a call is answered."""
    rates: bool = True
    """Whether calls are counted at all."""

    def takes(self, name: str) -> bool:
        """Use one of a kind up, if there is one left."""
        left: int = getattr(self, name)
        setattr(self, name, max(left - 1, 0))
        return left > 0

    def concerns(self, method: str) -> bool:
        """Whether calls of this method are to fail."""
        return self.method in ("", method)


@dataclass
class Rates:
    """How often each method was called of late."""

    clock: Clock
    calls: dict[str, deque[float]] = field(default_factory=dict)

    def wait(self, method: str, tier: int) -> int:
        """Count a call of a method; seconds to wait, if it is one too many."""
        return self._wait(method, TIERS[tier], MINUTE)

    def wait_to_post(self, channel: str) -> int:
        """The same, of a message to a channel."""
        return self._wait(f"post {channel}", POSTS_AT_ONCE, POSTS_AT_ONCE)

    def _wait(self, name: str, most: int, seconds: float) -> int:
        now = self.clock.now()
        calls = self.calls.setdefault(name, deque())
        while calls and calls[0] <= now - seconds:
            calls.popleft()
        if len(calls) >= most:
            return max(int(calls[0] + seconds - now) + 1, 1)
        calls.append(now)
        return 0
