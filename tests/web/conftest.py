"""One year for all tests of the pages; whoever writes into its ledger takes a new one."""

from collections.abc import Iterator

import pytest

from tests.slack.conftest import browser, page
from tests.web.house import House, house
from tests.whole import WHOLE
from tests.year.make import Year, make

__all__ = ["browser", "page"]

OFFICES = 600 if WHOLE else 90


@pytest.fixture(scope="session")
def year(tmp_path_factory: pytest.TempPathFactory) -> Year:
    """Some offices of every province."""
    return make(tmp_path_factory.mktemp("year"), OFFICES, fine=2)


@pytest.fixture(scope="session")
def served(year: Year) -> Iterator[House]:
    """Its pages."""
    with house(year.inventory.parent, year.url, year.until) as made:
        yield made


@pytest.fixture(autouse=True)
def right_time(request: pytest.FixtureRequest) -> Iterator[None]:
    """Whoever has moved the clock puts it back."""
    yield
    if "served" in request.fixturenames:
        one: House = request.getfixturevalue("served")
        year: Year = request.getfixturevalue("year")
        one.clock.now = year.until
