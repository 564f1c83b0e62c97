"""One look at many hosts. Who hangs keeps nobody waiting: he gives his place away before he is given up."""

import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from queue import Empty, SimpleQueue

from chatops.watch.look import Look, Looking

DEADLINE = 20.0
"""Seconds for each host; its own program ends before that."""
SLOTS = 32
"""Hosts that are asked at once: more only wait for each other, because cryptography needs a processor."""
PATIENCE = 1.5
"""Seconds after which a host that has not even greeted does not count among them any more."""
GREETED = 5
"""So many times as long for one that has: it may wait for our processor, and more of them would not help."""

type Begin = Callable[[], Looking]


class Sweep:
    """Looks that are on, in the order in which they began."""

    def __init__(self, begins: Sequence[Begin], slots: int, patience: float, deadline: float) -> None:
        self._waiting = deque(begins)
        self._slots = slots
        self._patience = patience
        self._deadline = deadline
        self._quick: deque[Looking] = deque()
        self._slow: deque[Looking] = deque()
        self._done: SimpleQueue[tuple[Looking, Look]] = SimpleQueue()

    def looks(self) -> Iterator[Look]:
        """Each as it arrives; at its deadline at the latest."""
        while self._waiting or self._quick or self._slow:
            while self._waiting and len(self._quick) < self._slots:
                self._start(self._waiting.popleft())
            try:
                looking, look = self._done.get(timeout=self._next())
            except Empty:
                pass
            else:
                yield from self._taken(looking, look)
            for looking in [each for each in self._quick if self._patient(each) <= 0]:
                self._quick.remove(looking)
                self._slow.append(looking)
            for looking in [each for each in self._slow if each.age >= self._deadline]:
                self._slow.remove(looking)
                yield looking.cut()

    def _start(self, begin: Begin) -> None:
        looking = begin()
        self._quick.append(looking)

        def run() -> None:
            self._done.put((looking, looking.run()))

        # Not a pool's thread: one that hangs must not keep the program from ending.
        threading.Thread(target=run, daemon=True).start()

    def _taken(self, looking: Looking, look: Look) -> Iterator[Look]:
        for among in (self._quick, self._slow):
            if looking in among:
                among.remove(looking)
                yield look

    def _next(self) -> float:
        """Until when somebody has to be moved, or given up."""
        ends = [self._patient(each) for each in self._quick]
        ends += [self._deadline - each.age for each in self._slow]
        return max(0.0, min(ends, default=0.0))

    def _patient(self, looking: Looking) -> float:
        """For how long a host keeps its place yet."""
        most = self._patience * GREETED if looking.greeted else self._patience
        return min(most, self._deadline) - looking.age


def sweep(
    begins: Sequence[Begin], *, slots: int = SLOTS, patience: float = PATIENCE, deadline: float = DEADLINE
) -> Iterator[Look]:
    """Look at all of them."""
    return Sweep(begins, slots, min(patience, deadline), deadline).looks()
