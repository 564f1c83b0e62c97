"""`spse-ops` as it is called, without a process of its own; ledgers on both databases."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from chatops import cli
from chatops.ledger.store import Ledger
from tests.hosts.paths import REPOSITORY
from tests.postgres import Cluster, cluster

# What the role `probe` puts beside its program, where that finds it.
sys.path.append(str(REPOSITORY / "library" / "module_utils"))

# The same values in every run, which leaves nothing behind in the checkout: a red test is red for everybody.
settings.register_profile("house", database=None, deadline=None, derandomize=True)
settings.load_profile("house")

type Spoken = tuple[int, str, str]
"""Exit code, output, errors."""
type SpseOps = Callable[..., Spoken]


@pytest.fixture
def spse_ops(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> SpseOps:
    """Call it with these words, with a state of its own."""
    monkeypatch.setenv("SPSE_OPS_STATE", str(tmp_path / "state"))
    monkeypatch.setenv("SPSE_OPS_ACTOR", "penguji")
    monkeypatch.delenv("SPSE_OPS_LEDGER", raising=False)

    def call(*words: str) -> Spoken:
        monkeypatch.setattr("sys.argv", ["spse-ops", *words])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        code = ended.value.code
        return (code if isinstance(code, int) else 0, *capsys.readouterr())

    return call


@pytest.fixture(scope="session")
def postgres() -> Iterator[Cluster]:
    """A PostgreSQL that nobody else uses."""
    with cluster() as server:
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where an empty ledger may be made: every test that takes it runs on both databases."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'ledger.db'}"
    server: Cluster = request.getfixturevalue("postgres")
    return server.database()


@pytest.fixture
def ledger(url: str) -> Iterator[Ledger]:
    """A new ledger."""
    made = Ledger.open(url)
    yield made
    made.close()
