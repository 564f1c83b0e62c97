# SPDX-License-Identifier: Apache-2.0
"""What happened, without what it happened to: two of a kind read alike, and no value leaves the host. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from library.module_utils import spse_log_lines, spse_log_secrets
else:
    # The role brings the project's own code along.
    import spse_log_lines
    import spse_log_secrets

LONGEST_ERROR = 160
LONGEST_QUERY = 300
GONE = "#"

# What PostgreSQL calls a thing by is no value of a row; everything else in quotes may be one.
_THINGS = "relation|column|constraint|index|table|schema|function|sequence|type|view|extension|parameter"
_NAMED = re.compile(rf'\b(?P<kept>(?:{_THINGS}) "[A-Za-z_][\w.]{{0,62}}")|"(?:[^"]|"")*(?:"|$)')
_QUOTED = re.compile(r"(?<!\w)'(?:''|[^'])*(?:'(?!\w)|$)")
_MAIL = re.compile(r"\S+@\S+")
_EXCEPTION = re.compile(r"(?P<class>\b(?:[a-z]\w*\.)+[A-Z]\w*|\b[A-Z]\w*(?:Exception|Error))(?::.*)?$")
_REQUEST = re.compile(r"(?P<verb>\b[A-Z]{3,7}) (?P<path>/\S*)")
_PART = re.compile(r"[a-z][a-z0-9_.-]{0,23}")
_DIGITS = re.compile(r"[\w.,:+-]*\d[\w.,:+-]*")
# Names of people and firms are written so; what a program says itself begins so, or is a word of code.
_NAME = re.compile(r"(?<=\s)(?!(?:[A-Z]\w*(?:Exception|Error)|[A-Z]{3,7}|(?:[a-z]\w*\.)+[A-Z]\w*)\b)[A-Z][\w'.-]*")
_AGAIN = re.compile(rf"{GONE}(?:[\s,.:;-]+{GONE})+")
_STATUS = re.compile(r" → \d{3}$")

_COMMENT = re.compile(r"/\*.*?(?:\*/|\Z)|--[^\n]*", re.DOTALL)
_LITERAL = re.compile(
    r"(?:\b[EeBbXxNn]|\bU&)?'(?:''|\\.|[^'\\])*(?:'|\Z)|\$(?P<tag>\w*)\$.*?(?:\$(?P=tag)\$|\Z)", re.DOTALL
)
_NUMBER = re.compile(r"\$\d+|(?<![\w$])[+-]?\d[\d.]*(?:e[+-]?\d+)?\b", re.IGNORECASE)
_LIST = re.compile(r"\?(?:\s*,\s*\?)+")
_ROWS = re.compile(r"\(\?…?\)(?:\s*,\s*\(\?…?\))+")


def error(cause: str) -> str:
    """An error by its kind: the class of an exception, the words of a program; nothing that somebody has typed."""
    said, dash, thrown = cause.partition(" — ")
    kinds = [_kind(each) for each in (said, thrown) if each]
    return spse_log_lines.cut(dash.join(dict.fromkeys(kinds)), LONGEST_ERROR)


def _kind(said: str) -> str:
    text = spse_log_secrets.mask(spse_log_lines.clean(said))
    if match := _EXCEPTION.search(text):
        # What it says of itself is of one case.
        text = text[: match.start()] + match["class"]
    status = _STATUS.search(text)
    text = _REQUEST.sub(_request, text[: status.start()] if status else text)
    text = _NAMED.sub(lambda match: match["kept"] or GONE, text)
    text = _MAIL.sub(GONE, _QUOTED.sub(GONE, text))
    text = _NAME.sub(GONE, _DIGITS.sub(_digits, text))
    return _AGAIN.sub(GONE, text) + (status[0] if status else "")


def _digits(match: re.Match[str]) -> str:
    """A code of Apache's is no value, nor is the digit of a name such as eproc4."""
    return match[0] if re.fullmatch(r"AH\d{5}:?|[a-z]+\d[a-z]*", match[0]) else GONE


def _request(match: re.Match[str]) -> str:
    """A page by the words of its address: numbers, names and what follows a `?` are of one visit."""
    parts = match["path"].partition("?")[0].partition(";")[0].split("/")
    shown = [part if not part or (_PART.fullmatch(part) and _few_digits(part)) else "·" for part in parts]
    return f"{match['verb']} {'/'.join(shown)}"


def _few_digits(part: str) -> bool:
    return sum(each.isdigit() for each in part) <= 1


def query(text: str) -> str:
    """A statement by its form, on one line; PostgreSQL has put parameters for its values, and this looks again."""
    text = _NUMBER.sub("?", _LITERAL.sub("?", _COMMENT.sub(" ", text)))
    text = " ".join(spse_log_lines.clean(text).split())
    text = _ROWS.sub("(?…), …", _LIST.sub("?…", text))
    return spse_log_lines.cut(spse_log_secrets.mask(text), LONGEST_QUERY)
