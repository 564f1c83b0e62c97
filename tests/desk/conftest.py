"""Offices for tests: on SQLite, or on both databases."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.desk.office import Office, office
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
