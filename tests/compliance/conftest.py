"""What every proof is given, and how what it finds is written down."""

import json
from collections import Counter
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import pytest

from chatops.controls import Control
from tests.compliance.proof import Subject


def pytest_addoption(parser: pytest.Parser) -> None:
    """Where the findings go."""
    parser.addoption("--findings", type=Path, help="a file for what every proof found, a line of JSON each")


def pytest_ignore_collect(config: pytest.Config) -> bool | None:
    """Without a host there is nothing to prove."""
    return None if config.getoption("hosts", None) else True


@pytest.fixture(scope="module")
def cache() -> dict[str, str]:
    """What a host has said already, for the proofs of one file; testinfra's `host` has this scope, too."""
    return {}


@pytest.fixture(scope="session")
def silent() -> Counter[str]:
    """How often in a row each host has not answered."""
    return Counter()


@pytest.fixture
def subject(
    request: pytest.FixtureRequest,
    host: Any,  # noqa: ANN401 - testinfra has no types
    control: Control,
    cache: dict[str, str],
    silent: Counter[str],
) -> Iterator[Subject]:
    """The host, as a proof looks at it."""
    name = host.backend.get_hostname()
    # The cache is the file's; hosts take turns in it.
    own = {key.removeprefix(f"{name} "): value for key, value in cache.items() if key.startswith(f"{name} ")}
    looked_at = Subject(host, own, silent)
    request.node.user_properties += [("host", name), ("control", control.id), ("seen", looked_at.seen)]
    yield looked_at
    cache.update({f"{name} {key}": value for key, value in own.items()})


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    call: pytest.CallInfo[None],
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Tell what is not so from what could not be read."""
    report = yield
    if call.excinfo is not None:
        report.user_properties.append(("why", str(call.excinfo.value).partition("\nassert ")[0]))
        report.user_properties.append(("is_read", call.excinfo.errisinstance((AssertionError, pytest.skip.Exception))))
    return report


class Recorder:
    """Writes down what every proof found; one line each, so that a run that is cut has said what it knew."""

    def __init__(self, file: Path) -> None:
        """Only who has started the workers has one."""
        self._file = file

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Write a finding down."""
        about = dict(report.user_properties)
        if "control" not in about or (report.when != "call" and report.passed):
            return
        outcome = report.outcome if about.get("is_read", True) else "error"
        line = {key: about[key] for key in ("host", "control", "seen")}
        line |= {"outcome": outcome, "why": str(about.get("why", ""))}
        with self._file.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line, ensure_ascii=False) + "\n")


def pytest_configure(config: pytest.Config) -> None:
    """Write down, where it was asked for."""
    file = config.getoption("findings")
    if file is not None and not hasattr(config, "workerinput"):
        config.pluginmanager.register(Recorder(file))
