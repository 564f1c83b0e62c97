"""What the hosts answered, in words."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from chatops import logs, status

VIEWS: Mapping[str, Callable[[str, Mapping[str, Any]], str]] = {
    "logs": logs.describe,
    "status": status.describe,
}
"""Operations whose answers deserve more than a list of their keys."""


def describe(operation: str, host: str, answer: Mapping[str, Any]) -> str:
    """One host's answer, in the operation's own view if it has one."""
    return VIEWS.get(operation, _plain)(host, answer)


def _plain(host: str, answer: Mapping[str, Any]) -> str:
    message = answer.get("message", "")
    rest = {key: value for key, value in answer.items() if key != "message"}
    return "\n".join([f"{host}: {message}".rstrip(), *_pairs(rest, "  ")])


def _pairs(pairs: Mapping[str, Any], indent: str) -> list[str]:
    """Aligned lines; what has parts stands below its key, further in."""
    width = max(map(len, pairs), default=0)
    lines: list[str] = []
    for key, value in pairs.items():
        if isinstance(value, Mapping) and value:
            lines += [f"{indent}{key}", *_pairs(value, indent + "  ")]
        elif isinstance(value, Sequence) and not isinstance(value, str) and value:
            lines += [f"{indent}{key}", *_items(value, indent + "  ")]
        else:
            first, *more = _word(value).splitlines() or [""]
            lines.append(f"{indent}{key:{width}}  {first}".rstrip())
            lines += [f"{indent}{'':{width}}  {line}" for line in more]
    return lines


def _items(values: Sequence[Any], indent: str) -> list[str]:
    return [
        f"{indent}{', '.join(f'{key} {_word(part)}' for key, part in value.items())}"
        if isinstance(value, Mapping)
        else f"{indent}{_word(value)}"
        for value in values
    ]


def _word(value: Any) -> str:  # noqa: ANN401 - whatever a playbook says
    match value:
        case True:
            return "ya"
        case False:
            return "tidak"
        case None | [] | {}:
            return "-"
    return str(value)
