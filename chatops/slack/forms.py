"""Modals: what is asked of somebody, derived from the catalogue; and what was filled in. Pure."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any

from chatops.cases import Request
from chatops.catalogue import Input, Operation
from chatops.sla import moments
from chatops.slack import text
from chatops.slack.line import Line, asked_of
from chatops.slack.text import Block, context, cut, plain

MOST_LPSES = 100
REASON = 1000


def request(operation: Operation, line: Line, lpses: Iterable[str], place: Mapping[str, str]) -> Block:
    """The modal that asks for what an operation needs; filled in with what was typed already."""
    kind = "mengubah server" if operation.changes_hosts else "hanya melihat"
    words = " · ".join(filter(None, [kind, operation.downtime]))
    where: Block = {
        "type": "multi_external_select",
        "action_id": "lpse",
        "min_query_length": 0,
        "placeholder": plain("Ketik nama LPSE", text.PLACEHOLDER),
    }
    if chosen := [option(each) for each in lpses]:
        where["initial_options"] = chosen
    hint = "Kosongkan untuk semua LPSE." if not operation.changes_hosts else "Server semua LPSE ini yang diubah."
    blocks = [
        {"type": "section", "text": plain(f"{operation.title}.")},
        context(text.escape(words)),
        asking("lpse", "LPSE", where, hint, optional=not operation.changes_hosts),
        *(_asked(each, line.options.get(each.name, "")) for each in asked_of(operation)),
    ]
    if operation.changes_hosts:
        blocks += list(_circumstances(operation, line))
    meta = {"operation": operation.name, **place}
    return modal("request", operation.name, "Minta", blocks, meta)


def _circumstances(operation: Operation, line: Line) -> Iterable[Block]:
    reason: Block = {"type": "plain_text_input", "action_id": "reason", "multiline": True, "max_length": REASON}
    if line.reason:
        reason["initial_value"] = cut(line.reason, REASON)
    yield asking("reason", "Alasan", reason, "Masuk catatan. Jangan menulis kata sandi.")
    day, hour = {"type": "datepicker", "action_id": "day"}, {"type": "timepicker", "action_id": "hour"}
    yield asking("day", "Mulai paling cepat: tanggal", day, optional=True)
    yield asking("hour", "Mulai paling cepat: jam (WIB)", hour, optional=True)
    if operation.emergency:
        urgent = {"type": "plain_text_input", "action_id": "emergency", "max_length": REASON}
        hint = "Hanya bila tidak dapat menunggu persetujuan; ditinjau sesudahnya."
        yield asking("emergency", "Alasan darurat", urgent, hint, optional=True)
    only = {"text": plain("Hanya rencananya, tidak dijalankan"), "value": "plan_only"}
    boxes: Block = {"type": "checkboxes", "action_id": "plan_only", "options": [only]}
    if line.plan_only:
        boxes["initial_options"] = [only]
    yield asking("plan_only", "Rencana", boxes, optional=True)


def choose(operations: Iterable[Operation], reason: str, place: Mapping[str, str]) -> Block:
    """The modal that asks which operation it is to be; choosing one shows what that one needs."""
    menu = {
        "type": "static_select",
        "action_id": "operation",
        "placeholder": plain("Pilih operasi", text.PLACEHOLDER),
        "options": [option(each.name, each.title) for each in list(operations)[:100]],
    }
    blocks: list[Block] = [
        {"type": "section", "text": plain(f"Laporan: {reason or '-'}", REASON)},
        {"type": "actions", "block_id": "operation", "elements": [menu]},
    ]
    return modal("choose", "Catat perubahan", "", blocks, {"reason": cut(reason, REASON), **place})


def note(action: str, title: str, label: str, value: Mapping[str, str]) -> Block:
    """The modal that asks for a few words before something is done to a change or an access."""
    words = {"type": "plain_text_input", "action_id": "note", "multiline": True, "max_length": REASON}
    return modal(f"note_{action}", title, title.removesuffix("…"), [asking("note", label, words)], value)


def read(view: Mapping[str, Any], operation: Operation, key: str) -> Request:
    """What was asked for in the modal of an operation."""
    values = {name: next(iter(told.values())) for name, told in view["state"]["values"].items()}
    inputs = {each.name: found for each in asked_of(operation) if (found := given(values.get(f"input_{each.name}")))}
    day, hour = (given(values.get(name)) for name in ("day", "hour"))
    at = None
    if day:
        at = datetime.combine(datetime.fromisoformat(day), time.fromisoformat(hour or "00:00"), moments.zone("WIB"))
    lpses = [each["value"] for each in (values["lpse"].get("selected_options") or [])]
    return Request(
        operation.name,
        tuple(lpses),
        inputs=inputs,
        reason=given(values.get("reason")),
        at=at,
        plan_only=bool(values.get("plan_only", {}).get("selected_options")),
        emergency=given(values.get("emergency")),
        key=key,
    )


def meta(view: Mapping[str, Any]) -> dict[str, str]:
    """What the modal was given along."""
    found: dict[str, str] = json.loads(view["private_metadata"])
    return found


@dataclass(frozen=True)
class Noted:
    """What somebody has written into a modal that asks for a few words."""

    meta: Mapping[str, str]
    note: str
    place: Mapping[str, str]
    """Where he is answered."""


def noted(body: Mapping[str, Any]) -> Noted:
    """Out of a delivery."""
    view, user = body["view"], body["user"]["id"]
    told = meta(view)
    place = {"user": user, "channel": told.get("channel", ""), "thread": told.get("thread", "")}
    return Noted(told, view["state"]["values"]["note"]["note"]["value"], place)


def options(lpses: Iterable[str]) -> list[Block]:
    """Offices to choose from."""
    return [option(each) for each in lpses][:MOST_LPSES]


def given(told: Mapping[str, Any] | None) -> str:
    """What was filled in, or chosen."""
    if not told:
        return ""
    chosen = told.get("selected_option")
    value = chosen["value"] if chosen else told.get("value") or told.get("selected_date") or told.get("selected_time")
    return str(value or "").strip()


def _asked(asked: Input, typed: str) -> Block:
    value = typed or asked.default
    if asked.choices:
        known = {each: option(each) for each in asked.choices}
        element: Block = {"type": "static_select", "action_id": "value", "options": list(known.values())}
        if value in known:
            element["initial_option"] = known[value]
    else:
        element = {"type": "plain_text_input", "action_id": "value", "max_length": 500}
        if value:
            element["initial_value"] = cut(value, 500)
    return asking(f"input_{asked.name}", asked.title, element, asked.help, optional=not asked.required)


def asking(name: str, label: str, element: Block, hint: str = "", *, optional: bool = False) -> Block:
    """One thing that is asked for."""
    made: Block = {"type": "input", "block_id": name, "label": plain(label, 2000), "element": element}
    made |= {"optional": True} if optional else {}
    return made | ({"hint": plain(hint, 2000)} if hint else {})


def option(value: str, words: str = "") -> Block:
    """Something to choose."""
    return {"text": plain(words or value, text.OPTION), "value": cut(value, 150)}


def modal(callback: str, title: str, submit: str, blocks: list[Block], told: Mapping[str, str]) -> Block:
    """A modal, and what it is given along."""
    made: Block = {
        "type": "modal",
        "callback_id": callback,
        "title": plain(title, text.TITLE),
        "close": plain("Batal", text.TITLE),
        "private_metadata": json.dumps(dict(told)),
        "blocks": blocks,
    }
    return made | ({"submit": plain(submit, text.TITLE)} if submit else {})
