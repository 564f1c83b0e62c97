"""Offices for tests: on SQLite, or on both databases."""

import os
import pwd
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.desk.office import RULES, Office, office
from tests.unit.conftest import SpseOps, ledger, postgres, spse_ops, url

__all__ = ["SpseOps", "ledger", "postgres", "spse_ops", "url"]

LPSES = {"mamuju": 1, "bogor": 2}


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Office]:
    """An office on SQLite."""
    with office(tmp_path / "office", f"sqlite:///{tmp_path / 'ledger.db'}", LPSES) as made:
        yield made


@pytest.fixture
def place_on(tmp_path: Path, url: str) -> Iterator[Office]:
    """An office on either database."""
    with office(tmp_path / "office", url, LPSES) as made:
        yield made


@pytest.fixture
def call(place: Office, spse_ops: SpseOps, monkeypatch: pytest.MonkeyPatch) -> SpseOps:
    """`spse-ops` in this office, by an operator."""
    for name, value in place.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("SUDO_USER", "rini")
    mine = pwd.getpwuid(os.getuid()).pw_name
    place.desk.settings.rules.write_text(RULES.replace("accounts: [rini]", f"accounts: [rini, {mine}]"))
    return spse_ops
