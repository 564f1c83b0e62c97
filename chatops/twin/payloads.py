"""What the app is told, in Slack's shapes, and what it is answered about messages, people and views."""

import secrets
from dataclasses import dataclass

from chatops.twin.shapes import Json
from chatops.twin.workspace import APP, BOT, BOT_USER, TEAM, Channel, File, Group, Message, User, View, Workspace

DOMAIN = "latihan"
TOKEN = "offline-verification"  # noqa: S105 - Slack's own old word of no worth


@dataclass(frozen=True)
class Place:
    """Where something was pressed: in a message, or in a view."""

    message: Message | None = None
    view: View | None = None


class Payloads:
    """Makes payloads of one workspace, whose addresses begin with `base`."""

    def __init__(self, workspace: Workspace, base: str) -> None:
        self.workspace = workspace
        self.base = base

    def command(self, user: User, channel: Channel, name: str, text: str) -> Json:
        """A slash command."""
        grant = self.workspace.grant_response(channel.id, user.id)
        return {
            "token": TOKEN,
            "team_id": TEAM,
            "team_domain": DOMAIN,
            "channel_id": channel.id,
            "channel_name": "directmessage" if channel.direct else channel.name,
            "user_id": user.id,
            "user_name": user.name,
            "command": name,
            "text": text,
            "api_app_id": APP,
            "is_enterprise_install": "false",
            "response_url": f"{self.base}/response/{grant}",
            "trigger_id": self.workspace.grant_trigger(user.id, channel.id),
        }

    def actions(self, user: User, place: Place, actions: list[Json]) -> Json:
        """Something pressed or chosen."""
        told = self._interaction("block_actions", user) | {"actions": actions}
        if place.message:
            message = place.message
            channel = self.workspace.channels[message.channel]
            grant = self.workspace.grant_response(channel.id, user.id, message.ts, message.thread_ts)
            container: Json = {
                "type": "message",
                "message_ts": message.ts,
                "channel_id": channel.id,
                "is_ephemeral": bool(message.seen_by),
            }
            if message.thread_ts:
                container["thread_ts"] = message.thread_ts
            return told | {
                "container": container,
                "channel": {"id": channel.id, "name": channel.name},
                "message": self.message(message),
                "state": {"values": message.state},
                "response_url": f"{self.base}/response/{grant}",
                "trigger_id": self.workspace.grant_trigger(user.id, channel.id),
            }
        view = place.view
        assert view is not None  # noqa: S101 - one of the two it is
        return told | {
            "container": {"type": "view", "view_id": view.id},
            "view": self.view(view),
            "trigger_id": self.workspace.grant_trigger(user.id, view=view.id),
        }

    def suggestion(self, user: User, place: Place, block_id: str, action_id: str, value: str) -> Json:
        """What was typed into a select whose options the app knows."""
        told = self._interaction("block_suggestion", user)
        told |= {"block_id": block_id, "action_id": action_id, "value": value}
        if place.message:
            channel = self.workspace.channels[place.message.channel]
            return told | {
                "container": {"type": "message", "message_ts": place.message.ts, "channel_id": channel.id},
                "channel": {"id": channel.id, "name": channel.name},
                "message": self.message(place.message),
            }
        assert place.view is not None  # noqa: S101 - one of the two it is
        return told | {"container": {"type": "view", "view_id": place.view.id}, "view": self.view(place.view)}

    def submission(self, user: User, view: View) -> Json:
        """A modal that was sent."""
        trigger = self.workspace.grant_trigger(user.id, view=view.id)
        told = self._interaction("view_submission", user)
        return told | {"trigger_id": trigger, "view": self.view(view), "response_urls": []}

    def closed(self, user: User, view: View, *, cleared: bool) -> Json:
        """A modal that was closed."""
        return self._interaction("view_closed", user) | {"view": self.view(view), "is_cleared": cleared}

    def shortcut(self, user: User, callback_id: str, message: Message | None) -> Json:
        """A shortcut, of a message or of the workspace."""
        kind = "message_action" if message else "shortcut"
        told = self._interaction(kind, user) | {"callback_id": callback_id, "action_ts": self.workspace.stamp()}
        if message is None:
            return told | {"trigger_id": self.workspace.grant_trigger(user.id)}
        channel = self.workspace.channels[message.channel]
        grant = self.workspace.grant_response(channel.id, user.id, message.ts)
        return told | {
            "trigger_id": self.workspace.grant_trigger(user.id, channel.id),
            "response_url": f"{self.base}/response/{grant}",
            "message_ts": message.ts,
            "channel": {"id": channel.id, "name": channel.name},
            "message": self.message(message),
        }

    def event(self, event: Json) -> Json:
        """Something that happened."""
        return {
            "token": TOKEN,
            "team_id": TEAM,
            "api_app_id": APP,
            "event": event,
            "type": "event_callback",
            "event_id": f"Ev{secrets.token_hex(6).upper()}",
            "event_time": int(self.workspace.clock.now()),
            "authorizations": [
                {"enterprise_id": None, "team_id": TEAM, "user_id": BOT_USER, "is_bot": True}
                | {"is_enterprise_install": False}
            ],
            "is_ext_shared_channel": False,
        }

    def message(self, message: Message) -> Json:
        """A message."""
        told: Json = {"type": "message", "user": message.user, "text": message.text, "ts": message.ts, "team": TEAM}
        if message.blocks:
            told["blocks"] = message.blocks
        if message.user == BOT_USER:
            told |= {"bot_id": BOT, "app_id": APP}
        if message.thread_ts:
            told |= {"thread_ts": message.thread_ts, "parent_user_id": ""}
        elif replies := [each for each in self._thread(message) if each.thread_ts and not each.seen_by]:
            told |= {"thread_ts": message.ts, "reply_count": len(replies), "latest_reply": replies[-1].ts}
        if message.edited:
            told["edited"] = {"user": message.user, "ts": message.edited}
        if message.files:
            told["files"] = [self.file(self.workspace.files[each]) for each in message.files]
        if message.metadata:
            told["metadata"] = message.metadata
        if message.reactions:
            told["reactions"] = [
                {"name": name, "users": users, "count": len(users)} for name, users in message.reactions.items()
            ]
        return told

    def _thread(self, message: Message) -> list[Message]:
        return self.workspace.channels[message.channel].thread(message.ts)

    def file(self, file: File) -> Json:
        """An uploaded file."""
        return {
            "id": file.id,
            "created": int(file.created),
            "name": file.name,
            "title": file.title,
            "mimetype": "text/plain",
            "filetype": "text",
            "user": file.user,
            "size": len(file.content),
            "mode": "hosted",
            "url_private": f"{self.base}/files/{file.id}/{file.name}",
            "url_private_download": f"{self.base}/files/{file.id}/{file.name}?download=1",
            "permalink": f"{self.base}/files/{file.id}/{file.name}",
        }

    def view(self, view: View) -> Json:
        """A modal or an App Home."""
        return view.body | {
            "id": view.id,
            "team_id": TEAM,
            "state": {"values": view.state},
            "hash": view.hash,
            "root_view_id": view.root,
            "previous_view_id": view.previous or None,
            "app_id": APP,
            "bot_id": BOT,
            "app_installed_team_id": TEAM,
        }

    def user(self, user: User) -> Json:
        """A person."""
        profile = {"real_name": user.real_name, "display_name": user.name, "title": user.title}
        return {
            "id": user.id,
            "team_id": TEAM,
            "name": user.name,
            "real_name": user.real_name,
            "deleted": user.deleted,
            "is_bot": user.is_bot,
            "tz": "Asia/Jakarta",
            "tz_offset": 25200,
            "profile": profile,
        }

    def group(self, group: Group) -> Json:
        """A user group."""
        return {
            "id": group.id,
            "team_id": TEAM,
            "handle": group.handle,
            "name": group.name,
            "is_usergroup": True,
            "date_delete": 0,
            "user_count": len(group.users),
        }

    def channel(self, channel: Channel) -> Json:
        """A channel."""
        told: Json = {"id": channel.id, "created": 0, "is_archived": False, "is_im": channel.direct}
        if channel.direct:
            return told | {"user": channel.members[0]}
        return told | {
            "name": channel.name,
            "is_channel": True,
            "is_private": False,
            "is_member": BOT_USER in channel.members,
            "num_members": len(channel.members),
            "topic": {"value": channel.topic},
        }

    def _interaction(self, kind: str, user: User) -> Json:
        return {
            "type": kind,
            "token": TOKEN,
            "team": {"id": TEAM, "domain": DOMAIN},
            "user": {"id": user.id, "username": user.name, "name": user.name, "team_id": TEAM},
            "api_app_id": APP,
            "is_enterprise_install": False,
            "enterprise": None,
        }
