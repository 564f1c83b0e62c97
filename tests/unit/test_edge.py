"""What is kept of what Slack delivers: whether it is acknowledged."""

import threading
import time

import pytest

from chatops.slack import edge
from chatops.slack.edge import Waiting


def settles(waiting: Waiting) -> threading.Event:
    """Somebody whose work waits; set when it goes on."""
    done = threading.Event()

    def wait() -> None:
        waiting.settle()
        done.set()

    threading.Thread(target=wait, daemon=True).start()
    return done


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever waits does not go on by itself while a test looks."""
    monkeypatch.setattr(edge, "PATIENCE", 60)


def test_work_waits_until_all_is_acknowledged() -> None:
    waiting = Waiting()
    waiting.settle()
    waiting.came()
    waiting.came()
    done = settles(waiting)
    waiting.acknowledged()
    assert not done.wait(0.2)
    waiting.acknowledged()
    assert done.wait(10)


def test_what_nobody_acknowledges_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(edge, "FORGOTTEN", 0.1)
    waiting = Waiting()
    waiting.came()
    time.sleep(0.2)
    waiting.came()
    done = settles(waiting)
    waiting.acknowledged()
    assert done.wait(10)
    # It was not lost after all: the next ones are both waited for nonetheless.
    waiting.acknowledged()
    monkeypatch.setattr(edge, "FORGOTTEN", 60)
    waiting.came()
    waiting.came()
    waiting.acknowledged()
    assert not settles(waiting).wait(0.2)


def test_work_does_not_wait_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(edge, "PATIENCE", 0.1)
    waiting = Waiting()
    waiting.came()
    assert settles(waiting).wait(10)
