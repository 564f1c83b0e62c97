"""files.*: the three steps of an upload."""

import secrets

from chatops.twin.call import Call, method
from chatops.twin.shapes import Json
from chatops.twin.workspace import BOT_USER, File, Message, RefusedError

LARGEST = 50_000_000


@method("files.getUploadURLExternal", tier=4, scope="files:write")
def address(call: Call) -> Json:
    """Say where a file goes."""
    name, length = call.text("filename", required=True), call.number("length", 0)
    if not 0 < length <= LARGEST:
        raise RefusedError("invalid_arguments")
    file = File(call.workspace.next_id("F"), name, name, BOT_USER, length=length, ticket=secrets.token_urlsafe(18))
    file.created = call.workspace.clock.now()
    call.workspace.files[file.id] = file
    return {"upload_url": f"{call.payloads.base}/upload/{file.ticket}", "file_id": file.id}


@method("files.completeUploadExternal", tier=4, scope="files:write")
def complete(call: Call) -> Json:
    """Show it."""
    listed = call.structure("files")
    if not isinstance(listed, list) or not listed:
        raise RefusedError("invalid_arguments")
    files = [_uploaded(call, each) for each in listed]
    if name := call.text("channel_id") or call.text("channels"):
        channel = call.workspace.channel(name)
        if BOT_USER not in channel.members:
            raise RefusedError("not_in_channel")
        message = Message(
            call.workspace.stamp(),
            channel.id,
            BOT_USER,
            call.text("initial_comment"),
            thread_ts=call.text("thread_ts"),
            files=[file.id for file in files],
        )
        call.workspace.post(message)
    return {"files": [call.payloads.file(file) for file in files]}


@method("files.info", tier=4, scope="files:read")
def info(call: Call) -> Json:
    """Tell of one."""
    file = call.workspace.files.get(call.text("file", required=True))
    if file is None:
        raise RefusedError("file_not_found")
    return {"file": call.payloads.file(file)}


def _uploaded(call: Call, told: object) -> File:
    named = told if isinstance(told, dict) else {}
    file = call.workspace.files.get(str(named.get("id")))
    if file is None or not file.content or file.shared:
        raise RefusedError("file_not_found")
    file.title = str(named.get("title") or file.name)
    file.shared = True
    return file
