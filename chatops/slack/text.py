"""Text that goes to Slack: what others have written stays text, and no limit is met. Pure."""

from typing import Any

type Block = dict[str, Any]

HEADER = 150
SECTION = 3000
BUTTON = 75
OPTION = 75
PLACEHOLDER = 150
TITLE = 24
FENCE = 2400
"""Characters of a difference that a message shows; the whole of it is a file in the thread."""
NAME = 60
ELLIPSIS = "…"


def escape(text: str) -> str:
    """Text in mrkdwn that links and mentions nobody."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def unescape(text: str) -> str:
    """What was typed, from what Slack hands on."""
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def cut(text: str, most: int) -> str:
    """No more than so many characters."""
    return text if len(text) <= most else text[: most - 1] + ELLIPSIS


def code(text: str) -> str:
    """Text of others within a line: neither bold nor a link, whatever signs it has."""
    clean = " ".join(text.split()).replace("`", "'")
    return f"`{escape(clean)}`" if clean else "-"


def fence(text: str, most: int = FENCE) -> str:
    """Lines of others, as they stand; cut at a line, and it says so."""
    clean = escape(text.replace("```", "'''").rstrip("\n"))
    if len(clean) > most:
        kept = clean[:most]
        # Not within an escape, nor within a line, if there is more than one.
        kept = kept[: kept.rfind("\n")] if "\n" in kept else kept[: kept.rfind("&")] if "&" in kept[-5:] else kept
        clean = f"{kept}\n{ELLIPSIS} selengkapnya dalam berkas di utas"
    return f"```\n{clean}\n```"


def plain(text: str, most: int = SECTION) -> Block:
    """A text object in which no sign means anything."""
    return {"type": "plain_text", "text": cut(text, most) or "-", "emoji": False}


def mrkdwn(text: str) -> Block:
    """A text object of our own words."""
    return {"type": "mrkdwn", "text": cut(text, SECTION) or "-"}


def section(text: str) -> Block:
    """A paragraph of our own words."""
    return {"type": "section", "text": mrkdwn(text)}


def context(*texts: str) -> Block:
    """Small print."""
    return {"type": "context", "elements": [mrkdwn(text) for text in texts]}


def listed(names: list[str], most: int = 8) -> str:
    """Some names, and how many more there are."""
    shown = ", ".join(code(cut(name, NAME)) for name in names[:most])
    return f"{shown} dan {len(names) - most} lagi" if len(names) > most else shown or "-"
