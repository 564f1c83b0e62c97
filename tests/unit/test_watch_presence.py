"""When an outage begins and ends, whatever comes in whatever order."""

from itertools import accumulate

from hypothesis import given
from hypothesis import strategies as st

from chatops.watch.answer import Answer
from chatops.watch.look import Look, State, Target
from chatops.watch.presence import Began, Ended, Presence, Seen, national, planned, seen, step

THERE, AWAY, UNSEEN = Seen.THERE, Seen.AWAY, Seen.UNSEEN
COURSES = st.lists(st.tuples(st.sampled_from(Seen), st.integers(0, 4000)), max_size=60)
FIVE = 300
START = 1_790_000_000


def happened(course: list[tuple[Seen, int]]) -> list[Began | Ended]:
    """What comes of looks at these moments."""
    presence, found = Presence(), []
    for each, at in course:
        presence, decided = step(presence, each, at)
        if decided:
            found.append(decided)
    return found


def regular(*looks: Seen) -> list[tuple[Seen, int]]:
    """Looks, five minutes apart."""
    return [(each, START + FIVE * number) for number, each in enumerate(looks)]


@given(COURSES)
def test_outages_begin_and_end_in_turn_and_within_what_was_seen(course: list[tuple[Seen, int]]) -> None:
    ats = list(accumulate((after for _, after in course), initial=START))
    looks = [(each, at) for (each, _), at in zip(course, ats[1:], strict=True)]
    found = happened(looks)
    assert [type(each) for each in found] == ([Began, Ended] * len(found))[: len(found)]
    away = {at for each, at in looks if each is AWAY}
    there = {at for each, at in looks if each is THERE}
    for began, ended in zip(found[::2], found[1::2], strict=False):
        assert isinstance(began, Began)
        assert isinstance(ended, Ended)
        assert began.at in away
        assert began.last_there in there
        assert began.last_there <= began.at <= ended.last_away <= ended.at
        assert ended.at in there
        assert 0 <= ended.there_seconds <= ended.last_away - began.at
        assert ended.unwatched_seconds >= 0


@given(
    st.lists(st.sampled_from([(AWAY,), (AWAY, THERE), (AWAY, AWAY, THERE), (UNSEEN, AWAY)]), min_size=2, max_size=40)
)
def test_who_comes_and_goes_has_one_outage(parts: list[tuple[Seen, ...]]) -> None:
    """Never there for ten minutes: whatever else it does, that is one incident and not forty."""
    flapping = [each for part in parts for each in part]
    found = happened(regular(THERE, AWAY, AWAY, *flapping, THERE, THERE, THERE))
    assert [type(each) for each in found] == [Began, Ended]


def test_an_outage() -> None:
    began, ended = happened(regular(THERE, AWAY, AWAY, AWAY, THERE, THERE, THERE))
    assert began == Began(START + FIVE, START)
    assert ended == Ended(START + 4 * FIVE, START + 3 * FIVE, 0, 0, 0)


def test_one_look_that_failed_is_none() -> None:
    assert happened(regular(THERE, AWAY, THERE, AWAY, THERE)) == []


def test_what_was_never_there_is_not_away() -> None:
    assert happened(regular(*[AWAY] * 10)) == []


def test_what_is_not_seen_neither_begins_nor_ends_anything() -> None:
    assert happened(regular(THERE, AWAY, *[UNSEEN] * 10)) == []
    (began,) = happened(regular(THERE, AWAY, AWAY, *[UNSEEN] * 10))
    assert isinstance(began, Began)


def test_times_when_nobody_watched_are_said() -> None:
    looks = [*regular(THERE, AWAY, AWAY), *((THERE, START + 7200 + FIVE * number) for number in range(3))]
    _, ended = happened(looks)
    assert isinstance(ended, Ended)
    assert ended.unwatched_seconds == 7200 - 2 * FIVE - 900


def test_a_clock_that_is_put_back_stands_still() -> None:
    looks = regular(THERE, AWAY, AWAY)
    looks += [(AWAY, START - 3600), (THERE, START + 3 * FIVE), (THERE, START + 6 * FIVE)]
    began, ended = happened(looks)
    assert ended.at > began.at


def look(state: State = State.ANSWERED, *, inbound: bool | None = None, **more: object) -> Look:
    """A look at a host with one instance."""
    told = {"measures": {"login:prod": 1.0}, "facts": {}, "problems": {}} | more
    answer = Answer(START, told["measures"], told["facts"], told["problems"]) if state is State.ANSWERED else None  # type: ignore[arg-type]
    reached = {} if inbound is None else {443: inbound}
    return Look(Target("h", "l", "a", instances=("prod",)), state, START, 1, answer, "", reached)


def test_who_does_not_answer_us_may_still_be_there_for_others() -> None:
    assert seen(look(), "prod") == (THERE, "")
    why = {"login:prod": "menjawab 502"}
    assert seen(look(measures={"login:prod": 0.0}, problems=why), "prod") == (AWAY, "menjawab 502")
    assert seen(look(measures={}), "prod") == (UNSEEN, "")
    assert seen(look(State.HANGING, inbound=False), "prod") == (AWAY, "hanging")
    assert seen(look(State.REFUSED), "prod") == (AWAY, "refused")
    assert seen(look(State.HANGING, inbound=True), "prod") == (UNSEEN, "")
    for state in (State.CHANGED_KEY, State.UNKNOWN_KEY, State.DENIED, State.GARBAGE):
        assert seen(look(state), "prod") == (UNSEEN, "")


def test_what_was_closed_on_purpose_is_known() -> None:
    assert planned(look(facts={"mark:prod": "maintenance"}), "prod")
    assert not planned(look(facts={"mark:prod": "hold"}), "prod")
    assert not planned(look(State.HANGING), "prod")


def test_what_lkpp_provides_is_away_when_half_of_those_who_look_cannot_reach_it() -> None:
    def fleet(*reach: float | None) -> list[Look]:
        target = Target("h", "l", "a", national=("inaproc.id:443",))
        values = [{} if each is None else {"outbound:inaproc.id:443": each} for each in reach]
        return [Look(target, State.ANSWERED, START, 1, Answer(START, each, {}, {})) for each in values]

    assert list(national(fleet(1, 1, 0))) == [("inaproc.id:443", THERE)]
    assert list(national(fleet(1, 0, 0, None))) == [("inaproc.id:443", AWAY)]
    assert list(national(fleet(0))) == [("inaproc.id:443", UNSEEN)]
    assert list(national(fleet(None, None))) == []
