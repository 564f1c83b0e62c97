"""What the logs of a host say, in words."""

from collections.abc import Mapping, Sequence
from typing import Any

NAMES = {"application": "aplikasi", "apache": "Apache", "postgresql": "PostgreSQL", "system": "sistem"}
WIDTH = max(map(len, NAMES.values()))


def describe(host: str, answer: Mapping[str, Any]) -> str:
    """A summary of each source with its most frequent errors, then the last lines of all."""
    window = answer["window"]
    lines = [f"{host}: log {window['since']} sampai {window['until']} {window['zone']}"]
    for source, said in answer["sources"].items():
        lines += _source(NAMES.get(source, source), said)
    if answer["lines"]:
        lines.append(f"  {len(answer['lines'])} baris terakhir:")
    for line in answer["lines"]:
        lines += _entry(line)
    return "\n".join(lines)


def _source(name: str, said: Mapping[str, Any]) -> list[str]:
    summary = "tidak ada baris"
    if said["lines"]:
        counts = (
            f"{_number(said['lines'])} baris, {_number(said['errors'])} galat, {_number(said['warnings'])} peringatan"
        )
        summary = f"{counts} ({said['first']} sampai {said['last']})"
    elif not said["files"]:
        summary = "tidak ada log dalam jangka waktu ini"
    return [
        f"  {name:{WIDTH}}  {summary}",
        *_frequent(said["frequent"]),
        *(f"    TIDAK TERBACA {file}: {reason}" for file, reason in said["unread"].items()),
    ]


def _frequent(errors: Sequence[Mapping[str, Any]]) -> list[str]:
    width = max((len(_number(error["count"])) for error in errors), default=0)
    return [f"    {_number(error['count']):>{width}} kali  {error['text']}" for error in errors]


def _entry(line: Mapping[str, Any]) -> list[str]:
    first, *more = line["text"].splitlines() or [""]
    name = NAMES.get(line["source"], line["source"])
    return [f"  {line['time']}  {name:{WIDTH}}  {first}", *(f"      {text}" for text in more)]


def _number(count: int) -> str:
    """Thousands are parted by a point, as Indonesians write them."""
    return f"{count:,}".replace(",", ".")
