"""The desk: who may ask, who may say yes, what refuses, and that everything happens once."""

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from chatops.cases import Request
from chatops.changes import Asked, Changes
from chatops.commands.door import lines
from chatops.errors import (
    ForbiddenError,
    InputError,
    NoLpseError,
    RefusedError,
    RulesError,
    UnknownLpseError,
    UnknownOperationError,
    UnknownPersonError,
)
from chatops.ledger.course import Stage
from chatops.ledger.schema import WORK
from chatops.permissions import Identity
from chatops.plan import differences
from chatops.slack.cards import difference
from tests.desk.office import ADI, AUDIT, BUDI, RINI, RULES, SARI, Office, course

TONO = Identity("slack", "U0TONO")
RINI_IN_SLACK = Identity("slack", "U0RINI")
BOGOR = frozenset({"S0BOGOR"})


def opened(place: Office) -> int:
    """How many changes the ledger knows."""
    return sum(event.kind == "change.opened" for event in place.desk.events(0))


def test_help_and_choices_are_what_one_may(place: Office) -> None:
    desk = place.desk
    assert [each.name for each in desk.operations(RINI)] == ["cabut", "pupuk", "siram", "tanam", "tengok", "umumkan"]
    assert [each.name for each in desk.operations(BUDI)] == ["pupuk", "siram", "tanam", "tengok"]
    assert [each.name for each in desk.operations(AUDIT)] == ["tengok"]
    assert desk.operations(ADI) == []
    assert desk.lpses(RINI, "tanam", "mam") == ["mamuju"]
    assert desk.lpses(RINI, "tanam") == ["bogor", "mamuju"]
    assert desk.lpses(BUDI, "tanam") == ["mamuju"]
    assert desk.lpses(Identity("slack", "U0ADI", BOGOR), "tanam") == ["bogor"]


def test_what_is_refused_is_not_recorded(place: Office) -> None:
    desk = place.desk
    cases: list[tuple[Identity, Request, type[Exception], str]] = [
        (Identity("slack", "U0LAIN"), Request("tanam", ["mamuju"]), UnknownPersonError, "tidak terdaftar"),
        (RINI, Request("tanm", ["mamuju"]), UnknownOperationError, "Maksud Anda `tanam`"),
        (RINI, Request("tanam", ["mamju"]), UnknownLpseError, "Maksud Anda `mamuju`"),
        (RINI, Request("tanam"), NoLpseError, "sebutkan nama LPSE"),
        (RINI, Request("tanam", ["mamuju"], everywhere=True), NoLpseError, "bukan keduanya"),
        (BUDI, Request("tanam", ["mamuju", "bogor"]), ForbiddenError, "Budi Contoh tidak berhak"),
        (BUDI, Request("tanam", everywhere=True), ForbiddenError, "tidak berhak"),
        (AUDIT, Request("tanam", ["mamuju"]), ForbiddenError, "Pemeriksa tidak berhak"),
        (RINI, Request("tanam", ["mamuju"], inputs={"lain": "1"}), InputError, "tidak dikenal"),
        (RINI, Request("tanam", ["mamuju"], inputs={"change": "CHG-1"}), InputError, "tidak dapat diisi dari sini"),
        (RINI, Request("tanam", ["mamuju"], inputs={"fail": "x"}), InputError, "pilih salah satu"),
        (RINI, Request("siram", ["mamuju"], emergency="api"), RefusedError, "keadaan darurat"),
        (BUDI, Request("tanam", ["mamuju"], emergency="api"), ForbiddenError, "menyatakan keadaan darurat"),
        (RINI, Request("umumkan", ["mamuju"]), RefusedError, "7 hari kerja sebelumnya"),
        (
            RINI,
            Request("umumkan", ["mamuju"], at=datetime.now(UTC) + timedelta(days=6)),
            RefusedError,
            "cukup jauh",
        ),
        (RINI, Request("tanam", ["mamuju"], at=datetime.now(UTC) - timedelta(days=1)), RefusedError, "sudah lewat"),
    ]
    cases += [
        (RINI, Request("tanam", [pattern]), UnknownLpseError, "tidak ada dalam inventaris")
        for pattern in ("all", "mamuju:!bogor", "*", "mamuju,bogor", "~ma.*", "mamuju1", "@/etc/passwd", "")
    ]
    for identity, request, kind, words in cases:
        with pytest.raises(kind, match=words):
            desk.request(identity, request)
    assert opened(place) == 0


def test_while_the_file_of_rights_is_wrong_nobody_may_anything(place: Office) -> None:
    case = place.ask("siram")
    for text in ("", RULES.replace("operator", "raja")):
        place.desk.settings.rules.write_text(text)
        with pytest.raises(RulesError, match="tidak seorang pun"):
            place.desk.approve(SARI, case.number, course(case).hash)
    place.desk.settings.rules.unlink()
    with pytest.raises(RulesError):
        place.desk.operations(RINI)
    assert place.course(case.number).stage is Stage.WAITING


def test_the_same_request_twice_is_one(place: Office) -> None:
    wanted = Request("siram", ["mamuju"], key="view-1")
    numbers = {place.desk.request(RINI, wanted).number for _ in range(3)}
    assert len(numbers) == opened(place) == 1
    assert place.desk.request(RINI, Request("siram", ["mamuju"], key="view-2")).number not in numbers


def test_a_yes_counts_once_and_only_from_whoever_has_the_right(place: Office) -> None:
    desk = place.desk
    case = place.ask(by=RINI_IN_SLACK)
    number, plan = case.number, course(case).hash
    assert course(case).stage is Stage.WAITING
    for identity, words in (
        (RINI, "tidak berhak menyetujui"),
        (BUDI, "tidak berhak menyetujui"),
        (AUDIT, "tidak berhak menyetujui"),
        (ADI, "tidak berhak menyetujui"),
    ):
        assert not desk.may_answer(identity, case)
        with pytest.raises(ForbiddenError, match=words):
            desk.approve(identity, number, plan)
    with pytest.raises(RefusedError, match="sudah berganti"):
        desk.approve(SARI, number, "0" * 64)
    assert desk.may_answer(SARI, case)
    assert [each.number for each in desk.waiting(SARI)] == [number]
    queued = course(desk.approve(SARI, number, plan))
    assert (queued.stage, queued.run) == (Stage.QUEUED, f"{number}-1")
    # A double click, and one of a slow line.
    assert course(desk.approve(SARI, number, plan)).approvals == queued.approvals
    with pytest.raises(RefusedError, match="tidak sedang menunggu"):
        desk.approve(TONO, number, plan)
    kinds = [event.kind for event in desk.told(number).change.history]
    assert kinds == ["change.opened", "plan.made", "approval.given", "run.queued"]
    desk.ledger.verify()


def test_nobody_approves_his_own_from_whatever_edge(place: Office) -> None:
    place.desk.settings.rules.write_text(
        RULES.replace("grants: [{role: operator}]", "grants: [{role: operator}, {role: approver}]")
    )
    case = place.ask(by=RINI)
    for identity in (RINI, RINI_IN_SLACK):
        assert not place.desk.may_answer(identity, case)
        with pytest.raises(RefusedError, match="permintaannya sendiri"):
            place.desk.approve(identity, case.number, course(case).hash)
        with pytest.raises(RefusedError, match="permintaannya sendiri"):
            place.desk.reject(identity, case.number, course(case).hash, "x")


def test_what_is_minor_is_approved_inside_the_office(place: Office) -> None:
    case = place.ask("siram", "mamuju")
    assert place.desk.may_answer(BUDI, case)
    assert course(place.desk.approve(BUDI, case.number, course(case).hash)).stage is Stage.QUEUED
    both = place.ask("siram", "mamuju", "bogor")
    with pytest.raises(ForbiddenError):
        place.desk.approve(BUDI, both.number, course(both).hash)
    assert course(place.desk.approve(SARI, both.number, course(both).hash)).stage is Stage.QUEUED


def test_a_quorum_is_of_different_people_and_a_yes_expires(place: Office) -> None:
    start = datetime.now(UTC) + timedelta(days=30)
    desk = place.desk
    number = desk.request(RINI, Request("umumkan", ["mamuju"], at=start, waits=True)).number
    plan = course(desk.plan(number)).hash
    assert course(desk.approve(SARI, number, plan)).stage is Stage.WAITING
    assert course(desk.approve(SARI, number, plan)).stage is Stage.WAITING
    now = place.course(number)
    assert (len(now.standing(datetime.now(UTC))), now.needed) == (1, 2)
    assert now.standing(datetime.now(UTC) + timedelta(hours=25)) == ()
    assert course(desk.approve(TONO, number, plan)).stage is Stage.QUEUED
    assert desk.announce(RINI, number).course
    assert place.course(number).notice


def test_no_ends_it_and_so_does_its_requester(place: Office) -> None:
    desk = place.desk
    case = place.ask("siram")
    with pytest.raises(ForbiddenError):
        desk.reject(AUDIT, case.number, course(case).hash, "x")
    assert course(desk.reject(SARI, case.number, course(case).hash, "belum waktunya")).stage is Stage.CANCELLED
    assert desk.told(case.number).change.state == "closed"
    assert place.course(case.number).reason == "ditolak: belum waktunya"
    other = place.ask("siram")
    with pytest.raises(ForbiddenError):
        desk.cancel(AUDIT, other.number, "x")
    assert course(desk.cancel(RINI, other.number, "tidak jadi")).stage is Stage.CANCELLED
    with pytest.raises(RefusedError):
        desk.approve(SARI, other.number, course(other).hash)


def test_another_plan_needs_another_yes(place: Office) -> None:
    desk = place.desk
    case = place.ask("siram")
    desk.replan(RINI, case.number, waits=True)
    with pytest.raises(RefusedError, match="tidak sedang menunggu"):
        desk.approve(SARI, case.number, course(case).hash)
    again = desk.plan(case.number)
    assert course(again).attempt == 2
    assert course(desk.approve(SARI, case.number, course(again).hash)).run == f"{case.number}-2"


def test_what_cannot_be_checked_is_not_planned(place: Office) -> None:
    path = place.folder / "playbooks/siram.yml"
    kept = path.read_text()
    path.write_text(kept + "    - name: Refuse\n      ansible.builtin.fail: {msg: 'password=kenari-rahasia'}\n")
    case = place.ask("siram")
    assert course(case).stage is Stage.UNPLANNED
    assert "mamuju1: password=********" in course(case).reason
    path.write_text(kept)
    place.desk.replan(RINI, case.number, waits=True)
    assert course(place.desk.plan(case.number)).stage is Stage.WAITING


def test_what_a_playbook_says_beforehand_is_part_of_the_plan(place: Office) -> None:
    path = place.folder / "playbooks/siram.yml"
    kept = path.read_text()
    path.write_text(kept.replace("{'message': 'Beres'}", "{'message': 'Beres', 'plan': ['Air: ' ~ air]}"))
    inventory = place.folder / "hosts.ini"
    inventory.write_text(inventory.read_text() + "air=2 liter\n")
    plan = course(place.ask("siram")).plan
    assert plan
    assert [group["says"] for group in plan["changes"]] == [["Air: 2 liter"]]
    assert "Air: 2 liter" in difference(plan["changes"])
    assert "Air: 2 liter" in "\n".join(lines(course(place.ask("siram")), "id"))
    path.write_text(path.read_text().replace("Air: ", "Hujan: "))
    found = differences(plan, course(place.ask("siram")).plan or {})
    assert "mamuju1: yang akan berubah lain dari rencana (Hujan: 2 liter)" in found


def test_only_a_plan_is_only_a_plan(place: Office) -> None:
    number = place.desk.request(RINI, Request("siram", ["mamuju"], plan_only=True, waits=True)).number
    made = course(place.desk.plan(number))
    assert made.stage is Stage.CANCELLED
    assert made.plan
    assert place.desk.told(number).change.state == "closed"


def test_an_emergency_waits_for_nobody_and_is_reviewed(place: Office) -> None:
    desk = place.desk
    desk.settings.rules.write_text(
        RULES + 'blackouts:\n  - {since: "2020-01-01T00:00Z", until: "2099-01-01T00:00Z", reason: Tender}\n'
    )
    with pytest.raises(RefusedError, match=r"masa larangan sampai .*Tender"):
        desk.request(RINI, Request("tanam", ["mamuju"]))
    number = desk.request(RINI, Request("tanam", ["mamuju"], emergency="SPSE mati", waits=True)).number
    made = course(desk.plan(number))
    assert (made.stage, made.review) == (Stage.QUEUED, "SPSE mati")
    with pytest.raises(ForbiddenError):
        desk.review(RINI, number, "sudah benar")
    assert course(desk.review(SARI, number, "sudah benar")).review == ""


def test_a_look_needs_no_yes(place: Office) -> None:
    assert course(place.ask("tengok", by=AUDIT)).stage is Stage.QUEUED
    # Without a name it is everywhere; for an admin, everywhere that is his.
    for identity, hosts in ((AUDIT, 3), (BUDI, 1)):
        number = place.desk.request(identity, Request("tengok")).number
        assert len(place.course(number).hosts) == hosts


def test_what_was_asked_for_elsewhere_is_not_the_desks(place: Office) -> None:

    number = Changes(place.desk.ledger, "penguji").open(Asked("tanam", ("mamuju",))).id
    assert place.desk.told(number).course is None
    with pytest.raises(RefusedError, match="tidak diminta lewat meja ini"):
        place.desk.approve(SARI, number, "x")


def test_edges_remember_where_they_tell_and_what_they_have_told(place: Office) -> None:
    desk = place.desk
    case = place.ask("siram")
    desk.thread(case.number, "slack", {"channel": "C1", "ts": "1.2"})
    desk.thread(case.number, "slack", {"channel": "C2", "ts": "9.9"})
    assert place.course(case.number).threads == {"slack": {"channel": "C1", "ts": "1.2"}}
    assert desk.cursor("slack") == 0
    seen = desk.events(0)
    desk.advance("slack", seen[-1].seq)
    assert desk.events(desk.cursor("slack")) == []
    with pytest.raises(ForbiddenError):
        desk.case(Identity("slack", "U0ADI", BOGOR), case.number)


def test_everything_can_be_made_again_from_events(place: Office) -> None:

    place.approved("siram")
    place.ask("tengok")
    with place.desk.ledger.reading() as reader:
        before = sorted(map(str, reader.connection.execute(sa.select(WORK))))
    place.desk.ledger.rebuild()
    with place.desk.ledger.reading() as reader:
        assert sorted(map(str, reader.connection.execute(sa.select(WORK)))) == before
