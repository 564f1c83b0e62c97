"""`spse-ops` as it is called, without a process of its own."""

from collections.abc import Callable

import pytest

from chatops import cli

type Spoken = tuple[int, str, str]
"""Exit code, output, errors."""
type SpseOps = Callable[..., Spoken]


@pytest.fixture
def spse_ops(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> SpseOps:
    """Call it with these words."""

    def call(*words: str) -> Spoken:
        monkeypatch.setattr("sys.argv", ["spse-ops", *words])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        code = ended.value.code
        return (code if isinstance(code, int) else 0, *capsys.readouterr())

    return call
