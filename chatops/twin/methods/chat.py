"""chat.* and reactions.*: what the app says."""

from typing import Any

from chatops.twin import shapes
from chatops.twin.call import Call, method
from chatops.twin.shapes import Json
from chatops.twin.workspace import BOT_USER, Channel, Message, RefusedError, named

TEXT = 40_000
UPDATE = 4_000
REACTION_LENGTH = 100


@method("chat.postMessage", tier=4, scope="chat:write")
def post(call: Call) -> Json:
    """Say something to everybody in a channel."""
    channel = _channel(call)
    if call.rates and (wait := call.rates.wait_to_post(channel.id)):
        raise RefusedError("ratelimited", retry_after=wait)
    message = _message(call, channel, TEXT)
    _in_thread(channel, message)
    metadata = call.structure("metadata")
    message.metadata = metadata if isinstance(metadata, dict) else {}
    call.workspace.post(message)
    return {"channel": channel.id, "ts": message.ts, "message": call.payloads.message(message)}


@method("chat.postEphemeral", tier=4, scope="chat:write")
def post_ephemeral(call: Call) -> Json:
    """Say something that only one sees."""
    channel = _channel(call)
    user = call.workspace.user(call.text("user", required=True))
    if user.id not in channel.members:
        raise RefusedError("user_not_in_channel")
    message = _message(call, channel, TEXT)
    message.seen_by = user.id
    call.workspace.post(message)
    return {"message_ts": message.ts}


@method("chat.update", tier=3, scope="chat:write")
def update(call: Call) -> Json:
    """Say it otherwise."""
    channel = _channel(call)
    message = _own(call, channel, "cant_update_message")
    said = _message(call, channel, UPDATE)
    message.text = said.text
    # With a text alone the blocks go away.
    message.blocks = named(said.blocks)
    message.edited = call.workspace.stamp()
    call.workspace.touch()
    told = call.payloads.message(message)
    return {"channel": channel.id, "ts": message.ts, "text": message.text, "message": told}


@method("chat.delete", tier=3, scope="chat:write")
def delete(call: Call) -> Json:
    """Take it back."""
    channel = _channel(call)
    message = _own(call, channel, "cant_delete_message")
    del channel.messages[message.ts]
    call.workspace.touch()
    return {"channel": channel.id, "ts": message.ts}


@method("chat.getPermalink", tier=4)
def permalink(call: Call) -> Json:
    """Where it can be looked up."""
    channel = call.workspace.channel(call.text("channel", required=True))
    message = call.workspace.message(channel, call.text("message_ts", required=True))
    link = f"{call.payloads.base}/?channel={channel.id}&message={message.ts}"
    if message.thread_ts:
        link += f"&thread={message.thread_ts}"
    return {"channel": channel.id, "permalink": link}


@method("reactions.add", tier=3, scope="reactions:write")
def react(call: Call) -> Json:
    """Put a small sign below a message."""
    channel = call.workspace.channel(call.text("channel", required=True))
    message = call.workspace.message(channel, call.text("timestamp", required=True))
    name = call.text("name", required=True)
    if len(name) > REACTION_LENGTH or not name.replace("_", "").replace("-", "").replace("+", "").isalnum():
        raise RefusedError("invalid_name")
    users = message.reactions.setdefault(name, [])
    if BOT_USER in users:
        raise RefusedError("already_reacted")
    users.append(BOT_USER)
    call.workspace.touch()
    return {}


def _channel(call: Call) -> Channel:
    channel = call.workspace.channel(call.text("channel", required=True))
    open_to_all = "chat:write.public" in call.workspace.manifest.scopes
    if BOT_USER not in channel.members and not open_to_all:
        raise RefusedError("not_in_channel")
    return channel


def _own(call: Call, channel: Channel, refusal: str) -> Message:
    message = call.workspace.message(channel, call.text("ts", required=True))
    if message.user != BOT_USER:
        raise RefusedError(refusal)
    return message


def _message(call: Call, channel: Channel, most: int) -> Message:
    """What is to be said, if it can be."""
    text, blocks = call.text("text"), checked(call.structure("blocks"))
    if not text.strip() and not blocks:
        raise RefusedError("no_text")
    if call.structure("attachments"):
        # The real one still takes them; ours never sends them.
        raise RefusedError("invalid_attachments")
    if len(text) > most:
        raise RefusedError("msg_too_long")
    return Message(call.workspace.stamp(), channel.id, BOT_USER, text, blocks, thread_ts=call.text("thread_ts"))


def _in_thread(channel: Channel, message: Message) -> None:
    """A thread below a thread belongs to the topmost message."""
    if message.thread_ts:
        parent = channel.messages.get(message.thread_ts)
        if parent is None or parent.seen_by:
            raise RefusedError("thread_not_found")
        message.thread_ts = parent.thread_ts or parent.ts


def checked(blocks: object) -> list[Json]:
    """Blocks, if Slack would take them."""
    if blocks is None or blocks == "":
        return []
    if found := shapes.blocks(blocks):
        raise RefusedError("invalid_blocks", errors=found, response_metadata=messages(found))
    if shapes.characters(blocks) > shapes.MESSAGE_CHARACTERS:
        raise RefusedError("msg_blocks_too_long")
    made: list[Any] = blocks if isinstance(blocks, list) else []
    return made


def messages(found: list[str]) -> Json:
    """What is wrong, where Slack says it."""
    return {"messages": [f"[ERROR] {each}" for each in found]}
