"""A proposal in words: what, why, and on which figures."""

from collections.abc import Iterator, Mapping

from chatops import bahasa
from chatops.ledger.proposals import Proposal
from chatops.watch import measures, words
from chatops.watch.summary_words import SECOND
from chatops.words import Said

CLASSES = {
    "minor": Said("minor: setelan dan konfigurasi, di dalam LPSE", "minor: settings, within the LPSE"),
    "major": Said("mayor: menyentuh perangkat, dikonsultasikan dengan LKPP", "major: physical, consulted with LKPP"),
}
STATES = {
    "open": Said("belum dijawab", "not answered"),
    "opened": Said("dibuka", "opened"),
    "dismissed": Said("diabaikan", "dismissed"),
    "lapsed": Said("alasannya sudah tidak ada", "its reason is gone"),
}
BY_HAND = Said("dikerjakan orang", "done by people")
DAYS = Said("hari", "days")
TITLES: Mapping[str, Said] = {
    "disk_days": Said("disk habis dalam", "disk gone in"),
    "database_days": Said("basis data menghabiskan disk dalam", "database fills its disk in"),
    "memory_days": Said("memori habis dalam", "memory gone in"),
    "cause": Said("galat kemarin:", "errors yesterday:"),
    "transactions": Said("transaksi kemarin", "transactions yesterday"),
    "deadlocks": Said("deadlock kemarin", "deadlocks yesterday"),
    "cache_hit": Said("blok yang sudah ada di memori", "blocks that were in memory"),
    "slow_share": Said("bagian waktu kueri yang lambat", "share of time of slow queries"),
    "slow_calls": Said("kueri yang lambat kemarin", "slow queries yesterday"),
    "statements_uncounted": Said("pg_stat_statements belum dimuat", "pg_stat_statements is not loaded"),
}
SHARES = ("cache_hit", "slow_share")


def title(one: Proposal, language: str = "id") -> str:
    """What is proposed."""
    return Said(*one.made["title"]).to(language)


def advice(one: Proposal, language: str = "id") -> str:
    """What to do."""
    return Said(*one.made["advice"]).to(language)


def how(one: Proposal, language: str = "id") -> str:
    """By which operation, and of which class."""
    by = one.made["operation"] or BY_HAND.to(language)
    return f"{CLASSES[one.made['class']].to(language)} · {by}"


def evidence(one: Proposal, language: str = "id") -> Iterator[str]:
    """The figures that it rests on."""
    for name, value in one.made["evidence"].items():
        kind, _, of = name.partition(":")
        yield f"{_title(kind, of, language)} {_value(kind, value, language)}".strip()


def line(one: Proposal, language: str = "id") -> str:
    """It on one line."""
    about = f" {one.made['about']}" if one.made["about"] else ""
    answer = f" {one.change}" if one.change else ""
    return f"{one.id} {one.made['lpse']}{about}: {title(one, language)} — {STATES[one.state].to(language)}{answer}"


def _title(kind: str, of: str, language: str) -> str:
    if kind.endswith("_held"):
        held = Said("tidak baik selama", "not well for").to(language)
        return f"{_title(kind.removesuffix('_held'), of, language)} {held}"
    said = TITLES.get(kind)
    if said is None:
        return words.title(f"{kind}:{of}" if of else kind, language) if kind in measures.MEASURES else f"{kind} {of}"
    return f"{said.to(language)} {of}".rstrip()


def _value(kind: str, value: float, language: str) -> str:
    if kind.endswith(("_days", "_held")):
        return f"{bahasa.decimal(language, value, 0)} {DAYS.to(language)}"
    if kind in SHARES:
        return f"{bahasa.decimal(language, 100 * value, 1)} %"
    if kind == "transaction_seconds":
        return f"{bahasa.decimal(language, SECOND * value, 1)} ms"
    if kind in measures.MEASURES:
        return words.value(kind, value, language)
    return "" if kind == "statements_uncounted" else bahasa.decimal(language, value, 0)
