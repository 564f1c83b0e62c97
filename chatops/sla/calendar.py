"""When an office works. Decrees make a calendar, a calendar makes one table of sums for each provider."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from zoneinfo import ZoneInfo

from chatops.errors import DecreeError, MomentError, SlaError
from chatops.sla.decrees import Decree, Hours, Windows, shipped
from chatops.sla.moments import DAY, FIRST_YEAR, LAST_YEAR, ZONES
from chatops.words import Said

ROUND_THE_CLOCK: Windows = ((0, DAY),)
WEEKEND = 5


@dataclass(frozen=True)
class Provider:
    """Who has to deliver: by its hours and its zone a deadline is reckoned."""

    slug: str
    zone: str = "WIB"

    @property
    def where(self) -> ZoneInfo:
        """Its zone, as Python knows it."""
        return ZONES[self.zone]


class Table:
    """Working seconds of one provider, summed up by days, so that any deadline is a few look-ups."""

    def __init__(self, calendar: "Calendar", provider: str, *, always: bool = False) -> None:
        self._calendar = calendar
        self._provider = provider
        self._always = always
        self._first = date(FIRST_YEAR, 1, 1).toordinal()
        self._year = FIRST_YEAR
        # For each day since the first, the seconds before it; one more than there are days.
        self._sums = [0]
        self._windows: list[Windows] = []
        # The days with any working time, as places in the lists above.
        self._days: list[int] = []

    def before(self, stamp: int) -> int:
        """Working seconds before a moment."""
        day, second = divmod(stamp, DAY)
        place = self._place(day)
        total = self._sums[place]
        for opening, closing in self._windows[place]:
            if second <= opening:
                break
            total += min(second, closing) - opening
        return total

    def reached(self, seconds: int) -> int:
        """The first moment before which there are as many working seconds: the end of a piece of work."""
        while self._sums[-1] < seconds:
            self._grow()
        place = bisect_left(self._sums, seconds) - 1
        left = seconds - self._sums[place]
        for opening, closing in self._windows[place]:
            if left <= closing - opening:
                return (self._first + place) * DAY + opening + left
            left -= closing - opening
        raise AssertionError(seconds)

    def working(self, seconds: int) -> int:
        """The same, but of a moment in working time: where work stops for the day, the next morning."""
        while self._sums[-1] <= seconds:
            self._grow()
        place = bisect_right(self._sums, seconds) - 1
        left = seconds - self._sums[place]
        for opening, closing in self._windows[place]:
            if left < closing - opening:
                return (self._first + place) * DAY + opening + left
            left -= closing - opening
        raise AssertionError(seconds)

    def is_working(self, stamp: int) -> bool:
        """Whether somebody is at work."""
        day, second = divmod(stamp, DAY)
        return any(opening <= second < closing for opening, closing in self._windows[self._place(day)])

    def close_after(self, day: int, count: int) -> int:
        """Working seconds before the close of work of the day that is so many working days after this one."""
        place = self._place(day)
        while (found := bisect_right(self._days, place) - 1 + count) >= len(self._days):
            self._grow()
        return self._sums[self._days[found] + 1]

    def close_before(self, day: int, count: int) -> int:
        """The close of work of the day that is so many working days before this one."""
        place = self._place(day)
        found = bisect_left(self._days, place) - count
        if found < 0:
            raise _beyond(date.fromordinal(day).isoformat())
        working = self._days[found]
        return (self._first + working) * DAY + self._windows[working][-1][1]

    def windows(self, day: int) -> Windows:
        """When somebody works on a day."""
        return self._windows[self._place(day)]

    def _place(self, day: int) -> int:
        place = day - self._first
        if place < 0:
            raise _beyond(date.fromordinal(day).isoformat())
        while place >= len(self._windows):
            self._grow()
        return place

    def _grow(self) -> None:
        """Add a year: nobody needs the next century."""
        if self._year > LAST_YEAR:
            raise _beyond(str(self._year))
        sums, windows, days = self._sums, self._windows, self._days
        total = sums[-1]
        for day in range(date(self._year, 1, 1).toordinal(), date(self._year + 1, 1, 1).toordinal()):
            these = ROUND_THE_CLOCK if self._always else self._calendar.windows(self._provider, date.fromordinal(day))
            if these:
                days.append(len(windows))
                total += sum(closing - opening for opening, closing in these)
            windows.append(these)
            sums.append(total)
        self._year += 1


@dataclass(frozen=True)
class Calendar:
    """Decrees and hours that are in force; a later one makes another calendar, and this one stays as it is."""

    decrees: tuple[Decree, ...] = ()
    """One for each year."""
    hours: tuple[Hours, ...] = ()
    _tables: dict[str, Table] = field(default_factory=dict, compare=False, repr=False)

    def table(self, provider: str, *, always: bool = False) -> Table:
        """The table of a provider, or the one in which nobody ever sleeps; reckoned once."""
        # Those without hours of their own share one.
        own = provider if any(each.provider == provider for each in self.hours) else ""
        key = "always" if always else f"hours:{own}"
        if key not in self._tables:
            self._tables[key] = Table(self, own, always=always)
        return self._tables[key]

    def windows(self, provider: str, day: date) -> Windows:
        """When a provider works on a day."""
        if self.day_off(day):
            return ()
        hours = self.hours_of(provider, day)
        decree = self.decree(day.year)
        week = hours.ramadan if decree and decree.fasting(day) else hours.regular
        return week[day.weekday()]

    def day_off(self, day: date) -> str:
        """The name of the holiday or joint leave that a day is, or nothing."""
        decree = self.decree(day.year)
        return decree.holidays.get(day) or decree.joint_leave.get(day) or "" if decree else ""

    def hours_of(self, provider: str, day: date) -> Hours:
        """The hours in force: a provider's own before everybody's, the later before the earlier."""
        known = [each for each in self.hours if each.provider in {"", provider} and each.since <= day]
        if not known:
            raise SlaError(
                detail=Said(f"tidak ada jam kerja yang berlaku pada {day}", f"no working hours are in force on {day}")
            )
        return max(known, key=lambda each: (each.provider != "", each.since))

    def decree(self, year: int) -> Decree | None:
        """What is known of a year's days off."""
        return next((each for each in self.decrees if each.year == year), None)

    def unknown_years(self, first: int, last: int) -> list[int]:
        """Years without a decree yet, of which a deadline can be no more than provisional."""
        known = {each.year for each in self.decrees}
        return [year for year in range(first, last + 1) if year not in known]

    def with_one_more(self, added: Decree | Hours, file: str) -> "Calendar":
        """The calendar with a further decree, which must not contradict another by silence."""
        known: list[Decree | Hours] = [*self.decrees, *self.hours]
        if any(each.decree == added.decree for each in known):
            raise DecreeError(
                file=file,
                detail=Said(f"`{added.decree}` sudah berlaku", f"`{added.decree}` is in force already"),
            )
        if isinstance(added, Hours):
            return Calendar(self.decrees, (*self._hours_besides(added, file), added))
        old = self.decree(added.year)
        if old and added.replaces != old.decree:
            raise DecreeError(
                file=file,
                detail=Said(
                    f"tahun {added.year} sudah diatur oleh {old.decree}; bila keputusan ini menggantikannya, tulis "
                    f"`replaces: {old.decree}` dan semua hari tahun itu",
                    f"{added.year} is the year of {old.decree} already; if this one takes its place, write "
                    f"`replaces: {old.decree}` and all days of that year",
                ),
            )
        if added.replaces and not old:
            raise DecreeError(
                file=file,
                detail=Said(
                    f"`replaces` menyebut {added.replaces}, tetapi tahun {added.year} belum diatur",
                    f"`replaces` names {added.replaces}, but nothing is known of {added.year}",
                ),
            )
        kept = [each for each in self.decrees if each.year != added.year]
        return Calendar(tuple(sorted([*kept, added], key=lambda each: each.year)), self.hours)

    def _hours_besides(self, added: Hours, file: str) -> Iterable[Hours]:
        if not any(added.regular) or not any(added.ramadan):
            raise DecreeError(file=file, detail=Said("tidak ada hari kerja", "there is no working day"))
        for each in self.hours:
            if (each.provider, each.since) == (added.provider, added.since):
                raise DecreeError(
                    file=file,
                    detail=Said(
                        f"mulai berlaku pada hari yang sama dengan {each.decree}; isi `from`",
                        f"it begins on the same day as {each.decree}; fill in `from`",
                    ),
                )
        return self.hours


def of(known: Iterable[Decree | Hours], file: str = "chatops/sla/data") -> Calendar:
    """The calendar that decrees make, one after the other."""
    calendar = Calendar()
    for each in known:
        calendar = calendar.with_one_more(each, file)
    return calendar


def as_shipped() -> Calendar:
    """The calendar that comes with the program."""
    return of(shipped())


def _beyond(value: str) -> MomentError:
    return MomentError(
        value=value,
        detail=Said(
            f"kalender hanya dari {FIRST_YEAR} sampai {LAST_YEAR}", f"the calendar is from {FIRST_YEAR} to {LAST_YEAR}"
        ),
    )
