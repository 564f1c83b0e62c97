"""Dates as a letter has them."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from chatops import bahasa


@pytest.mark.parametrize(
    ("when", "said"),
    [
        (date(2026, 1, 1), "1 Januari 2026"),
        (date(2026, 8, 17), "17 Agustus 2026"),
        (date(2026, 12, 31), "31 Desember 2026"),
    ],
)
def test_day(when: date, said: str) -> None:
    assert bahasa.day(when) == said


def test_moment() -> None:
    assert bahasa.moment(datetime(2026, 5, 9, 8, 5, tzinfo=ZoneInfo("Asia/Jakarta"))) == "9 Mei 2026 pukul 08.05 WIB"


def test_no_digit_of_a_number_is_lost() -> None:
    assert [bahasa.decimal("id", value, places) for value, places in ((1000, 0), (1.5, 1), (1.50, 2), (0, 2))] == [
        "1000",
        "1,5",
        "1,5",
        "0",
    ]
