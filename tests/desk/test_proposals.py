"""A proposal becomes a change through the desk: by whoever may ask for it, once."""

from typing import Any

import pytest

from chatops.cases import Case, Request
from chatops.errors import ForbiddenError, RefusedError, UnknownPersonError, UnknownProposalError
from chatops.ledger.chain import Entry
from chatops.ledger.course import Stage
from chatops.permissions import Identity
from chatops.proposals import ProposalDesk
from tests.desk.office import AUDIT, BUDI, RINI, SARI, Office

NUMBER = "USL-2026-000001"


def made(place: Office, number: str = NUMBER, **other: Any) -> ProposalDesk:  # noqa: ANN401 - whatever it says
    """Something is proposed for mamuju."""
    body = {
        "lpse": "mamuju",
        "host": "mamuju1",
        "rule": "kering",
        "about": "",
        "class": "minor",
        "operation": "pupuk",
        "title": ["Pupuk", "Feed"],
        "advice": ["Beri pupuk.", "Feed it."],
        "evidence": {"disk:/": 0.1},
    }
    with place.desk.ledger.writing() as writer:
        writer.append(Entry("proposal.made", number, "pemantau", body | other, f"made:{number}"))
    return ProposalDesk(place.desk)


def test_it_is_opened_as_any_request_and_once(place: Office) -> None:
    window = made(place)
    found, change = window.open(RINI, NUMBER)
    assert (found.state, found.change) == ("opened", change)
    case = place.desk.told(change)
    assert case.course
    assert (case.course.stage, case.course.requester) == (Stage.ASKED, "rini")
    assert case.change.opened["reason"] == f"{NUMBER}: Pupuk"
    # Pressed again, or by somebody else at another edge.
    assert window.open(RINI, NUMBER)[1] == change
    assert window.open(SARI, NUMBER)[1] == change
    assert len([each for each in place.desk.events(0) if each.kind == "change.opened"]) == 1


def test_who_may_not_ask_for_it_may_not_open_it(place: Office) -> None:
    window = made(place)
    for who, error in ((AUDIT, ForbiddenError), (Identity("slack", "U0TAMU"), UnknownPersonError)):
        with pytest.raises(error):
            window.open(who, NUMBER)
    made(place, "USL-2026-000002", lpse="bogor", host="bogor1")
    with pytest.raises(ForbiddenError):
        window.open(BUDI, "USL-2026-000002")
    assert [each.id for each in window.list(BUDI)] == [NUMBER]
    assert len(window.list(RINI)) == 2
    assert [each for each in place.desk.events(0) if each.kind == "change.opened"] == []


def test_what_no_operation_does_is_written_down_with_its_clock(place: Office) -> None:
    window = made(place, operation="", **{"class": "major"})
    with pytest.raises(ForbiddenError):
        window.open(AUDIT, NUMBER)
    found, change = window.open(BUDI, NUMBER)
    assert window.open(RINI, NUMBER)[1] == change
    case = place.desk.told(change)
    assert case.course is None
    assert case.due
    assert (case.change.opened["service"], case.change.opened["operation"]) == ("S0-8", "usulan kering")
    assert found.change == change


def test_it_is_dismissed_with_a_reason_and_not_opened_any_more(place: Office) -> None:
    window = made(place)
    with pytest.raises(ForbiddenError):
        window.dismiss(AUDIT, NUMBER, "tidak perlu")
    assert window.dismiss(SARI, NUMBER, "password=kenari-rahasia").state == "dismissed"
    assert window.dismiss(RINI, NUMBER, "dua kali").state == "dismissed"
    told = [each.told for each in place.desk.events(0) if each.kind == "proposal.dismissed"]
    assert [(each["by"], "kenari" in each["reason"]) for each in told] == [("sari", False)]
    with pytest.raises(RefusedError, match="sudah diabaikan"):
        window.open(RINI, NUMBER)
    assert window.list(RINI) == []
    assert [each.state for each in window.list(RINI, every=True)] == ["dismissed"]


def test_of_two_edges_that_open_it_at_once_one_does(place: Office) -> None:
    window = made(place)
    ask = place.desk.request

    def slowly(identity: Identity, request: Request) -> Case:
        case = ask(identity, request)
        if identity == RINI:
            window.open(Identity("slack", "U0RINI"), NUMBER)
        return case

    place.desk.request = slowly  # type: ignore[method-assign]
    _, change = window.open(RINI, NUMBER)
    opened = [each.subject for each in place.desk.events(0) if each.kind == "change.opened"]
    assert len(opened) == 2
    stages = {number: course.stage for number in opened if (course := place.desk.told(number).course)}
    assert stages.pop(change) is Stage.ASKED
    assert list(stages.values()) == [Stage.CANCELLED]


def test_one_that_there_is_not(place: Office) -> None:
    with pytest.raises(UnknownProposalError):
        ProposalDesk(place.desk).open(RINI, NUMBER)
