# SPDX-License-Identifier: Apache-2.0
"""The configuration file of a Play 1.x application, as SPSE has it: read it, edit it, show it without its secrets.

It is a file of Java properties, in which `%prod.key` overrides `key` where the framework's id is `prod`. People keep
it by hand, so an edit touches nothing but the line whose value changes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

FRAMEWORK_ID = "prod"
MASK = "********"
SECRET = re.compile(r"(^|[._])(pass|password|passwd|secret|token|key)$", re.IGNORECASE)

# Java ends the key at the first unescaped separator or white space, and the separator is the first of = and : after it.
_ASSIGNMENT = re.compile(r"([ \t\f]*)((?:\\.|[^\\=: \t\f])+)([ \t\f]*[=:]?[ \t\f]*)(.*)", re.DOTALL)
_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|(\r?\n[ \t\f]*)|(.))", re.DOTALL)
_CONTROL = {"n": "\n", "t": "\t", "r": "\r", "f": "\f"}


@dataclass(frozen=True)
class Line:
    """One logical line: what stands in the file, and the assignment that it is, if it is one."""

    raw: str
    key: str | None = None
    value: str = ""
    before_value: str = ""
    end: str = ""


def parse(text: str, framework_id: str = FRAMEWORK_ID) -> dict[str, str]:
    """The settings in force; the last of two lines for one key wins, and the framework's own over the plain one."""
    plain = {line.key: line.value for line in lines(text) if line.key is not None}
    own = f"%{framework_id}."
    chosen = {key: value for key, value in plain.items() if not key.startswith("%")}
    return chosen | {key.removeprefix(own): value for key, value in plain.items() if key.startswith(own)}


def edit(text: str, wanted: Mapping[str, str], framework_id: str = FRAMEWORK_ID) -> str:
    """The text with these settings in force. Comments, order, spacing and every other line stay as they are."""
    edited = lines(text)
    places = {line.key: place for place, line in enumerate(edited) if line.key is not None}
    added = ""
    for key, value in wanted.items():
        place = places.get(f"%{framework_id}.{key}", places.get(key))
        if place is None:
            added += f"{_escape_key(key)}={_escape(value)}\n"
        elif edited[place].value != value:
            line = edited[place]
            edited[place] = Line(f"{line.before_value}{_escape(value)}{line.end}", line.key, value)
    kept = "".join(line.raw for line in edited)
    return kept + ("\n" if added and kept and not kept.endswith("\n") else "") + added


def masked(text: str, compared_with: str | None = None) -> str:
    """The text without the values of its secrets; one that differs from another text's is marked as such."""
    others = {line.key: line.value for line in lines(compared_with or "") if line.key is not None}
    shown = ""
    for line in lines(text):
        if line.key is None or not SECRET.search(line.key):
            shown += line.raw
        else:
            differs = compared_with is not None and others.get(line.key) != line.value
            shown += f"{line.before_value}{MASK}{' (berubah)' if differs else ''}{line.end}"
    return shown


def lines(text: str) -> list[Line]:
    """The logical lines: an odd number of backslashes at its end joins a line with the next, but not in a comment."""
    found: list[Line] = []
    pending = ""
    for physical in text.splitlines(keepends=True):
        pending += physical
        body = pending.rstrip("\r\n")
        if not pending.lstrip(" \t\f").startswith(("#", "!")) and _is_continued(body):
            continue
        found.append(_read(pending))
        pending = ""
    return [*found, _read(pending)] if pending else found


def _is_continued(body: str) -> bool:
    return (len(body) - len(body.rstrip("\\"))) % 2 == 1


def _read(raw: str) -> Line:
    body = raw.rstrip("\r\n")
    end = raw[len(body) :]
    match = _ASSIGNMENT.fullmatch(body)
    if match is None or body.lstrip(" \t\f").startswith(("#", "!")):
        return Line(raw)
    indent, key, separator, value = match.groups()
    # Play takes the white space at the end of a value away.
    return Line(raw, _unescape(key), _unescape(value).rstrip(), indent + key + separator, end)


def _unescape(text: str) -> str:
    def plain(match: re.Match[str]) -> str:
        if match[1]:
            return chr(int(match[1], 16))
        return "" if match[2] else _CONTROL.get(match[3], match[3])

    return _ESCAPE.sub(plain, text)


def _escape(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "\\r").replace("\t", "\\t")
    return re.sub(r"^ ", r"\\ ", escaped)


def _escape_key(key: str) -> str:
    return re.sub(r"([=: #!\\])", r"\\\1", key)
