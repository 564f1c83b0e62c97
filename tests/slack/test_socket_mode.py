"""Socket Mode by the real slack-bolt, on the websocket-client adapter; each way in which it goes wrong."""

from typing import Any

from tests.slack.room import BUDI, GENERAL, SITI, Room, until
from tests.slack.sample import connected
from tests.whole import in_whole

type Json = dict[str, Any]


def test_a_command_is_answered_to_its_author_alone(slack: Room, heard: list[Json]) -> None:
    slack.say("/coba <b> & @budi")
    assert slack.texts() == ["Anda menulis: &lt;b&gt; &amp; @budi"]
    assert slack.texts(user=BUDI) == []
    assert (heard[0]["command"], heard[0]["user_id"], heard[0]["channel_name"]) == ("/coba", SITI, "umum")


def test_what_no_app_has_is_no_command(slack: Room, heard: list[Json]) -> None:
    slack.say("/lain")
    assert "not_a_command" in slack.texts()[0]
    assert heard == []


def test_events_shortcuts_and_the_home(slack: Room, heard: list[Json]) -> None:
    slack.say("halo @penguji <b>")
    until(lambda: heard, "the mention")
    assert heard[0]["event"]["text"] == "halo <@U0TWIN> &lt;b&gt;"
    ts = slack.view()["messages"][0]["ts"]
    slack.post("/client/shortcut", user=SITI, channel=GENERAL, message=ts, id="catat")
    slack.wait_for("Tercatat: halo")
    slack.post("/client/home", user=SITI)
    until(lambda: slack.view()["home"], "the home")
    slack.say("rahasia", channel="D0SITI")
    until(lambda: heard[-1].get("event", {}).get("channel_type") == "im", "the direct message")


def test_without_a_connection_the_author_is_told(slack: Room) -> None:
    slack.say("/coba")
    assert slack.texts() == ['/coba failed with the error "dispatch_failed"']


def test_who_does_not_answer_in_three_seconds_is_late(slack: Room, heard: list[Json]) -> None:
    slack.control("faults", drop_acks=1)
    slack.say("/coba satu")
    slack.say("/coba dua")
    assert slack.texts() == ['/coba failed with the error "operation_timeout"', "Anda menulis: dua"]
    assert 3 < slack.seen()["envelopes"][0]["seconds"] < 4
    assert len(heard) == 2


def test_an_event_that_is_not_answered_comes_again(slack: Room, heard: list[Json]) -> None:
    slack.control("faults", drop_acks=3)
    slack.say("@penguji satu")
    for number in range(1, 5):
        until(lambda wanted=number: len(heard) == wanted, f"delivery {number}")  # type: ignore[misc]
        slack.control("clock", seconds=3)
        slack.control("clock", seconds=300)
    assert len({each["event_id"] for each in heard}) == 1
    assert [each.get("error") for each in slack.seen()["envelopes"]][:3] == ["operation_timeout"] * 3


def test_an_envelope_may_come_twice(slack: Room, heard: list[Json]) -> None:
    slack.control("faults", duplicate=1)
    slack.say("@penguji satu")
    until(lambda: len(heard) == 2, "both")
    assert heard[0] == heard[1]


def test_an_envelope_may_be_late(slack: Room, heard: list[Json]) -> None:
    slack.control("faults", delay=0.4)
    slack.say("/coba x")
    assert slack.seen()["envelopes"][0]["seconds"] > 0.4
    assert len(heard) == 1


# Ten seconds of it are the SDK's; that our bot takes none is in test_bot.py.
@in_whole
def test_a_request_to_connect_anew_loses_nothing(slack: Room, heard: list[Json]) -> None:
    slack.control("disconnect", reason="warning")
    until(lambda: slack.seen()["hellos"] == 2, "a second connection")
    slack.say("/coba x")
    assert len(heard) == 1
    slack.control("clock", seconds=11)
    until(lambda: slack.seen()["connections"] == 1, "the end of the first connection")
    slack.say("/coba y")
    assert len(heard) == 2


def test_who_is_cut_off_connects_again(slack: Room, heard: list[Json]) -> None:
    slack.control("disconnect", cut=True)
    until(lambda: slack.seen()["hellos"] == 2 and slack.seen()["connections"] == 1, "a new connection")
    slack.say("/coba x")
    assert len(heard) == 1


def test_a_stalled_socket_looks_well_and_brings_nothing(slack: Room, heard: list[Json]) -> None:
    slack.control("stall")
    slack.say("@penguji halo")
    slack.control("clock", seconds=3)
    assert (heard, slack.seen()["connections"]) == ([], 1)
    with connected(slack) as second:
        until(lambda: slack.seen()["connections"] == 2, "a second connection")
        until(lambda: bool(_again(slack, second)), "the event by the connection that is well")


def _again(slack: Room, second: list[Json]) -> list[Json]:
    # Of two connections any may be chosen.
    slack.control("clock", seconds=301)
    slack.say("@penguji lagi")
    return second


def test_a_burst_of_three_thousand_is_answered_whole(slack: Room, heard: list[Json], figures: list[str]) -> None:
    # The three seconds are for one command; here it is about what is lost.
    slack.control("faults", drop_acks=0)
    count = 3000
    seconds = slack.control("burst", user=SITI, channel=GENERAL, text="/coba {n}", count=count)["seconds"]
    until(lambda: len(heard) == count, "all of them", 60)
    assert len({each["text"] for each in heard}) == count
    late = sum(each < 0 for each in seconds)
    figures.append(f"burst of {count} commands: 0 lost, {late} answered after 3 s, last after {max(seconds):.2f} s")
