"""The modal that asks for access, and what was filled in. Pure."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from chatops.access import keys, rules
from chatops.access.register import Request
from chatops.access.rules import LPSE, Limits
from chatops.errors import AccessError
from chatops.slack import text
from chatops.slack.forms import REASON, asking, given, modal, option
from chatops.slack.line import Line
from chatops.slack.text import Block, context, cut, plain

ROLES = {"operator": "Operator: mengerjakan operasi", "auditor": "Auditor: hanya membaca"}
LONGEST = 3000
"""Characters of a key: Slack takes no more, and no public key has as many."""
USUAL = "4h"
ERROR = 150
PASTED = "yang ditempel"
PUBLIC = "Isi berkas .pub, seperti ssh-ed25519 AAAA… Jangan pernah kunci pribadi."


def ask(roles: Iterable[str], line: Line, lpse: str, place: Mapping[str, str], limits: Limits) -> Block:
    """The modal; filled in with what was typed already, for whoever asks."""
    where: Block = {
        "type": "external_select",
        "action_id": "access_lpse",
        "min_query_length": 0,
        "placeholder": plain("Ketik nama LPSE", text.PLACEHOLDER),
    }
    if lpse:
        where["initial_option"] = option(lpse)
    listed = [option(each, ROLES[each]) for each in roles]
    role = {"type": "static_select", "action_id": "value", "options": listed, "initial_option": listed[0]}
    lasts = {"type": "plain_text_input", "action_id": "value", "initial_value": USUAL, "max_length": 10}
    person = {"type": "users_select", "action_id": "value", "initial_user": place["user"]}
    key = {"type": "plain_text_input", "action_id": "value", "multiline": True, "max_length": LONGEST}
    sources = {"type": "plain_text_input", "action_id": "value", "max_length": 500}
    reason: Block = {"type": "plain_text_input", "action_id": "value", "multiline": True, "max_length": REASON}
    if line.reason:
        reason["initial_value"] = cut(line.reason, REASON)
    most = f"Seperti 30m (menit) atau 4h (jam); paling lama {limits.hours}h."
    blocks = [
        context("Orang lain menyetujuinya; sertifikatnya muncul di utas pesan, dan berakhir sendiri."),
        asking("lpse", "LPSE", where),
        asking("role", "Peran", role),
        asking("lasts", "Berapa lama", lasts, most),
        asking("person", "Siapa yang masuk", person),
        asking("key", "Kunci publiknya", key, PUBLIC),
        asking("sources", "Dari alamat mana", sources, "Seperti 203.0.113.7/32; lebih dari satu dipisahkan spasi."),
        asking("reason", "Alasan", reason, "Masuk catatan. Jangan menulis kata sandi."),
    ]
    return modal("access", "Minta akses", "Minta", blocks, place)


def values(view: Mapping[str, Any]) -> dict[str, str]:
    """What was filled in, by the names of the blocks."""
    told = {name: next(iter(each.values())) for name, each in view["state"]["values"].items()}
    return {name: given(each) or str(each.get("selected_user") or "") for name, each in told.items()}


def wrong(filled: Mapping[str, str], limits: Limits) -> dict[str, str]:
    """What has to be filled in otherwise, by block; nothing of what was filled in is repeated but what is no key."""
    found = {}
    for name, check in (
        ("lpse", lambda: rules.slug(filled["lpse"], LPSE)),
        ("lasts", lambda: rules.allowed(filled["role"], rules.span(filled["lasts"]), limits)),
        ("key", lambda: keys.parse(filled["key"].encode(), PASTED)),
        ("sources", lambda: rules.sources(_split(filled["sources"]))),
    ):
        try:
            check()
        except AccessError as error:
            words = str(error.facts["detail"])
            found[name] = cut(words[:1].upper() + words[1:] + ".", ERROR)
    return found


def read(filled: Mapping[str, str], person: str) -> Request:
    """What is asked for, for this person."""
    return Request(
        filled["lpse"],
        filled["role"],
        person,
        keys.parse(filled["key"].encode(), PASTED),
        rules.span(filled["lasts"]),
        tuple(_split(filled["sources"])),
        filled["reason"],
    )


def _split(typed: str) -> list[str]:
    return [each for each in re.split(r"[\s,;]+", typed) if each]
