"""Moments and zones: what is said without a zone is refused, because nobody can tell which office's clock it was."""

from datetime import datetime
from zoneinfo import ZoneInfo

from chatops.errors import MomentError, UnknownZoneError
from chatops.words import Said

ZONES = {"WIB": ZoneInfo("Asia/Jakarta"), "WITA": ZoneInfo("Asia/Makassar"), "WIT": ZoneInfo("Asia/Jayapura")}

FIRST_YEAR, LAST_YEAR = 2017, 2100
"""The agreement is of 2017; what is beyond the end is a slip of the pen."""

DAY = 86400


def zone(name: str) -> ZoneInfo:
    """The zone of this name."""
    if name not in ZONES:
        raise UnknownZoneError(zone=name)
    return ZONES[name]


def parse(text: str) -> datetime:
    """A moment as ISO 8601 has it, such as 2026-03-17T10:00+07:00."""
    try:
        when = datetime.fromisoformat(text)
    except ValueError as error:
        raise MomentError(
            value=text,
            detail=Said(
                "bukan waktu ISO 8601; tulis seperti 2026-03-17T10:00+07:00",
                "it is not ISO 8601; write it like 2026-03-17T10:00+07:00",
            ),
        ) from error
    return checked(when)


def checked(when: datetime) -> datetime:
    """The moment in whole seconds, if it says its zone and lies in years that can be meant."""
    if when.utcoffset() is None:
        raise MomentError(
            value=when.isoformat(),
            detail=Said(
                "zonanya tidak disebut; tambahkan +07:00 (WIB), +08:00 (WITA), atau +09:00 (WIT)",
                "it does not say its zone; add +07:00 (WIB), +08:00 (WITA) or +09:00 (WIT)",
            ),
        )
    # A day on each side, because the first hours of a year in one zone are the last of another in the next.
    if not FIRST_YEAR < when.year < LAST_YEAR:
        raise MomentError(
            value=when.isoformat(),
            detail=Said(
                f"tahunnya harus antara {FIRST_YEAR} dan {LAST_YEAR}",
                f"its year has to be between {FIRST_YEAR} and {LAST_YEAR}",
            ),
        )
    return when.replace(microsecond=0)


def stamp(when: datetime, where: ZoneInfo) -> int:
    """Seconds on the clock of a zone, which is what working time is reckoned in."""
    local = when.astimezone(where)
    return local.toordinal() * DAY + local.hour * 3600 + local.minute * 60 + local.second


def moment(seconds: int, where: ZoneInfo) -> datetime:
    """The moment of a stamp."""
    day, second = divmod(seconds, DAY)
    minutes, second = divmod(second, 60)
    hour, minute = divmod(minutes, 60)
    first = datetime.fromordinal(day)
    return datetime(first.year, first.month, first.day, hour, minute, second, tzinfo=where)


def end(seconds: int, where: ZoneInfo) -> datetime:
    """The moment by which something has to be done; the end of a day is still that day, not the next."""
    return moment(seconds - 1 if seconds % DAY == 0 else seconds, where)
