"""How things are said on the pages: moments in both zones, time that is left, states with a sign beside the colour."""

from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

import jinja2
from markupsafe import Markup, escape

from chatops.bahasa import MONTHS, decimal
from chatops.ledger.course import Stage
from chatops.reports.outage import duration
from chatops.sla import moments
from chatops.watch.measures import Level

TEMPLATES = Path(__file__).with_name("templates")
DAY, HOUR, MINUTE = 86400, 3600, 60
LONGEST = 2000
"""Characters of a text of others that are shown: what is longer stands in the ledger."""

SIGNS = {
    "well": ("\N{CHECK MARK}", "baik"),
    "warning": ("!", "perlu perhatian"),
    "critical": ("\N{MULTIPLICATION X}", "kritis"),
    "away": ("\N{BLACK DOWN-POINTING TRIANGLE}", "gangguan"),
    "unseen": ("?", "tidak terpantau"),
}
"""How an office, a host or a value is; worse ones later, but for those that nobody has seen."""
LEVELS = {Level.WELL: "well", Level.WARNING: "warning", Level.CRITICAL: "critical"}
STAGES = {
    Stage.ASKED: ("wait", "rencana sedang dibuat"),
    Stage.UNPLANNED: ("bad", "tidak dapat direncanakan"),
    Stage.WAITING: ("wait", "menunggu persetujuan"),
    Stage.QUEUED: ("wait", "dalam antrean"),
    Stage.RUNNING: ("run", "sedang dikerjakan"),
    Stage.OUTDATED: ("bad", "rencana tidak berlaku lagi"),
    Stage.INTERRUPTED: ("bad", "TERPUTUS, hasilnya tidak diketahui"),
    Stage.FAILED: ("bad", "GAGAL"),
    Stage.DONE: ("good", "selesai"),
    Stage.CANCELLED: ("gone", "dibatalkan"),
}
STATES = {"open": "berjalan", "paused": "dijeda", "closed": "ditutup"}
OUTCOMES = {"done": "selesai", "cancelled": "dibatalkan", "failed": "gagal"}


def printable(text: object) -> str:
    """Words of somebody else: none that a page cannot hold, none that turns what stands around them, not too many."""
    words = str(text)
    shown = "".join(each if each.isprintable() or each in "\n\t" else "\N{REPLACEMENT CHARACTER}" for each in words)
    return shown if len(shown) <= LONGEST else f"{shown[:LONGEST]} \N{HORIZONTAL ELLIPSIS}"


def when(moment: datetime | str | int | None, zone: str = "WIB") -> Markup:
    """A moment in Jakarta's zone and that of the office: `24 Des 2026 16.00 WIB (18.00 WIT)`."""
    if moment is None:
        return Markup("\N{EN DASH}")
    at = _moment(moment)
    words = _said(at.astimezone(moments.zone("WIB")), "WIB")
    if zone != "WIB":
        first, there = at.astimezone(moments.zone("WIB")), at.astimezone(moments.zone(zone))
        other = f"{there:%H.%M} {zone}" if first.date() == there.date() else _said(there, zone)
        words = f"{words} ({other})"
    return Markup('<time datetime="{}">{}</time>').format(at.astimezone(UTC).isoformat(timespec="seconds"), words)


def left(until: datetime | str, now: datetime) -> str:
    """How long it is yet, or how late it is."""
    seconds = int((_moment(until) - now).total_seconds())
    return f"{span(seconds)} lagi" if seconds >= 0 else f"terlambat {span(-seconds)}"


def lasting(since: datetime | str, now: datetime) -> str:
    """For how long something has gone on."""
    return span(max(0.0, (now - _moment(since)).total_seconds()))


def span(seconds: float) -> str:
    """A time in its two largest units at most."""
    whole = int(seconds)
    days, rest = divmod(whole, DAY)
    hours, rest = divmod(rest, HOUR)
    minutes = rest // MINUTE
    parts = [(days, "hari"), (hours, "jam"), (minutes, "menit")]
    first = next((number for number, (count, _) in enumerate(parts) if count), None)
    if first is None:
        return f"{whole} detik"
    return " ".join(f"{count} {unit}" for count, unit in parts[first : first + 2] if count)


def number(value: float) -> str:
    """A whole number with points between thousands, as it is written here."""
    return f"{value:,.0f}".replace(",", ".")


def hours(seconds: float) -> str:
    """So many hours."""
    return f"{decimal('id', seconds / HOUR)} jam"


def badge(kind: str, words: str = "") -> Markup:
    """A state: its sign, its word, its colour."""
    sign, usual = SIGNS[kind]
    return Markup('<span class="badge {}"><span aria-hidden="true">{}</span> {}</span>').format(
        kind, sign, words or usual
    )


def stage(name: str) -> Markup:
    """How far a change is."""
    kind, words = STAGES[Stage(name)]
    return Markup('<span class="stage {}">{}</span>').format(kind, words)


def met(value: object) -> Markup:
    """Whether a deadline was kept."""
    if value is None:
        return Markup("\N{EN DASH}")
    return badge("well", "tepat waktu") if value else badge("critical", "terlambat")


def offices(listed: str) -> Markup:
    """The offices of a change, each leading to its page."""
    slugs = listed.split(",")
    shown = [Markup('<a href="/lpse/{}">{}</a>').format(quote(slug, safe=""), printable(slug)) for slug in slugs[:3]]
    more = [escape(f"dan {len(slugs) - 3} lagi")] if len(slugs) > len(shown) else []
    return Markup(", ").join([*shown, *more])


def _moment(value: datetime | str | int) -> datetime:
    if isinstance(value, datetime):
        return value
    return datetime.fromtimestamp(value, UTC) if isinstance(value, int) else datetime.fromisoformat(value)


def _said(at: datetime, zone: str) -> str:
    return f"{at.day} {MONTHS[at.month - 1][:3]} {at.year} {at:%H.%M} {zone}"


def environment() -> jinja2.Environment:
    """What fills templates in: whatever it is given is escaped, and nothing may be missing."""
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
        auto_reload=False,
    )
    known = (when, left, lasting, span, number, hours, badge, stage, met, offices, duration, printable)
    made.filters |= {each.__name__: each for each in known}
    made.globals |= {"SIGNS": SIGNS, "STATES": STATES, "OUTCOMES": OUTCOMES}
    return made


PAGES = environment()
"""Templates are read once: they change with the program only."""
