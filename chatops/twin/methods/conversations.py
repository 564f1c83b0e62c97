"""conversations.*: channels and what was said in them."""

from chatops.twin.call import Call, method
from chatops.twin.shapes import Json
from chatops.twin.workspace import BOT_USER, Channel, Message, RefusedError


@method("conversations.list", tier=2, scope="channels:read")
def channels(call: Call) -> Json:
    """The channels."""
    found = [each for each in call.workspace.channels.values() if not each.direct]
    return call.page(found, call.payloads.channel, "channels")


@method("conversations.info", tier=3, scope="channels:read")
def channel(call: Call) -> Json:
    """One of them."""
    return {"channel": call.payloads.channel(_named(call))}


@method("conversations.members", tier=4, scope="channels:read")
def members(call: Call) -> Json:
    """Who is in it."""
    found = _named(call)
    told = call.page(found.members, lambda each: {"id": each}, "members")
    return told | {"members": [each["id"] for each in told["members"]]}


@method("conversations.join", tier=3, scope="channels:join")
def join(call: Call) -> Json:
    """Go into it."""
    found = _named(call)
    if BOT_USER not in found.members:
        found.members.append(BOT_USER)
        call.workspace.touch()
    return {"channel": call.payloads.channel(found)}


@method("conversations.open", tier=3, scope="im:write")
def open_(call: Call) -> Json:
    """Begin to talk to somebody alone."""
    names = call.text("users", required=True).split(",")
    if len(names) > 1:
        raise RefusedError("method_not_supported_for_channel_type")
    found = call.workspace.direct(call.workspace.user(names[0]).id)
    return {"channel": call.payloads.channel(found)}


@method("conversations.history", tier=3, scope="channels:history")
def history(call: Call) -> Json:
    """What was said, the newest first."""
    found = [each for each in _inside(call).messages.values() if not each.thread_ts]
    return _said(call, list(reversed(found)))


@method("conversations.replies", tier=3, scope="channels:history")
def replies(call: Call) -> Json:
    """What was said below a message, the oldest first."""
    inside = _inside(call)
    ts = call.text("ts", required=True)
    found = inside.thread(ts)
    if not found:
        raise RefusedError("thread_not_found")
    return _said(call, found)


def _said(call: Call, found: list[Message]) -> Json:
    oldest, latest = call.text("oldest") or "0", call.text("latest") or "9" * 10
    seen = [each for each in found if not each.seen_by and float(oldest) <= float(each.ts) <= float(latest)]
    told = call.page(seen, call.payloads.message, "messages")
    return told | {"has_more": bool(told["response_metadata"]["next_cursor"])}


def _named(call: Call) -> Channel:
    return call.workspace.channel(call.text("channel", required=True))


def _inside(call: Call) -> Channel:
    found = _named(call)
    if BOT_USER not in found.members:
        raise RefusedError("not_in_channel")
    return found
