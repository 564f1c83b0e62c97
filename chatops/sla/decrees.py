"""What a decree says: the days off of a year, or the working hours of an office. Files of it are read and refused."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import yaml

from chatops.errors import DecreeError
from chatops.sla.moments import DAY, FIRST_YEAR, LAST_YEAR
from chatops.words import Said

FOLDER = Path(__file__).with_name("data")
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
SPAN = re.compile(r"([01][0-9]|2[0-4]):([0-5][0-9])-([01][0-9]|2[0-4]):([0-5][0-9])")
PROVIDER = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")

type Windows = tuple[tuple[int, int], ...]
"""From which second of a day to which other one somebody works."""


@dataclass(frozen=True)
class Decree:
    """The days off of one year."""

    decree: str
    about: str
    year: int
    holidays: Mapping[date, str]
    joint_leave: Mapping[date, str]
    ramadan: tuple[tuple[date, date], ...]
    replaces: str = ""
    """The earlier decree of this year whose place it takes."""

    def fasting(self, day: date) -> bool:
        """Whether the hours of Ramadan apply."""
        return any(first <= day <= last for first, last in self.ramadan)


@dataclass(frozen=True)
class Hours:
    """The working time of everybody, or of one provider, from a day on."""

    decree: str
    about: str
    regular: tuple[Windows, ...]
    """One for each day of the week, Monday first."""
    ramadan: tuple[Windows, ...]
    provider: str = ""
    since: date = field(default=date.min)


def shipped() -> list[Decree | Hours]:
    """What comes with the program; what an office has applied since stands in its ledger."""
    return [load(path) for path in sorted(FOLDER.glob("hours/*.yml")) + sorted(FOLDER.glob("decrees/*.yml"))]


def load(path: Path) -> Decree | Hours:
    """Read a file."""
    try:
        return parse(path.read_text(encoding="utf-8"), path.name)
    except (OSError, UnicodeDecodeError) as error:
        raise DecreeError(
            file=path, detail=Said(f"tidak dapat dibaca ({error})", f"it cannot be read ({error})")
        ) from error


def parse(text: str, file: str) -> Decree | Hours:
    """Read the text of a file; its name is for the message when it is wrong."""
    try:
        raw = yaml.safe_load(text)
        if not isinstance(raw, dict):
            raise _wrong("isinya harus berupa pasangan kunci dan nilai", "it has to be pairs of keys and values")
        return _hours(raw) if "regular" in raw else _decree(raw)
    except (yaml.YAMLError, ValueError) as error:
        # PyYAML reads 2026-02-30 as a date, and only then finds that there is none.
        said = error.args[0] if error.args and isinstance(error.args[0], Said) else Said(str(error), str(error))
        raise DecreeError(file=file, detail=said) from error


def write(known: Decree | Hours) -> str:
    """The same as a file, which `parse` reads again: what a ledger keeps."""
    if isinstance(known, Decree):
        raw: dict[str, Any] = {
            "decree": known.decree,
            "about": known.about,
            "year": known.year,
            "holidays": dict(known.holidays),
            "joint_leave": dict(known.joint_leave),
            "ramadan": [{"from": first, "to": last} for first, last in known.ramadan],
        }
        raw |= {"replaces": known.replaces} if known.replaces else {}
    else:
        raw = {"decree": known.decree, "about": known.about}
        raw |= {"provider": known.provider} if known.provider else {}
        raw |= {"from": known.since} if known.since != date.min else {}
        raw |= {"regular": _week_written(known.regular), "ramadan": _week_written(known.ramadan)}
    return yaml.safe_dump(raw, allow_unicode=True, sort_keys=False)


def _decree(raw: Mapping[str, Any]) -> Decree:
    _keys(raw, {"decree", "about", "year", "holidays", "joint_leave", "ramadan"}, {"replaces"})
    year = raw["year"]
    if not isinstance(year, int) or not FIRST_YEAR < year < LAST_YEAR:
        raise _wrong(f"`year` berisi `{year}`, bukan tahun yang masuk akal", f"`year` is `{year}`, no sensible year")
    holidays, leave = _days(raw, "holidays", year), _days(raw, "joint_leave", year)
    if twice := sorted(holidays.keys() & leave.keys()):
        day = twice[0]
        raise _wrong(f"{day} ada di `holidays` dan `joint_leave`", f"{day} is in `holidays` and `joint_leave`")
    if not holidays:
        raise _wrong("`holidays` kosong", "`holidays` is empty")
    return Decree(
        decree=_text(raw, "decree"),
        about=_text(raw, "about"),
        year=year,
        holidays=holidays,
        joint_leave=leave,
        ramadan=_ramadan(raw["ramadan"], year),
        replaces=_text(raw, "replaces") if "replaces" in raw else "",
    )


def _days(raw: Mapping[str, Any], key: str, year: int) -> dict[date, str]:
    days = raw[key] or {}
    if not isinstance(days, dict):
        raise _wrong(f"`{key}` harus berisi tanggal dan namanya", f"`{key}` has to be dates with their names")
    for day, name in days.items():
        # A datetime is a date, too.
        if type(day) is not date:
            raise _wrong(f"`{key}`: `{day}` bukan tanggal YYYY-MM-DD", f"`{key}`: `{day}` is no date YYYY-MM-DD")
        if day.year != year:
            raise _wrong(f"`{key}`: {day} tidak dalam tahun {year}", f"`{key}`: {day} is not in {year}")
        if not isinstance(name, str) or not name.strip():
            raise _wrong(f"`{key}`: {day} tidak bernama", f"`{key}`: {day} has no name")
    return dict(sorted(days.items()))


def _ramadan(raw: object, year: int) -> tuple[tuple[date, date], ...]:
    if not isinstance(raw, list) or not all(isinstance(each, dict) and set(each) == {"from", "to"} for each in raw):
        raise _wrong("`ramadan` harus berupa daftar `from` dan `to`", "`ramadan` has to be a list of `from` and `to`")
    spans = tuple((each["from"], each["to"]) for each in raw)
    for first, last in spans:
        right = type(first) is date and type(last) is date and first.year == last.year == year
        if not right or not timedelta(0) <= last - first <= timedelta(days=30):
            raise _wrong(
                f"`ramadan`: {first} sampai {last} bukan jangka waktu dalam {year}",
                f"`ramadan`: {first} to {last} is no span within {year}",
            )
    return spans


def _hours(raw: Mapping[str, Any]) -> Hours:
    _keys(raw, {"decree", "about", "regular", "ramadan"}, {"provider", "from"})
    since = raw.get("from", date.min)
    if type(since) is not date:
        raise _wrong(f"`from`: `{since}` bukan tanggal YYYY-MM-DD", f"`from`: `{since}` is no date YYYY-MM-DD")
    provider = _text(raw, "provider") if "provider" in raw else ""
    if provider and not PROVIDER.fullmatch(provider):
        raise _wrong(f"`provider` berisi `{provider}`, bukan slug", f"`provider` is `{provider}`, no slug")
    return Hours(
        decree=_text(raw, "decree"),
        about=_text(raw, "about"),
        regular=_week(raw, "regular"),
        ramadan=_week(raw, "ramadan"),
        provider=provider,
        since=since,
    )


def _week(raw: Mapping[str, Any], key: str) -> tuple[Windows, ...]:
    week = raw[key]
    if not isinstance(week, dict) or not week or not week.keys() <= set(WEEKDAYS):
        days = ", ".join(WEEKDAYS)
        raise _wrong(f"`{key}` harus berisi hari ({days})", f"`{key}` has to be of {days}")
    return tuple(_windows(f"{key}.{day}", week.get(day, [])) for day in WEEKDAYS)


def _windows(where: str, spans: object) -> Windows:
    windows: list[tuple[int, int]] = []
    for span in spans if isinstance(spans, list) else [None]:
        match = SPAN.fullmatch(span) if isinstance(span, str) else None
        if match is None:
            raise _wrong(f'`{where}`: tulis seperti ["07:30-12:00"]', f'`{where}`: write it like ["07:30-12:00"]')
        opens, opens_minute, closes, closes_minute = map(int, match.groups())
        opening, closing = opens * 3600 + opens_minute * 60, closes * 3600 + closes_minute * 60
        if not (windows[-1][1] if windows else -1) < opening < closing <= DAY:
            raise _wrong(f"`{where}`: {span} tidak urut", f"`{where}`: {span} is not in order")
        windows.append((opening, closing))
    return tuple(windows)


def _week_written(week: tuple[Windows, ...]) -> dict[str, list[str]]:
    return {
        day: [f"{a // 3600:02}:{a % 3600 // 60:02}-{b // 3600:02}:{b % 3600 // 60:02}" for a, b in windows]
        for day, windows in zip(WEEKDAYS, week, strict=True)
        if windows
    }


def _text(raw: Mapping[str, Any], key: str) -> str:
    value = raw[key]
    if not isinstance(value, str) or not value.strip() or not value.isprintable():
        raise _wrong(f"`{key}` harus berupa teks satu baris", f"`{key}` has to be one line of text")
    return value.strip()


def _keys(raw: Mapping[str, Any], needed: set[str], more: set[str]) -> None:
    if missing := sorted(needed - raw.keys()):
        raise _wrong(f"kunci belum diisi: {', '.join(missing)}", f"keys are missing: {', '.join(missing)}")
    if unknown := sorted(str(key) for key in raw.keys() - needed - more):
        raise _wrong(f"kunci tidak dikenal: {', '.join(unknown)}", f"unknown keys: {', '.join(unknown)}")


def _wrong(indonesian: str, english: str) -> ValueError:
    return ValueError(Said(indonesian, english))
