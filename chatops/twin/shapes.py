"""Block Kit as Slack accepts it: what may stand in a block, and how much. Pure; the words are Slack's own."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

type Json = dict[str, Any]
type Check = Callable[[Any, str], Iterator[str]]
"""Tells what is wrong with a value that stands at a JSON pointer."""

MESSAGE_BLOCKS = 50
VIEW_BLOCKS = 100
SECTION = 3000
HEADER = 150
FIELD = 2000
TITLE = 24
METADATA = 3000
ACTIONS = 25
# Not in Slack's documents: what was measured of it, all texts of a message together.
MESSAGE_CHARACTERS = 13_200
VIEW_BYTES = 250_000


def _at(words: str, pointer: str) -> str:
    return f"{words} [json-pointer:{pointer or '/'}]"


def string(most: int, least: int = 0) -> Check:
    """A text of so many characters."""

    def check(value: Any, pointer: str) -> Iterator[str]:  # noqa: ANN401 - whatever was sent
        if not isinstance(value, str):
            yield _at("must provide a string", pointer)
        elif len(value) > most:
            yield _at(f"must be less than {most + 1} characters", pointer)
        elif len(value) < least:
            yield _at(f"must be more than {least - 1} characters", pointer)

    return check


def of(*kinds: type) -> Check:
    """A value of these types."""

    def check(value: Any, pointer: str) -> Iterator[str]:  # noqa: ANN401 - whatever was sent
        if not isinstance(value, kinds):
            yield _at(f"must provide a {kinds[0].__name__}", pointer)

    return check


def choice(*values: str) -> Check:
    """One of these."""

    def check(value: Any, pointer: str) -> Iterator[str]:  # noqa: ANN401 - whatever was sent
        if value not in values:
            yield _at(f"value must be one of {', '.join(values)}", pointer)

    return check


def many(inner: Check, most: int, least: int = 1) -> Check:
    """A list of so many."""

    def check(value: Any, pointer: str) -> Iterator[str]:  # noqa: ANN401 - whatever was sent
        if not isinstance(value, list):
            yield _at("must provide an array", pointer)
            return
        if len(value) > most:
            yield _at(f"no more than {most} items allowed", pointer)
        if len(value) < least:
            yield _at(f"no fewer than {least} items allowed", pointer)
        for place, each in enumerate(value):
            yield from inner(each, f"{pointer}/{place}")

    return check


def shape(required: Mapping[str, Check], optional: Mapping[str, Check] | None = None) -> Check:
    """An object with these keys, and no others."""
    known = {"type": of(str)} | dict(required) | dict(optional or {})

    def check(value: Any, pointer: str) -> Iterator[str]:  # noqa: ANN401 - whatever was sent
        if not isinstance(value, dict):
            yield _at("must provide an object", pointer)
            return
        for key in required:
            if value.get(key) is None:
                yield _at(f"missing required field: {key}", pointer)
        for key, inner in value.items():
            if key not in known:
                yield _at(f"invalid additional property: {key}", pointer)
            elif inner is not None:
                yield from known[key](inner, f"{pointer}/{key}")

    return check


def kinds(of_each: Mapping[str, Check]) -> Check:
    """One of several objects, told apart by their type."""

    def check(value: Any, pointer: str) -> Iterator[str]:  # noqa: ANN401 - whatever was sent
        kind = value.get("type") if isinstance(value, dict) else None
        if not isinstance(kind, str) or kind not in of_each:
            yield _at(f"unsupported type: {kind}", f"{pointer}/type")
            return
        yield from of_each[kind](value, pointer)

    return check


def text(most: int, *, plain: bool = False, least: int = 1) -> Check:
    """A text object."""
    plain_text = shape({"text": string(most, least)}, {"emoji": of(bool)})
    if plain:
        return kinds({"plain_text": plain_text})
    mrkdwn = shape({"text": string(most, least)}, {"verbatim": of(bool)})
    return kinds({"plain_text": plain_text, "mrkdwn": mrkdwn})


CONFIRM = shape(
    {
        "title": text(100, plain=True),
        "text": text(300),
        "confirm": text(30, plain=True),
        "deny": text(30, plain=True),
    },
    {"style": choice("primary", "danger")},
)
OPTION = shape({"text": text(75), "value": string(150, 1)}, {"description": text(75), "url": string(3000)})
OPTIONS = many(OPTION, 100)
GROUPS = many(shape({"label": text(75, plain=True), "options": OPTIONS}), 100)
_ANY = {"action_id": string(255), "focus_on_load": of(bool)}
_HINT = _ANY | {"placeholder": text(150, plain=True)}
_SELECT = _HINT | {"confirm": CONFIRM}
_MENU = _SELECT | {"options": OPTIONS, "option_groups": GROUPS}
_ONE = {"initial_option": OPTION}
_SEVERAL = {"initial_options": OPTIONS, "max_selected_items": of(int)}
_SEARCH = {"min_query_length": of(int)}
_LINES = {
    "initial_value": string(3000),
    "multiline": of(bool),
    "min_length": of(int),
    "max_length": of(int),
    "dispatch_action_config": of(dict),
}

BUTTON = shape(
    {"text": text(75, plain=True)},
    _ANY
    | {
        "url": string(3000),
        "value": string(2000),
        "style": choice("primary", "danger"),
        "confirm": CONFIRM,
        "accessibility_label": string(75),
    },
)
IMAGE = shape({"alt_text": string(2000)}, {"image_url": string(3000), "slack_file": of(dict)})
_TEN = many(OPTION, 10)
INPUTS: dict[str, Check] = {
    "plain_text_input": shape({}, _HINT | _LINES),
    "number_input": shape(
        {"is_decimal_allowed": of(bool)},
        _HINT | {"initial_value": string(100), "min_value": string(100), "max_value": string(100)},
    ),
    "static_select": shape({}, _MENU | _ONE),
    "multi_static_select": shape({}, _MENU | _SEVERAL),
    "external_select": shape({}, _SELECT | _ONE | _SEARCH),
    "multi_external_select": shape({}, _SELECT | _SEVERAL | _SEARCH),
    "users_select": shape({}, _SELECT | {"initial_user": string(20)}),
    "datepicker": shape({}, _SELECT | {"initial_date": string(10, 10)}),
    "timepicker": shape({}, _SELECT | {"initial_time": string(5, 5), "timezone": string(50)}),
    "checkboxes": shape({"options": _TEN}, _ANY | {"initial_options": _TEN, "confirm": CONFIRM}),
    "radio_buttons": shape({"options": _TEN}, _ANY | {"initial_option": OPTION, "confirm": CONFIRM}),
}
PRESSED: dict[str, Check] = INPUTS | {
    "button": BUTTON,
    "overflow": shape({"options": many(OPTION, 5)}, _ANY | {"confirm": CONFIRM}),
}
_ID = {"block_id": string(255)}
_SMALL = kinds({"image": IMAGE} | dict.fromkeys(("plain_text", "mrkdwn"), text(SECTION)))
BLOCKS: dict[str, Check] = {
    "section": shape(
        {},
        _ID
        | {
            "text": text(SECTION),
            "fields": many(text(FIELD), 10),
            "accessory": kinds(PRESSED | {"image": IMAGE}),
            "expand": of(bool),
        },
    ),
    "header": shape({"text": text(HEADER, plain=True)}, _ID),
    "divider": shape({}, _ID),
    "context": shape({"elements": many(_SMALL, 10)}, _ID),
    "actions": shape({"elements": many(kinds(PRESSED), ACTIONS)}, _ID),
    "image": shape(
        {"alt_text": string(2000)},
        _ID | {"image_url": string(3000), "title": text(2000, plain=True), "slack_file": of(dict)},
    ),
    "input": shape(
        {"label": text(2000, plain=True), "element": kinds(INPUTS)},
        _ID | {"hint": text(2000, plain=True), "optional": of(bool), "dispatch_action": of(bool)},
    ),
}
_SHORT = text(TITLE, plain=True)
_VIEW = {
    "private_metadata": string(METADATA),
    "callback_id": string(255),
    "external_id": string(255),
}
_BLOCKS_OF_A_VIEW = {"blocks": many(kinds(BLOCKS), VIEW_BLOCKS, 0)}
_MODAL = {
    "submit": _SHORT,
    "close": _SHORT,
    "clear_on_close": of(bool),
    "notify_on_close": of(bool),
    "submit_disabled": of(bool),
}
VIEWS: dict[str, Check] = {
    "modal": shape({"title": _SHORT} | _BLOCKS_OF_A_VIEW, _VIEW | _MODAL),
    "home": shape(_BLOCKS_OF_A_VIEW, _VIEW),
}


def blocks(sent: object) -> list[str]:
    """What Slack would refuse in the blocks of a message."""
    found = list(many(kinds(BLOCKS), MESSAGE_BLOCKS, 0)(sent, "/blocks"))
    return found or list(_together(sent, "/blocks"))


def view(sent: object) -> list[str]:
    """What Slack would refuse in a modal or an App Home."""
    found = list(kinds(VIEWS)(sent, "/view"))
    if found or not isinstance(sent, dict):
        return found
    found = list(_together(sent["blocks"], "/view/blocks"))
    asks = any(block["type"] == "input" for block in sent["blocks"])
    if asks and sent["type"] == "modal" and not sent.get("submit"):
        found.append(_at("missing required field: submit", "/view"))
    return found


def _together(listed: Any, pointer: str) -> Iterator[str]:  # noqa: ANN401 - checked before, one by one
    """What is wrong only where the parts come together."""
    seen: set[str] = set()
    for place, block in enumerate(listed):
        here = f"{pointer}/{place}"
        if block["type"] == "section" and not (block.get("text") or block.get("fields")):
            yield _at("missing required field: text", here)
        name = block.get("block_id")
        if name and name in seen:
            yield _at(f"block_id `{name}` is not unique", f"{here}/block_id")
        seen.add(name)
        ids = [each["action_id"] for each in elements(block) if each.get("action_id")]
        if len(ids) != len(set(ids)):
            yield _at("`action_id` is not unique within the block", f"{here}/elements")


def elements(block: Json) -> list[Json]:
    """What a person can press or fill in, in a block."""
    found: list[Json] = block.get("elements", []) if block["type"] == "actions" else []
    return [*found, *(block[key] for key in ("accessory", "element") if block.get(key))]


def characters(value: object) -> int:
    """How many characters the text objects below hold."""
    if isinstance(value, dict):
        own = len(value["text"]) if isinstance(value.get("text"), str) else 0
        return own + sum(characters(each) for each in value.values() if not isinstance(each, str))
    return sum(map(characters, value)) if isinstance(value, list) else 0
