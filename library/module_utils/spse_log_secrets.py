# SPDX-License-Identifier: Apache-2.0
"""Takes the secrets out of a log before anybody reads it, and leaves the words around them.

Nobody can know every secret by its looks: what is masked is the value of everything that is called like one, and the
forms in which programs write credentials. In doubt it masks.
"""

from __future__ import annotations

import re

MASK = "********"

# A name is a secret's if one of the first stands anywhere in it, or one of the second at the end of one of its words.
_NAMED = (
    r"(?:pass(?:word|wd|phrase)|sandi|secret|token|cookie|authori[sz]ation|credential|session_?id|j?sessionid|phpsessid"
    r"|play_session|(?:pass|pwd|key)\d*(?![A-Za-z0-9])|(?-i:(?:[Pp]ass|[Pp]wd|[Kk]ey)(?=[A-Z])))"
)
# The class of an exception and the file of a stack frame are called so too, but what follows is no secret.
_NAME = rf"(?<![\w.\-])(?=[\w.\-]*?{_NAMED})(?![\w.\-]*(?:Exception|Error|\.java)\b)[\w.\-]++\]*"
_QUOTED = (
    r"(?P<q{0}>\\*[\"'])(?:(?P=q{0})(?P=q{0})|(?!(?P=q{0}))(?:\\[^\n]|[^\n]))*+(?P=q{0})?+"  # "…", '…', \"…\", 'it''s'
)
_BRACKETED = r"\([^()\n]*\)?|\[[^\]\n]*\]?|\{[^}\n]*\}?"
# An unquoted value ends at white space, or where the next pair, the end of a list or that of a sentence begins.
_BARE = r"""(?:(?![&;,](?:[\w.\-\[\]%]*[=:]|\s|$)|["')}\]>]+(?:[\s,;&]|$))\S)++"""
_DONE = r"(?!(?:Bearer|Basic|Negotiate)?[ \t]*\*{8})"

_PEM_MARK = r"PRIVATE KEY(?: BLOCK)?-----"
_PEM = re.compile(
    rf"(?P<begin>-----BEGIN [A-Z0-9 ]*{_PEM_MARK}).+?(?P<end>-----END [A-Z0-9 ]*{_PEM_MARK}|\Z)", re.DOTALL
)
_PEM_BEGUN = re.compile(rf"-----BEGIN [A-Z0-9 ]*{_PEM_MARK}(?!.*-----END )", re.DOTALL)
# What is left of one whose beginning stands elsewhere.
_PEM_LINE = re.compile(r"^([ \t]*+)[A-Za-z0-9+/]{60,}={0,2}$", re.MULTILINE)
_PEM_BODY = re.compile(r"(?:[A-Za-z0-9+/]{16,}|[A-Za-z0-9+/]+=)=*$")
_BODY_LINE = r"(?P<before>^[ \t]*+)[A-Za-z0-9+/]{60,}={0,2}$"
_SQL = re.compile(
    r"\b(?:insert\s+into|update|select|values|(?:create|alter)\s+(?:role|user)|parameters:)", re.IGNORECASE
)
_SECRET_WORD = re.compile(_NAMED, re.IGNORECASE)
# The apostrophe of `can't` begins none.
_LITERAL = re.compile(r"(?<!\w)((?:E|U&)?)'(?:''|[^'])*(?:'|\Z)")

# Each rule with the words of which one must be there for it to find anything: looking for these takes next to no time.
_NAMES = ("pass", "pwd", "sandi", "secret", "token", "cookie", "authori", "credential", "session", "sessid", "key")
_RULES: list[tuple[tuple[str, ...], re.Pattern[str]]] = [
    (hints, re.compile(pattern, re.IGNORECASE | re.MULTILINE))
    for hints, pattern in (
        # What PostgreSQL tells of a row has no names of columns.
        (("failing row",), r"(?P<before>Failing row contains \().*"),
        (("copy ",), r"(?P<before>\bCOPY [^\n]*?, line \d+(?:, column [^\n:]+)?: ).*"),
        # Headers: a scheme and one word, pairs, or whatever there is to the end of the line or of the quotes.
        (
            ("authori",),
            r"(?P<before>\b(?:proxy-)?authorization[ \t]*:[ \t]*(?:bearer|basic|negotiate|token)[ \t]+)[^\s\"',]+",
        ),
        (
            ("authori", "cookie"),
            (
                r"(?P<before>(?P<open>[\"'])?(?<![\w\-])(?:(?:proxy-)?authorization|(?:set-)?cookie)[ \t]*:[ \t]*+)"
                rf"{_DONE}(?:[^\s;=]+=[^\s;\"']*(?:;[ \t]*[^\s;=]+(?:=[^\s;\"']*)?)*"
                r"|(?(open)(?:(?!(?P=open))[^\n])+|[^\n]+))"
            ),
        ),
        (
            ("bearer", "basic", "negotiate"),
            (
                r"(?P<before>(?-i:\b(?:[Bb]earer|BEARER|[Bb]asic|BASIC|Negotiate))(?:[ \t]|%20|\+)+)"
                r"(?!(?:auth\w*|realm|tokens?|access|error)\b)[\w+/.~=\-]{4,}"
            ),
        ),
        (("@",), r"(?P<before>\b\w[\w+.\-]*://[^\s:/@?#\"'<>\[]*:)(?!\d{1,5}(?:[/?#\s\"']|$))[^\s\"'<>]*(?=@)"),
        (("sess",), r"(?P<before>(?:PLAY_SESSION|J?SESSIONID|PHPSESSID)=)[^;\s\"']+"),
        (("eyj",), r"(?P<before>\beyJ)[\w\-]+\.[\w\-]+(?:\.[\w\-]*)?"),
        (
            ("password",),
            (
                r"(?P<before>\bpassword\s+(?:E|U&)?)"
                r"(?:'(?:''|\\[^\n]|[^'\\\n])*+(?:'|$)|\$(?P<tag>\w*)\$(?s:.*?)(?:\$(?P=tag)\$|\Z))"
            ),
        ),
        # What follows such a word in quotes may itself be a name.
        (_NAMES, rf"(?P<before>{_NAME}(?<=[\w\]])[ \t]+)(?!\\*[\"']\s)(?:{_QUOTED.format(1)})(?![ \t]*[:=])"),
        (_NAMES, rf"(?P<before>(?<!\S)(?=-)(?:[\w\-]+\[)?{_NAME}[ \t]+)(?!-)(?:{_QUOTED.format(1)}|\S+)"),
        (_NAMES, rf"(?P<before><(?:[\w\-]+[:\[])?{_NAME}[^<>\n]*>)[^<]+"),
        # Encoded within another address, the pairs and what parts them are encoded as well.
        (("pass", "pwd", "key"), r"(?P<before>(?<=%)[0-9A-F]{2}(?:pass|pwd|key)\d*(?:%3D|%3A))(?:(?!%26)[^\s&\"'])+"),
        (_NAMES, rf"(?P<before>{_NAME}(?:%5D|%22)*(?:%3D|%3A))(?:(?!%26)[^\s&\"'])+"),
        (
            _NAMES,
            (
                rf"(?P<before>{_NAME}(?:\\*[\"']|[\])]|%5D)*+[ \t]*(?:=>|:=|==?|:)[ \t]*+){_DONE}"
                rf"(?:{_QUOTED.format(1)}|{_BRACKETED}|{_BARE})"
            ),
        ),
    )
]
_HINTS = sorted({hint for hints, _ in _RULES for hint in hints})


def mask(text: str) -> str:
    """The text without its secrets."""
    text = _PEM_LINE.sub(rf"\1{MASK}", text)
    folded = text.casefold()
    present = {hint for hint in _HINTS if hint in folded}
    if not present:
        return text
    text = _PEM.sub(rf"\g<begin>{MASK}\g<end>", text)
    for hints, pattern in _RULES:
        if not present.isdisjoint(hints):
            text = pattern.sub(rf"\g<before>{MASK}", text)
    if not present.isdisjoint(_NAMES) and _SQL.search(text) and _SECRET_WORD.search(text):
        # Which literal belongs to which column is for a parser of SQL to say.
        text = _LITERAL.sub(rf"\1'{MASK}'", text)
    return text


class Masker:
    """Masks the entries of one log, in which a private key may stand line by line, each an entry of its own."""

    def __init__(self) -> None:
        self._inside: set[str] = set()

    def mask(self, owner: str, *texts: str) -> list[str]:
        """What an entry says, without its secrets; the owner is who wrote it, among others who write to the log."""
        if owner in self._inside:
            if any(_PEM_BODY.search(text) for text in texts):
                return [mask(_PEM_BODY.sub(MASK, text)) for text in texts]
            self._inside.discard(owner)
        if any(_PEM_BEGUN.search(text) for text in texts):
            self._inside.add(owner)
        return [mask(text) for text in texts]
