"""auth.*, apps.*, users.*, usergroups.*: who is there."""

from chatops.twin.call import Call, method
from chatops.twin.payloads import DOMAIN
from chatops.twin.shapes import Json
from chatops.twin.workspace import BOT, BOT_USER, TEAM, RefusedError


@method("api.test", tier=4)
def test(call: Call) -> Json:
    """Say that somebody is there."""
    return {"args": {name: value for name, value in call.given.items() if name != "token"}}


@method("auth.test", tier=4)
def who(call: Call) -> Json:
    """Say whose token it is."""
    return {
        "url": f"{call.payloads.base}/",
        "team": DOMAIN,
        "user": call.workspace.users[BOT_USER].name,
        "team_id": TEAM,
        "user_id": BOT_USER,
        "bot_id": BOT,
        "is_enterprise_install": False,
    }


@method("apps.connections.open", tier=4, of_app=True)
def connect(call: Call) -> Json:
    """Give the address of a websocket, good for one connection."""
    if not call.workspace.manifest.socket_mode:
        raise RefusedError("forbidden_for_app")
    base = call.payloads.base.replace("http", "ws", 1)
    return {"url": f"{base}/link/?ticket={call.sockets.ticket()}"}


@method("users.list", tier=2, scope="users:read")
def users(call: Call) -> Json:
    """Everybody."""
    return call.page(call.workspace.users.values(), call.payloads.user, "members")


@method("users.info", tier=4, scope="users:read")
def user(call: Call) -> Json:
    """One of them."""
    return {"user": call.payloads.user(call.workspace.user(call.text("user", required=True)))}


@method("usergroups.list", tier=2, scope="usergroups:read")
def groups(call: Call) -> Json:
    """The user groups."""
    listed = [call.payloads.group(each) for each in call.workspace.groups.values()]
    if call.flag("include_users"):
        listed = [told | {"users": call.workspace.groups[told["id"]].users} for told in listed]
    return {"usergroups": listed}


@method("usergroups.users.list", tier=2, scope="usergroups:read")
def members(call: Call) -> Json:
    """Who is in one of them."""
    group = call.workspace.groups.get(call.text("usergroup", required=True))
    if group is None:
        raise RefusedError("no_such_subteam")
    return {"users": group.users}
