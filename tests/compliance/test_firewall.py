"""The firewall: what the kernel has loaded, whoever has written it."""

import json
from typing import Any

from tests.compliance.proof import Subject, proves

WEB = {80, 443}
SSH = 22
LIMITS = {"limit", "set"}

type Parts = list[dict[str, Any]]


def loaded(subject: Subject, kind: str) -> Parts:
    """All objects of a kind in the rules that are in force."""
    objects = json.loads(subject.ask("nft", "--json", "list", "ruleset"))["nftables"]
    return [each[kind] for each in objects if kind in each]


def chains(subject: Subject, hook: str) -> Parts:
    """The chains through which everything comes that a hook sees."""
    found = [chain for chain in loaded(subject, "chain") if chain.get("hook") == hook and chain["family"] == "inet"]
    subject.note(*(f"{chain['table']} {chain['name']}: {chain['policy']}" for chain in found))
    return found


def is_closed(subject: Subject, hook: str) -> bool:
    """Whether what no rule accepts is refused."""
    return any(chain["policy"] == "drop" for chain in chains(subject, hook))


def of_chain(subject: Subject, chain: dict[str, Any]) -> list[Parts]:
    """The rules of a chain, each as its parts."""
    names = ("family", "table")
    return [
        rule["expr"]
        for rule in loaded(subject, "rule")
        if rule["chain"] == chain["name"] and all(rule[name] == chain[name] for name in names)
    ]


def ports(rule: Parts) -> set[int]:
    """The ports that a rule is for; none if it is for something else."""
    found: set[int] = set()
    for part in rule:
        match = part.get("match", {})
        if match.get("left", {}).get("payload", {}).get("field") == "dport":
            right = match["right"]
            values = right["set"] if isinstance(right, dict) else [right]
            for value in values:
                first, last = value["range"] if isinstance(value, dict) else (value, value)
                found |= set(range(first, last + 1))
    return found


def says_from_where(rule: Parts) -> bool:
    """Whether a rule is only for some addresses."""
    return any(part.get("match", {}).get("left", {}).get("payload", {}).get("field") == "saddr" for part in rule)


def accepts(rule: Parts) -> bool:
    """Whether what a rule is for comes in."""
    return any("accept" in part for part in rule)


def slows_down(rule: Parts) -> bool:
    """Whether a rule refuses who comes too often."""
    return any("drop" in part or "reject" in part for part in rule) and any(part.keys() & LIMITS for part in rule)


@proves("FW-01")
def test_what_comes_in_is_refused(subject: Subject) -> None:
    assert is_closed(subject, "input"), "tidak ada rantai input dengan kebijakan drop"


@proves("FW-02")
def test_only_the_web_is_open_to_all(subject: Subject) -> None:
    allowed = WEB | {SSH} | {int(port) for port in subject.variables.get("baseline_firewall_ports", [])}
    rules = [rule for chain in chains(subject, "input") for rule in of_chain(subject, chain)]
    assert rules, "tidak ada aturan: semua port terbuka untuk semua"
    open_to_all: set[int] = set()
    for rule in rules:
        if accepts(rule) and not says_from_where(rule):
            open_to_all |= ports(rule)
    subject.note(f"terbuka untuk semua: {sorted(open_to_all)}")
    subject.expect_none("port yang terbuka untuk semua", [str(port) for port in sorted(open_to_all - allowed)])


@proves("FW-03")
def test_it_comes_back_with_the_host(subject: Subject) -> None:
    subject.expect({"nftables.service": subject.state_of("nftables.service")}, {"nftables.service": "enabled"})
    assert subject.tries("nft", "--check", "--file", "/etc/nftables.conf"), "/etc/nftables.conf tidak dapat dimuat"
    text = subject.ask(
        "sh", "-c", "cat /etc/nftables.conf $(sed -n 's/^include \"\\(.*\\)\"/\\1/p' /etc/nftables.conf)"
    )
    assert "policy drop" in text, "aturan yang dimuat saat menyala tidak menutup apa pun"


@proves("FW-04")
def test_nothing_is_forwarded(subject: Subject) -> None:
    assert is_closed(subject, "forward"), "tidak ada rantai forward dengan kebijakan drop"


def counts(rule: Parts) -> bool:
    """Whether a rule refuses who holds too many connections."""
    return "ct count" in json.dumps(rule) and any("drop" in part or "reject" in part for part in rule)


@proves("FW-05")
def test_nobody_guesses_at_ssh(subject: Subject) -> None:
    rules = [rule for chain in chains(subject, "input") for rule in of_chain(subject, chain) if SSH in ports(rule)]
    assert rules, "tidak ada aturan untuk SSH: firewall tidak membatasinya"
    for rule in rules:
        # The first that is for everybody decides.
        if slows_down(rule):
            subject.note("dari mana saja, dengan batas laju")
            return
        assert says_from_where(rule) or not accepts(rule), "SSH terbuka untuk semua tanpa batas laju"
    subject.note("hanya dari alamat yang terdaftar")


@proves("FW-06")
def test_nobody_takes_all_connections(subject: Subject) -> None:
    rules = [rule for chain in chains(subject, "input") for rule in of_chain(subject, chain) if ports(rule) & WEB]
    assert rules, "tidak ada aturan untuk web: firewall tidak menghitung sambungan"
    for rule in rules:
        # The first that is for everybody decides.
        if counts(rule):
            subject.note("sambungan dari satu alamat dihitung")
            return
        assert says_from_where(rule) or not accepts(rule), "web menerima sambungan sebanyak apa pun dari satu alamat"
    subject.note("hanya dari alamat yang terdaftar")
