"""The pages say the same, whichever database the ledger is in."""

import re
from collections.abc import Iterator, Mapping
from contextlib import ExitStack

import pytest

from chatops.permissions import Identity
from tests.postgres import cluster
from tests.web.house import ADMIN, AUDITOR, House, house
from tests.web.test_pages import seen
from tests.year.make import make

OFFICES = 30
PATHS = (
    "/",
    "/lpse",
    "/lpse/{office}",
    "/lpse/{office}?rentang=3-hari",
    "/lpse/{office}?rentang=1-tahun",
    "/perubahan",
    "/perubahan?keadaan=terlewat",
    "/perubahan?lpse={office}",
    "/perubahan/CHG-2026-000030",
    "/gangguan",
    "/gangguan/GGN-2026-000003",
    "/laporan",
)


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mapping[str, House]]:
    """The same year twice, and the pages of each."""
    folder = tmp_path_factory.mktemp("both")
    with ExitStack() as stack:
        urls = {"sqlite": "", "postgresql": stack.enter_context(cluster()).database()}
        years = {kind: make(folder / kind, OFFICES, fine=2, url=url) for kind, url in urls.items()}
        yield {kind: stack.enter_context(house(folder / kind, year.url, year.until)) for kind, year in years.items()}


@pytest.mark.parametrize("who", [AUDITOR, ADMIN], ids=["auditor", "admin"])
def test_every_page_says_the_same_on_both(both: Mapping[str, House], who: Identity) -> None:
    cookies = {kind: one.enter(who) for kind, one in both.items()}
    office = min(both["sqlite"].site.offices)
    answered = 0
    for path in PATHS:
        answers = {kind: one.ask(path.format(office=office), cookies[kind]) for kind, one in both.items()}
        said = {kind: (each.status, seen(without_sums(each.body))) for kind, each in answers.items()}
        assert said["sqlite"] == said["postgresql"], path
        answered += said["sqlite"][0] == 200
    # Some of them are not for an admin of one office.
    assert answered > len(PATHS) / 2


def without_sums(body: str) -> str:
    """Without what stands for one ledger alone: its name and its hashes."""
    return re.sub(r"\b[0-9a-f]{12,64}\b", "…", body)
