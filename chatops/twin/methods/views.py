"""views.*: modals and the App Home."""

import json

from chatops.twin import shapes
from chatops.twin.call import Call, method
from chatops.twin.methods.chat import messages
from chatops.twin.shapes import Json
from chatops.twin.workspace import RefusedError, View

DEPTH = 3


@method("views.open", tier=4)
def open_(call: Call) -> Json:
    """Open a modal for whoever has just done something."""
    body = _body(call, "modal")
    trigger = call.workspace.use_trigger(call.text("trigger_id") or call.text("interactivity_pointer"))
    _unique(call, body)
    previous = _top(call, trigger.user)
    view = call.workspace.open_view(trigger.user, body, previous)
    view.response = trigger.channel
    return {"view": call.payloads.view(view)}


@method("views.push", tier=4)
def push(call: Call) -> Json:
    """Lay a modal on top of the one that is open."""
    body = _body(call, "modal")
    trigger = call.workspace.use_trigger(call.text("trigger_id") or call.text("interactivity_pointer"))
    _unique(call, body)
    previous = _top(call, trigger.user)
    if previous is None:
        raise RefusedError("not_found")
    view = call.workspace.open_view(trigger.user, body, previous)
    return {"view": call.payloads.view(view)}


@method("views.update", tier=4)
def update(call: Call) -> Json:
    """Show something else in an open modal."""
    body = _body(call, "modal")
    named, external = call.text("view_id"), call.text("external_id")
    view = call.workspace.views.get(named) or next(
        (each for each in call.workspace.views.values() if external and each.body["external_id"] == external), None
    )
    if view is None:
        raise RefusedError("not_found")
    if call.text("hash") not in ("", view.hash):
        raise RefusedError("hash_conflict")
    call.workspace.change_view(view, body)
    return {"view": call.payloads.view(view)}


@method("views.publish", tier=4)
def publish(call: Call) -> Json:
    """Lay out somebody's App Home."""
    if not call.workspace.manifest.home:
        raise RefusedError("not_enabled")
    user = call.workspace.user(call.text("user_id", required=True))
    body = _body(call, "home")
    known = call.workspace.homes.get(user.id)
    if known is None:
        known = View(call.workspace.next_id("V"), user.id, body, "", "")
        known.root = known.id
        call.workspace.homes[user.id] = known
    elif call.text("hash") not in ("", known.hash):
        raise RefusedError("hash_conflict")
    call.workspace.change_view(known, body)
    return {"view": call.payloads.view(known)}


def _body(call: Call, kind: str) -> Json:
    return checked(call.structure("view"), kind)


def checked(body: object, kind: str) -> Json:
    """A view, if Slack would take it."""
    found = shapes.view(body)
    if isinstance(body, dict) and not found and body["type"] != kind:
        found = [f"must be of type {kind} [json-pointer:/view/type]"]
    if found or not isinstance(body, dict):
        raise RefusedError("invalid_arguments", response_metadata=messages(found))
    if len(json.dumps(body)) > shapes.VIEW_BYTES:
        raise RefusedError("view_too_large")
    return body


def _unique(call: Call, body: Json) -> None:
    external = body.get("external_id")
    if external and any(each.body["external_id"] == external for each in call.workspace.views.values()):
        raise RefusedError("duplicate_external_id")


def _top(call: Call, user: str) -> View | None:
    stack = call.workspace.stack(user)
    if len(stack) >= DEPTH:
        raise RefusedError("push_limit_reached")
    return stack[-1] if stack else None
