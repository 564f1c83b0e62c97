"""The line after `/spse`, parsed. Pure: who may do it is asked elsewhere."""

import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from chatops.access import keys, rules
from chatops.catalogue import Input, Operation
from chatops.conditions import OWN
from chatops.errors import InputError
from chatops.sla import moments
from chatops.slack.text import unescape

NUMBER = re.compile(r"CHG-\d{4}-\d{6,}", re.IGNORECASE)
# What keyboards of phones make of quotes and dashes.
TYPED = {
    "\u201c": '"',
    "\u201d": '"',
    "\u201e": '"',
    "\u2018": "'",
    "\u2019": "'",
    " \u2014": " --",
    " \u2013": " --",
    "\u00a0": " ",
}
HELP = ("help", "bantuan", "?")
QUEUE = ("antrean", "queue", "daftar")
WEB = ("web", "halaman")
ALONE = {word: verb for verb, words in (("help", HELP), ("queue", QUEUE), ("web", WEB)) for word in words}
"""Words that nothing comes after."""
ACCESS = ("access", "akses")
WATCHED = {
    "status": ("status", "keadaan"),
    "summary": ("ringkasan", "summary"),
    "proposals": ("usulan", "proposals"),
}
NUMBERS = (
    (NUMBER, "show"),
    (rules.NUMBER, "access_show"),
    (re.compile(r"USL-\d{4}-\d{6,}"), "proposal"),
)
LIST = ("daftar", "list")
REVOKE = ("cabut", "revoke")
REASONS = ("alasan", "reason")
FLAGS = {"semua": "everywhere", "plan-only": "plan_only"}


def asked_of(operation: Operation) -> list[Input]:
    """The inputs that somebody fills in from afar; the others are the desk's, or those of who sits at the keyboard."""
    return [each for each in operation.inputs if not each.local and each.name not in OWN]


@dataclass(frozen=True)
class Line:
    """What somebody has typed."""

    verb: str = "help"
    """`help`, `queue`, `show`, `web`, `ask`; of access `access`, `access_list`, `access_show`, `access_revoke`; of what
    is watched `status`, `summary`, `proposals`, `proposal`."""
    subject: str = ""
    """The number of a change or an access, the name of an operation, or the office that access is asked to."""
    lpses: tuple[str, ...] = ()
    options: Mapping[str, str] = field(default_factory=dict)
    reason: str = ""
    at: datetime | None = None
    emergency: str = ""
    everywhere: bool = False
    plan_only: bool = False

    def complete(self, operation: Operation) -> bool:
        """Whether nothing has to be asked for any more."""
        given = all(each.name in self.options for each in asked_of(operation) if each.required)
        where = bool(self.lpses) or self.everywhere or not operation.changes_hosts
        # Who changes something says why, in the modal at the latest.
        return given and where and bool(self.reason or self.emergency or not operation.changes_hosts)


def parse(text: str) -> Line:
    """What was meant by it."""
    # Whatever it was meant for, it is read no further.
    keys.refuse_private(text.encode(), "yang diketik")
    for sign, ours in TYPED.items():
        text = f" {text}".replace(sign, ours)[1:]
    try:
        words = shlex.split(unescape(text))
    except ValueError as error:
        raise InputError(name="/spse", detail="memuat tanda kutip yang tidak ditutup") from error
    if not words:
        return Line()
    return _numbered(words[0]) or _named(words[0].lower(), words[1:]) or _asked(words[0], words[1:])


def _numbered(word: str) -> Line | None:
    """Something by its number."""
    found = (verb for pattern, verb in NUMBERS if pattern.fullmatch(word.upper()))
    return next((Line(verb, word.upper()) for verb in found), None)


def _named(first: str, rest: list[str]) -> Line | None:
    """One of our own words, and no operation's."""
    if first in ALONE:
        return Line(ALONE[first])
    if first in ACCESS:
        return _access(rest)
    verb = next((verb for verb, words in WATCHED.items() if first in words), None)
    # With options it is an operation, if there is one of that name.
    return Line(verb, lpses=tuple(rest)) if verb and not any(word.startswith("--") for word in rest) else None


def _access(words: list[str]) -> Line:
    """What comes after `access`: an office, a number, or what is to be done."""
    line = _asked("access", words)
    if line.options:
        raise InputError(name=min(line.options), detail="diisi dalam formulir; ketik `/spse access LPSE` saja")
    first, *rest = line.lpses or ("",)
    number = next((each.upper() for each in (first, *rest) if rules.NUMBER.fullmatch(each.upper())), "")
    if first.lower() in LIST:
        return Line("access_list")
    if first.lower() in REVOKE:
        if not number:
            raise InputError(name="/spse access cabut", detail="memerlukan nomornya, seperti AKS-2026-000012")
        return Line("access_revoke", number, reason=line.reason)
    return Line("access_show", number) if number else Line("access", first, reason=line.reason)


def _asked(name: str, words: list[str]) -> Line:
    lpses: list[str] = []
    options: dict[str, str] = {}
    flags: dict[str, bool] = {}
    rest = iter(words)
    for word in rest:
        if not word.startswith("--"):
            lpses.append(word)
            continue
        option, equals, value = word.removeprefix("--").partition("=")
        if option in FLAGS:
            flags[FLAGS[option]] = True
            continue
        if not equals:
            following = next(rest, None)
            if following is None or following.startswith("--"):
                raise InputError(name=option, detail="belum diisi")
            value = following
        options[option] = value
    reason = next((options.pop(each) for each in REASONS if each in options), "")
    at = options.pop("at", None) or options.pop("mulai", None)
    emergency = options.pop("emergency", None) or options.pop("darurat", None) or ""
    begin = moments.parse(at) if at else None
    return Line("ask", name, tuple(lpses), options, reason, begin, emergency, **flags)
