"""Fixtures for every layer of tests: real hosts, brought up when a test first asks for them."""

import os
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import ansible.module_utils
import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadFileScheduling

from tests.hosts.errors import LabError
from tests.hosts.host import Host
from tests.hosts.lab import Lab, Wanted
from tests.hosts.paths import REPOSITORY
from tests.spse_app.build import Built, Options, build
from tests.spse_app.catalogue import NAMES

# What `module_utils` in ansible.cfg does for a playbook: modules find the shared code under this name.
ansible.module_utils.__path__.append(str(REPOSITORY / "library" / "module_utils"))

ARTIFACTS = REPOSITORY / "artifacts"
FIGURES = pytest.StashKey[list[str]]()

type Builds = dict[str, Built]
type HostFactory = Callable[..., list[Host]]


def _lab_of(request: pytest.FixtureRequest) -> Lab:
    """One lab a test file, named after it: two runs of one file are the only ones that disturb each other."""
    module = request.path.stem.replace("_", "-")
    return Lab(module[:31])


@pytest.fixture(scope="module")
def lab(request: pytest.FixtureRequest) -> Iterator[Lab]:
    """An empty lab of the test file's own; its hosts are taken down after the file's last test."""
    lab = _lab_of(request)
    lab.down()
    failed_before = request.session.testsfailed
    yield lab
    if request.session.testsfailed > failed_before:
        _keep_journals(lab)
    lab.down()


def _keep_journals(lab: Lab) -> None:
    """What the hosts of a failed test have to say, before they are gone."""
    folder = ARTIFACTS / "journals"
    folder.mkdir(parents=True, exist_ok=True)
    for host in lab.hosts():
        try:
            journal = host.run("journalctl --no-pager --boot=all").stdout
        except LabError as error:
            journal = error.message
        (folder / f"{lab.name}.{host.name}.log").write_text(journal)


@pytest.fixture(scope="session")
def builds(tmp_path_factory: pytest.TempPathFactory) -> Builds:
    """Every build and every faulty artefact, without the boot wait."""
    return build(tmp_path_factory.mktemp("builds"), NAMES, Options(boot_seconds=0))


@pytest.fixture
def figures(pytestconfig: pytest.Config) -> list[str]:
    """Lines for the end of the report and for artifacts/figures.txt: what was measured, not what was asserted."""
    return pytestconfig.stash[FIGURES]


def pytest_configure(config: pytest.Config) -> None:
    """Begin without figures, and keep what tests do to test hosts out of the ledger of whoever runs them."""
    config.stash[FIGURES] = []
    os.environ["SPSE_OPS_STATE"] = str(ARTIFACTS / "state")
    os.environ.pop("SPSE_OPS_LEDGER", None)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """A worker of several hands its figures on to who has started it."""
    output: dict[str, object] | None = getattr(session.config, "workeroutput", None)
    if output is not None:
        output["figures"] = session.config.stash[FIGURES]


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:  # noqa: ANN401 - pytest-xdist has no types
    """Take the figures of a worker that has ended."""
    # Taken out, because it may be told twice that a worker has ended.
    node.config.stash[FIGURES].extend(getattr(node, "workeroutput", {}).pop("figures", []))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Show the figures and keep them."""
    if lines := config.stash[FIGURES]:
        terminalreporter.section("figures")
        for line in lines:
            terminalreporter.write_line(line)
        ARTIFACTS.mkdir(exist_ok=True)
        with (ARTIFACTS / "figures.txt").open("a") as file:
            file.write("\n".join(lines) + "\n")


@pytest.fixture(scope="module")
def make_hosts(lab: Lab) -> HostFactory:
    """Bring up hosts by name: `make_hosts("w1", "w2", disk="500M")`."""

    def make(*names: str, image: str = "debian12", memory: str = "1g", disk: str | None = None) -> list[Host]:
        return lab.up(names, Wanted(image, memory, disk))

    return make


@pytest.fixture(scope="module")
def bare_host(make_hosts: HostFactory) -> Host:
    """One bare Debian 12; not called `host`, which is testinfra's own."""
    return make_hosts("w1")[0]


@pytest.fixture(scope="module")
def spse_host(make_hosts: HostFactory) -> Host:
    """A Debian 12 with Java, PostgreSQL and Apache installed, and no SPSE."""
    return make_hosts("spse", image="spse12", memory="2g")[0]


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Begin nothing more when the time of a run is over: what has not been tried says so."""
    until = float(os.environ.get("SPSE_UNTIL", "inf"))
    if item.get_closest_marker("hosts") and time.time() > until:
        pytest.skip("no time left in this run")


def pytest_collection_modifyitems(items: Sequence[pytest.Item]) -> None:
    """Mark the tests that need real hosts, so that `make check` can leave them out."""
    for item in items:
        if isinstance(item, pytest.Function) and "lab" in item.fixturenames:
            item.add_marker("hosts")


class ByLab(LoadFileScheduling):
    """A file's tests share a lab, and stay together; each Molecule scenario has one of its own."""

    def _split_scope(self, nodeid: str) -> str:
        return nodeid if "test_molecule.py" in nodeid else super()._split_scope(nodeid)


# xdist's own groups are lost on pytest 9.2, where the id of a test cannot be changed.
@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> ByLab | None:
    """Share tests out by lab, where they are shared out by file."""
    return ByLab(config, log) if config.getvalue("dist") == "loadfile" else None
