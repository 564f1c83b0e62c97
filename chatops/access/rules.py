"""What access may be: roles, how long, from where. Nothing here reads or writes anything."""

import ipaddress
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from chatops.errors import AccessError
from chatops.words import Said

ROLES = ("operator", "auditor")
"""What a person may be given."""
SEALED = "darurat"
"""What nobody is given: it lies sealed until Slack or LKPP is down."""
ACCOUNTS = {role: f"lkpp-{role}" for role in (*ROLES, SEALED)}

PURPOSES = ("user", "host", "krl")
"""What each authority signs: certificates of people, of hosts, and what says who was revoked."""
type Purpose = Literal["user", "host", "krl"]

SLUG = re.compile(r"[a-z0-9]+(?:[-.][a-z0-9]+)*")
NUMBER = re.compile(r"AKS-20[0-9]{2}-[0-9]{6}")
LONGEST = 64
SPAN = re.compile(r"([1-9][0-9]{0,4})([mhd])")
UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}

BEFORE = timedelta(minutes=1)
"""Clocks differ: what is signed now already counts on a host that is a little behind."""
SHORTEST = timedelta(minutes=5)
USUAL = timedelta(hours=8)
"""What lasts longer is shown as over-long, even where the settings allow it."""
MOST_SOURCES = 16
# Wider than this names no office: a few of these together would be the whole Internet.
WIDEST = {4: 24, 6: 48}


@dataclass(frozen=True)
class Limits:
    """How long things last."""

    hours: int = 8
    """What a person may be given at a time."""
    ask_hours: int = 24
    """How long a request waits for an answer."""
    seal_days: int = 180
    host_weeks: int = 52
    lease_hours: int = 26
    """How long a host believes a list of what was revoked: a day, and time to notice that no new one came."""

    @property
    def lease(self) -> timedelta:
        """The same as a time."""
        return timedelta(hours=self.lease_hours)


def principal(role: str, lpse: str) -> str:
    """What a certificate says, and what a host of this office lets in."""
    return f"{role}@{lpse}"


def slug(name: str, what: Said) -> str:
    """A name that can stand in a certificate, on a command line and in a list."""
    if not SLUG.fullmatch(name) or len(name) > LONGEST:
        raise AccessError(
            detail=Said(
                f"`{name}` bukan nama {what}; tulis dengan huruf kecil, angka, titik, dan tanda hubung",
                f"`{name}` is no name of {what.english}; write lower-case letters, digits, dots and hyphens",
            )
        )
    return name


LPSE = Said("LPSE", "an office")
PERSON = Said("orang", "a person")


def span(text: str) -> timedelta:
    """How long: 30m, 4h, 2d."""
    match = SPAN.fullmatch(text)
    if not match:
        raise AccessError(
            detail=Said(
                f"`{text}` bukan jangka waktu; tulis seperti 30m (menit), 4h (jam), atau 2d (hari)",
                f"`{text}` is no span of time; write it like 30m (minutes), 4h (hours) or 2d (days)",
            )
        )
    return int(match[1]) * UNITS[match[2]]


def allowed(role: str, asked: timedelta, limits: Limits) -> timedelta:
    """A role for so long, if it may be."""
    if role == SEALED:
        raise AccessError(
            detail=Said(
                "akses darurat tidak diberikan kepada orang; segel dengan `spse-ops access seal`",
                "emergency access is given to nobody; seal it by `spse-ops access seal`",
            )
        )
    if role not in ROLES:
        raise AccessError(
            detail=Said(
                f"peran `{role}` tidak ada; pilih {' atau '.join(ROLES)}",
                f"there is no role `{role}`; choose {' or '.join(ROLES)}",
            )
        )
    if not SHORTEST <= asked <= timedelta(hours=limits.hours):
        raise AccessError(
            detail=Said(
                f"jangka waktu harus antara 5 menit dan {limits.hours} jam; minta lagi bila belum selesai",
                f"the time has to be between 5 minutes and {limits.hours} hours; ask again if that is not enough",
            )
        )
    return asked


def validity(now: datetime, lasts: timedelta) -> tuple[datetime, datetime]:
    """From when to when a certificate counts."""
    now = now.replace(microsecond=0)
    return now - BEFORE, now + lasts


def sources(given: Iterable[str]) -> tuple[str, ...]:
    """The networks that a certificate can be used from, as OpenSSH wants them."""
    found = []
    for text in given:
        try:
            network = ipaddress.ip_network(text.strip())
        except ValueError as error:
            raise AccessError(
                detail=Said(
                    f"`{text}` bukan alamat atau jaringan; tulis seperti 203.0.113.7/32",
                    f"`{text}` is no address and no network; write it like 203.0.113.7/32",
                )
            ) from error
        if network.prefixlen < WIDEST[network.version]:
            raise AccessError(
                detail=Said(
                    f"jaringan {network} terlalu luas; paling luas /{WIDEST[network.version]}",
                    f"the network {network} is too wide; at most /{WIDEST[network.version]}",
                )
            )
        if str(network) not in found:
            found.append(str(network))
    if not 1 <= len(found) <= MOST_SOURCES:
        raise AccessError(
            detail=Said(
                f"sebutkan dari alamat mana akses dipakai, 1 sampai {MOST_SOURCES}, seperti --from 203.0.113.7/32",
                f"say which addresses it is used from, 1 to {MOST_SOURCES}, such as --from 203.0.113.7/32",
            )
        )
    return tuple(found)


def host_names(given: Sequence[str]) -> tuple[str, ...]:
    """The names and addresses that a host's certificate is for; patterns would make it every host's."""
    for name in given:
        try:
            ipaddress.ip_address(name)
        except ValueError:
            slug(name, Said("host", "a host"))
    if not given:
        raise AccessError(
            detail=Said(
                "sebutkan nama dan alamat server dengan --name", "say the names and addresses of the host by --name"
            )
        )
    return tuple(dict.fromkeys(given))


def same_person(one: str, other: str) -> bool:
    """Whether two who act are one: who comes from another machine is nobody else."""
    return one.partition("@")[0].casefold() == other.partition("@")[0].casefold()
