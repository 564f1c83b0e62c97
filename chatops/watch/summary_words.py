"""A day of the fleet, or of one host, in words."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime

from chatops import bahasa
from chatops.ledger.outages import Outage
from chatops.sla import moments
from chatops.watch import words
from chatops.watch.digest import Digest, Statement
from chatops.watch.forecast import Outlook
from chatops.watch.measures import LEVELS, Level
from chatops.watch.summary import FleetDay, HostDay
from chatops.watch.trend import Ahead
from chatops.words import Said

SHOWN = 5
SHORT = 110
SECOND = 1000
SOURCES = {
    "application": Said("aplikasi", "application"),
    "apache": Said("Apache", "Apache"),
    "postgresql": Said("basis data", "database"),
}
LISTS = {
    "most_used": Said("kueri paling sering", "most used queries"),
    "slowest": Said("kueri paling lambat", "slowest queries"),
    "heaviest": Said("kueri paling memakan waktu", "queries that took most time"),
}
UNKNOWN = {
    Outlook.NOT_SOON: Said("tidak penuh dalam setahun", "not full within a year"),
    Outlook.TOO_FEW: Said("belum cukup hari untuk diperkirakan", "too few days for a forecast"),
    Outlook.TOO_NOISY: Said("naik turun, tidak dapat diperkirakan", "up and down, no forecast"),
}
MEMORY = Said("memori", "memory")
DATABASE = Said("basis data", "database")
DISK = Said("disk", "disk")
UNCOUNTED = Said(
    "kueri belum dihitung: pg_stat_statements dimuat saat PostgreSQL dimulai ulang (jalankan install)",
    "queries are not counted yet: pg_stat_statements is loaded when PostgreSQL is restarted (run install)",
)


def fleet(one: FleetDay, language: str = "id") -> Iterator[str]:
    """All hosts at one glance."""
    critical, warning = one.count(Level.CRITICAL), one.count(Level.WARNING)
    yield Said(
        f"Ringkasan {day(one.day, 'id')}: {len(one.hosts)} server; sekarang {critical} kritis, {warning} perlu "
        f"perhatian, {len(one.away)} tidak menjawab",
        f"Summary of {day(one.day, 'en')}: {len(one.hosts)} hosts; now {critical} critical, {warning} with warnings, "
        f"{len(one.away)} away",
    ).to(language)
    yield from _gone(one.outages, language)
    yield from _errors(one, language)
    yield from _transactions(one, language)
    for name in ("most_used", "slowest"):
        listed = one.statements(name)[:SHOWN]
        if listed:
            yield f"{LISTS[name].to(language)}:"
            yield from (f"  {host.standing.lpse}: {statement(each, language)}" for host, each in listed)
    if one.soon:
        yield Said("akan penuh:", "runs full:").to(language)
        yield from (f"  {host.standing.host}: {until(each, language)}" for host, each in one.soon[: 2 * SHOWN])
    yield from _missing(one, language)


def host(one: HostDay, of: str, language: str = "id") -> Iterator[str]:
    """One host in full."""
    standing, told = one.standing, one.digest
    now = f"{Said('sekarang', 'now').to(language)} {LEVELS[standing.level].to(language)}"
    yield f"{standing.lpse} · {standing.host} · {day(of, language)} · {now}"
    for finding in standing.findings():
        yield f"  ! {words.title(finding.name, language)} {words.value(finding.name, finding.value, language)}"
    if told is None:
        yield "  " + Said("server tidak memberi ringkasan hari itu", "the host gave no digest of that day").to(language)
    else:
        yield from (f"  {line}" for line in _digest(told, language))
    for instance, spread in sorted(one.pages.items()):
        usual, longest = bahasa.decimal(language, spread.mean), bahasa.decimal(language, spread.high)
        said = Said(
            f"halaman login {instance}: {usual} s, paling lama {longest} s",
            f"login page {instance}: {usual} s, {longest} s at most",
        )
        yield f"  {said.to(language)}"
    yield from (f"  {until(each, language)}" for each in one.ahead)


def _digest(told: Digest, language: str) -> Iterator[str]:
    counts = ", ".join(f"{SOURCES[name].to(language)} {each.errors}" for name, each in told.sources.items())
    yield f"{Said('galat', 'errors').to(language)}: {counts or '-'}"
    for name, source in told.sources.items():
        for cause in source.frequent[:SHOWN]:
            yield f"  {cause.count}x {SOURCES[name].to(language)}: {cause.text}"
        if source.until is not None or source.unread:
            yield "  " + Said(f"log {name} tidak terbaca semuanya", f"not all of the log {name} was read").to(language)
    for name, each in told.databases.items():
        size = words.value("database_bytes", each.bytes, language)
        count, failed = bahasa.decimal(language, each.transactions, 0), bahasa.decimal(language, each.rollbacks, 0)
        took = f"{bahasa.decimal(language, SECOND * each.seconds, 1)} ms" if each.seconds is not None else "-"
        locks = f", {each.deadlocks:.0f} deadlock" if each.deadlocks else ""
        yield Said(
            f"{name}: {size}, {count} transaksi, rata-rata {took}, {failed} gagal{locks}",
            f"{name}: {size}, {count} transactions, {took} on average, {failed} failed{locks}",
        ).to(language)
    if told.slow.count:
        longest = bahasa.decimal(language, told.slow.longest, 1)
        yield Said(
            f"{told.slow.count:.0f} kueri lebih dari 2 s, paling lama {longest} s",
            f"{told.slow.count:.0f} queries took more than 2 s, {longest} s at most",
        ).to(language)
    if told.statements and not told.statements.loaded:
        yield UNCOUNTED.to(language)
    for name, said in LISTS.items() if told.statements else ():
        if listed := getattr(told.statements, name)[:SHOWN]:
            yield f"{said.to(language)}:"
            yield from (f"  {statement(each, language)}" for each in listed)
    for name, why in told.problems.items():
        yield f"? {name}: {words.UNREAD.to(language)} — {why}"


def statement(one: Statement, language: str = "id") -> str:
    """A form of statement, how often, and how long one took."""
    text = one.text if len(one.text) <= SHORT else f"{one.text[:SHORT]}…"
    return f"{bahasa.decimal(language, one.calls, 0)}x {bahasa.decimal(language, SECOND * one.mean, 1)} ms  {text}"


def until(one: Ahead, language: str = "id") -> str:
    """What is left of something, and the day on which it runs out."""
    left = words.value("disk_bytes", one.left, language)
    said = f"{thing(one.name, language)}: {left} {Said('tersisa', 'left').to(language)}"
    known = one.forecast
    if known.day is None:
        return f"{said}, {UNKNOWN[known.outlook].to(language)}"
    per_day = words.value("disk_bytes", known.per_day, language)
    when = day(known.day.isoformat(), language)
    return Said(f"{said}, habis sekitar {when} ({per_day}/hari)", f"{said}, gone about {when} ({per_day}/day)").to(
        language
    )


def thing(name: str, language: str = "id") -> str:
    """What runs out, as people call it."""
    kind, _, of = name.partition(":")
    return f"{ {'disk': DISK, 'database': DATABASE, 'memory': MEMORY}[kind].to(language) } {of}".rstrip()


def day(text: str, language: str = "id") -> str:
    """A day as in a letter."""
    when = date.fromisoformat(text)
    return f"{when.day} {when:%B %Y}" if language == "en" else bahasa.day(when)


def _errors(one: FleetDay, language: str) -> Iterator[str]:
    counts = ", ".join(f"{SOURCES[name].to(language)} {count}" for name, count in one.errors.items())
    yield f"{Said('galat', 'errors').to(language)}: {counts or '-'}"
    for name, title in SOURCES.items():
        for text, count, hosts in one.causes(name)[:SHOWN]:
            at = Said(f"{hosts} server", f"{hosts} hosts").to(language)
            yield f"  {count}x ({at}) {title.to(language)}: {text}"


def _transactions(one: FleetDay, language: str) -> Iterator[str]:
    ended, failed, seconds = one.transactions
    if not ended:
        return
    count, took = bahasa.decimal(language, ended, 0), bahasa.decimal(language, SECOND * seconds / ended, 1)
    share = words.value("failed_transactions", failed / ended, language)
    yield Said(
        f"transaksi: {count}, rata-rata {took} ms, gagal {share}",
        f"transactions: {count}, {took} ms on average, {share} failed",
    ).to(language)


def _gone(gone: Sequence[Outage], language: str) -> Iterator[str]:
    for each in gone[: 2 * SHOWN]:
        told = each.begun
        zone = str(told.get("zone", "WIB"))
        began = bahasa.moment_in(language, each.began.astimezone(moments.zone(zone)), zone)
        over = Said("berakhir", "over") if each.over else Said("BELUM BERAKHIR", "NOT OVER")
        name = Said("gangguan", "outage").to(language)
        yield f"{name} {each.id} {told['lpse']} {told['instance']}: {began}, {over.to(language)}"


def _missing(one: FleetDay, language: str) -> Iterator[str]:
    if one.silent:
        names = ", ".join(each.standing.host for each in one.silent[:SHOWN])
        more = f" +{len(one.silent) - SHOWN}" if len(one.silent) > SHOWN else ""
        said = Said("tanpa ringkasan", "no digest of").to(language)
        yield f"{said}: {len(one.silent)} ({names}{more})"
    for event in one.lost:
        told = event.told
        if event.kind == "watch.jumped":
            yield Said(
                f"jam pemantau bergeser {told['seconds']} s", f"the watcher's clock moved by {told['seconds']} s"
            ).to(language)
        else:
            span = f"{_moment(told['since'], language)} - {_moment(told['until'], language)}"
            yield Said(f"tidak terpantau / hilang: {span}", f"not watched, or lost: {span}").to(language)


def _moment(text: str, language: str) -> str:
    return bahasa.moment_in(language, datetime.fromisoformat(text).astimezone(moments.zone("WIB")), "WIB")
