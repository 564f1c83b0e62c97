"""The Web API by the real slack_sdk: what it answers, and each limit of Slack."""

from typing import Any

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.webhook import WebhookClient

from chatops.twin.workspace import APP_TOKEN
from tests.slack.room import BUDI, GENERAL, SITI, Room, manifest, room

type Json = dict[str, Any]


def refusal(error: pytest.ExceptionInfo[SlackApiError]) -> str:
    return str(error.value.response["error"])


def section(text: str, **more: Any) -> Json:  # noqa: ANN401 - whatever a block has
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}, **more}


def button(text: str = "Ya", **more: Any) -> Json:  # noqa: ANN401 - whatever a button has
    return {"type": "button", "text": {"type": "plain_text", "text": text}, **more}


def modal(**more: Any) -> Json:  # noqa: ANN401 - whatever a modal has
    return {"type": "modal", "title": {"type": "plain_text", "text": "Judul"}, "blocks": [section("x")], **more}


def header(length: int) -> Json:
    return {"type": "header", "text": {"type": "plain_text", "text": "x" * length}}


# Each limit: what still goes, what no longer does, and what Slack says of it.
LIMITS: dict[str, tuple[list[Json], list[Json], str]] = {
    "blocks": ([section("x")] * 50, [section("x")] * 51, "no more than 50 items allowed"),
    "section": ([section("x" * 3000)], [section("x" * 3001)], "must be less than 3001 characters"),
    "empty": ([section("x")], [section("")], "must be more than 0 characters"),
    "header": ([header(150)], [header(151)], "must be less than 151 characters"),
    "actions": (
        [{"type": "actions", "elements": [button()] * 25}],
        [{"type": "actions", "elements": [button()] * 26}],
        "no more than 25 items allowed",
    ),
    "button": (
        [{"type": "actions", "elements": [button("x" * 75)]}],
        [{"type": "actions", "elements": [button("x" * 76)]}],
        "must be less than 76 characters",
    ),
    "value": (
        [{"type": "actions", "elements": [button(value="x" * 2000)]}],
        [{"type": "actions", "elements": [button(value="x" * 2001)]}],
        "must be less than 2001 characters",
    ),
    "fields": (
        [{"type": "section", "fields": [{"type": "mrkdwn", "text": "x"}] * 10}],
        [{"type": "section", "fields": [{"type": "mrkdwn", "text": "x"}] * 11}],
        "no more than 10 items allowed",
    ),
    "field": (
        [{"type": "section", "fields": [{"type": "mrkdwn", "text": "x" * 2000}]}],
        [{"type": "section", "fields": [{"type": "mrkdwn", "text": "x" * 2001}]}],
        "must be less than 2001 characters",
    ),
    "property": ([section("x", block_id="a")], [section("x", colour="red")], "invalid additional property: colour"),
    "kind": ([section("x")], [{"type": "marquee"}], "unsupported type: marquee"),
    "style": (
        [{"type": "actions", "elements": [button(style="danger")]}],
        [{"type": "actions", "elements": [button(style="loud")]}],
        "value must be one of primary, danger",
    ),
    "text": ([section("x")], [{"type": "section"}], "missing required field: text"),
    "block_id": ([section("x", block_id="a")], [section("x", block_id="a")] * 2, "is not unique"),
    "action_id": (
        [{"type": "actions", "elements": [button(action_id="a"), button(action_id="b")]}],
        [{"type": "actions", "elements": [button(action_id="a")] * 2}],
        "`action_id` is not unique",
    ),
}


@pytest.mark.parametrize("name", LIMITS)
def test_blocks_are_taken_up_to_the_limit_and_no_further(slack: Room, name: str) -> None:
    goes, fails, words = LIMITS[name]
    client = slack.client()
    assert client.chat_postMessage(channel=GENERAL, text="x", blocks=goes)["ok"]
    with pytest.raises(SlackApiError) as error:
        client.chat_postMessage(channel=GENERAL, text="x", blocks=fails)
    assert refusal(error) == "invalid_blocks"
    assert words in error.value.response["response_metadata"]["messages"][0]
    assert "[json-pointer:/blocks" in error.value.response["errors"][0]
    assert len(slack.texts()) == 1


def test_all_texts_of_a_message_together_have_a_limit(slack: Room) -> None:
    client = slack.client()
    most = [section("x" * 3000)] * 4 + [section("x" * 1200)]
    assert client.chat_postMessage(channel=GENERAL, text="x", blocks=most)["ok"]
    with pytest.raises(SlackApiError) as error:
        client.chat_postMessage(channel=GENERAL, text="x", blocks=[*most, section("x")])
    assert refusal(error) == "msg_blocks_too_long"


VIEWS: dict[str, tuple[Json, Json, str]] = {
    "title": (
        modal(title={"type": "plain_text", "text": "x" * 24}),
        modal(title={"type": "plain_text", "text": "x" * 25}),
        "must be less than 25 characters [json-pointer:/view/title/text]",
    ),
    "metadata": (
        modal(private_metadata="x" * 3000),
        modal(private_metadata="x" * 3001),
        "must be less than 3001 characters [json-pointer:/view/private_metadata]",
    ),
    "blocks": (modal(blocks=[section("x")] * 100), modal(blocks=[section("x")] * 101), "no more than 100 items"),
    "submit": (
        modal(blocks=[]),
        modal(
            blocks=[
                {
                    "type": "input",
                    "label": {"type": "plain_text", "text": "x"},
                    "element": {"type": "plain_text_input"},
                }
            ]
        ),
        "missing required field: submit",
    ),
    "options": (
        modal(blocks=[{"type": "actions", "elements": [{"type": "static_select", "options": []}][:0] or [button()]}]),
        modal(blocks=[{"type": "actions", "elements": [{"type": "static_select", "options": []}]}]),
        "no fewer than 1 items allowed",
    ),
}


def trigger(slack: Room, heard: list[Json]) -> str:
    """What a command of somebody lets the app do."""
    slack.say("/coba apa")
    return str(heard[-1]["trigger_id"])


@pytest.mark.parametrize("name", VIEWS)
def test_modals_are_taken_up_to_the_limit_and_no_further(slack: Room, heard: list[Json], name: str) -> None:
    goes, fails, words = VIEWS[name]
    client = slack.client()
    with pytest.raises(SlackApiError) as error:
        client.views_open(trigger_id=trigger(slack, heard), view=fails)
    assert refusal(error) == "invalid_arguments"
    assert words in error.value.response["response_metadata"]["messages"][0]
    assert client.views_open(trigger_id=trigger(slack, heard), view=goes)["ok"]


def test_a_trigger_opens_one_modal_within_three_seconds(slack: Room, heard: list[Json]) -> None:
    client = slack.client()
    used = trigger(slack, heard)
    assert client.views_open(trigger_id=used, view=modal())["view"]["root_view_id"]
    late = trigger(slack, heard)
    slack.control("clock", seconds=3.1)
    for name, code in ((used, "exchanged_trigger_id"), (late, "expired_trigger_id"), ("1.2.x", "invalid_trigger_id")):
        with pytest.raises(SlackApiError) as error:
            client.views_open(trigger_id=name, view=modal())
        assert refusal(error) == code


def test_modals_lie_three_deep_and_change_only_as_they_were(slack: Room, heard: list[Json]) -> None:
    client = slack.client()
    first = client.views_open(trigger_id=trigger(slack, heard), view=modal(external_id="satu"))["view"]
    for _ in range(2):
        client.views_push(trigger_id=trigger(slack, heard), view=modal())
    with pytest.raises(SlackApiError) as error:
        client.views_push(trigger_id=trigger(slack, heard), view=modal())
    assert refusal(error) == "push_limit_reached"
    changed = client.views_update(external_id="satu", view=modal(external_id="satu", callback_id="baru"))["view"]
    assert (changed["id"], changed["callback_id"]) == (first["id"], "baru")
    for given, code in (
        ({"view_id": first["id"], "hash": first["hash"]}, "hash_conflict"),
        ({"view_id": "V0"}, "not_found"),
    ):
        with pytest.raises(SlackApiError) as error:
            client.views_update(view=modal(), **given)
        assert refusal(error) == code


def test_a_response_url_is_good_for_five_answers_in_half_an_hour(slack: Room, heard: list[Json]) -> None:
    slack.say("/coba apa")
    first = WebhookClient(heard[-1]["response_url"])
    assert [first.send(text=f"jawaban {number}").status_code for number in range(6)] == [200] * 5 + [404]
    assert "jawaban 4" in slack.texts()
    assert "jawaban 4" not in slack.texts(user=BUDI)
    slack.say("/coba apa")
    late = WebhookClient(heard[-1]["response_url"])
    slack.control("clock", seconds=30 * 60 + 1)
    assert late.send(text="terlambat").body == '{"ok":false,"error":"expired_url"}'


REFUSALS: dict[str, tuple[str, Json, str]] = {
    "no channel": ("chat.postMessage", {"channel": "C404", "text": "x"}, "channel_not_found"),
    "no text": ("chat.postMessage", {"channel": GENERAL}, "no_text"),
    "long text": ("chat.postMessage", {"channel": GENERAL, "text": "x" * 40_001}, "msg_too_long"),
    "long update": ("chat.update", {"channel": GENERAL, "ts": "MINE", "text": "x" * 4001}, "msg_too_long"),
    "no thread": ("chat.postMessage", {"channel": GENERAL, "text": "x", "thread_ts": "1.2"}, "thread_not_found"),
    "no message": ("chat.update", {"channel": GENERAL, "ts": "1.2", "text": "x"}, "message_not_found"),
    "another's": ("chat.update", {"channel": GENERAL, "ts": "SITI", "text": "x"}, "cant_update_message"),
    "not there": ("chat.postEphemeral", {"channel": "D0SITI", "user": BUDI, "text": "x"}, "user_not_in_channel"),
    "no user": ("users.info", {"user": "U404"}, "user_not_found"),
    "no group": ("usergroups.users.list", {"usergroup": "S404"}, "no_such_subteam"),
    "no method": ("chat.shout", {}, "unknown_method"),
    "no scope": ("conversations.join", {"channel": GENERAL}, "missing_scope"),
    "no file": ("files.completeUploadExternal", {"files": '[{"id": "F404"}]'}, "file_not_found"),
    "wrong token": ("apps.connections.open", {}, "not_allowed_token_type"),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_what_cannot_be_is_refused_in_slacks_words(slack: Room, name: str) -> None:
    method, given, code = REFUSALS[name]
    client = slack.client()
    mine = client.chat_postMessage(channel=GENERAL, text="milik bot")["ts"]
    slack.say("milik siti")
    hers = slack.view()["messages"][-1]["ts"]
    client.conversations_open(users=SITI)
    with pytest.raises(SlackApiError) as error:
        client.api_call(method, params={**given, "ts": {"MINE": mine, "SITI": hers}.get(given.get("ts", ""), "1.2")})
    assert refusal(error) == code


@pytest.mark.parametrize(("token", "code"), [("", "not_authed"), ("xoxb-other", "invalid_auth")])
def test_a_stranger_is_refused(slack: Room, token: str, code: str) -> None:
    with pytest.raises(SlackApiError) as error:
        slack.client(token).auth_test()
    assert refusal(error) == code


def test_tokens_have_their_own_methods(slack: Room) -> None:
    assert slack.client(APP_TOKEN).apps_connections_open(app_token=APP_TOKEN)["url"].startswith("ws://")
    with pytest.raises(SlackApiError) as error:
        slack.client(APP_TOKEN).auth_test()
    assert refusal(error) == "not_allowed_token_type"


def test_without_its_home_tab_there_is_no_app_home() -> None:
    with room(manifest(app_home={})) as slack, pytest.raises(SlackApiError) as error:
        slack.client().views_publish(user_id=SITI, view={"type": "home", "blocks": []})
    assert refusal(error) == "not_enabled"


def test_who_calls_too_often_has_to_wait(slack: Room) -> None:
    client = slack.client()
    for number in range(10):
        client.chat_postMessage(channel=GENERAL, text=str(number))
    with pytest.raises(SlackApiError) as error:
        client.chat_postMessage(channel=GENERAL, text="satu lagi")
    assert (error.value.response.status_code, refusal(error)) == (429, "ratelimited")
    wait = int(error.value.response.headers["Retry-After"])
    assert 1 <= wait <= 10
    slack.control("clock", seconds=wait)
    assert client.chat_postMessage(channel=GENERAL, text="sekarang")["ok"]
    # A tier counts all calls of a method.
    for _ in range(20):
        client.users_list()
    with pytest.raises(SlackApiError) as error:
        client.users_list()
    assert int(error.value.response.headers["Retry-After"]) > 50


def test_calls_fail_when_they_are_told_to(slack: Room) -> None:
    client = slack.client()
    slack.control("faults", limited=1, retry_after=7, method="chat.update")
    sent = client.chat_postMessage(channel=GENERAL, text="x")
    with pytest.raises(SlackApiError) as error:
        client.chat_update(channel=GENERAL, ts=sent["ts"], text="y")
    assert error.value.response.headers["Retry-After"] == "7"
    assert client.chat_update(channel=GENERAL, ts=sent["ts"], text="y")["ok"]
    slack.control("faults", broken=1, method="")
    with pytest.raises(SlackApiError) as error:
        client.chat_update(channel=GENERAL, ts=sent["ts"], text="z")
    assert error.value.response.status_code == 503
    assert slack.texts() == ["y"]


def test_people_groups_and_channels_come_in_pages(slack: Room) -> None:
    client = slack.client()
    names = [user["name"] for page in client.users_list(limit=3) for user in page["members"]]
    assert len(names) == len(set(names)) == 8
    groups = client.usergroups_list(include_users=True)["usergroups"]
    assert {group["handle"]: group["users"] for group in groups}["penyetuju"] == [BUDI, "U0RINA"]
    slack.control("membership", group="S0SETUJU", user=BUDI, member=False)
    assert client.usergroups_users_list(usergroup="S0SETUJU")["users"] == ["U0RINA"]
    assert [each["name"] for each in client.conversations_list()["channels"]] == ["umum", "perubahan-spse", "siaga"]
    assert SITI in client.conversations_members(channel=GENERAL)["members"]
    assert client.users_info(user=SITI)["user"]["real_name"] == "Siti Rahmawati"


def test_threads_files_and_signs(slack: Room) -> None:
    client = slack.client()
    parent = client.chat_postMessage(channel=GENERAL, text="induk")["ts"]
    reply = client.chat_postMessage(channel=GENERAL, text="anak", thread_ts=parent)["ts"]
    client.chat_postMessage(channel=GENERAL, text="cucu", thread_ts=reply)
    client.files_upload_v2(channel=GENERAL, thread_ts=parent, filename="a.txt", content="isi <b>", title="Log")
    client.reactions_add(channel=GENERAL, timestamp=parent, name="eyes")
    with pytest.raises(SlackApiError) as error:
        client.reactions_add(channel=GENERAL, timestamp=parent, name="eyes")
    assert refusal(error) == "already_reacted"
    said = client.conversations_replies(channel=GENERAL, ts=parent)["messages"]
    assert [each["text"] for each in said] == ["induk", "anak", "cucu", ""]
    assert (said[0]["reply_count"], said[3]["files"][0]["title"]) == (3, "Log")
    assert client.conversations_history(channel=GENERAL)["messages"][0]["ts"] == parent
    assert f"message={parent}" in client.chat_getPermalink(channel=GENERAL, message_ts=parent)["permalink"]
    client.chat_delete(channel=GENERAL, ts=reply)
    assert [each["text"] for each in client.conversations_replies(channel=GENERAL, ts=parent)["messages"]] == [
        "induk",
        "cucu",
        "",
    ]
