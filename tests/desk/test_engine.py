"""From a yes to a proven change on a host: once, one at a time on each host, and honest about what went wrong."""

import json
import os
import signal
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine, event, text
from sqlalchemy.exc import OperationalError

from chatops import once
from chatops.cases import Request
from chatops.engine import say_lost
from chatops.errors import LedgerUnusableError
from chatops.ledger.chain import Entry
from chatops.ledger.course import Stage
from chatops.permissions import Identity
from chatops.runs import Runs
from tests.desk.conftest import LPSES
from tests.desk.office import RINI, SARI, Office, course, office, until
from tests.kills.verdict import processes
from tests.postgres import Cluster

PATIENCE = 120


def kinds(place: Office, number: str) -> list[str]:
    """What happened to a change, in order."""
    return [event.kind for event in place.desk.told(number).change.history]


def test_from_a_yes_to_a_proven_change(place_on: Office) -> None:
    place = place_on
    case = place.ask("tanam", "bogor")
    with place.worker():
        place.desk.approve(SARI, case.number, course(case).hash)
        ended = place.wait(case.number, patience=PATIENCE)
        assert ended.stage is Stage.DONE, ended.reason
        # What is shown follows what is so.
        until(lambda: getattr(place.desk.progress(ended.run), "phase", "") == "ended", PATIENCE)
    assert kinds(place, case.number) == [
        "change.opened",
        "plan.made",
        "approval.given",
        "run.queued",
        "run.claimed",
        *["run.started", "run.finished"] * 2,
        "run.verified",
        "run.ended",
        "change.closed",
    ]
    run = f"{case.number}-1"
    for host in ("bogor1", "bogor2"):
        assert place.journal(host) == [f"begin {case.number} {run}", f"end {case.number} {run}"]
    assert place.journal("mamuju1") == []
    progress = place.desk.progress(run)
    assert progress
    assert progress.answers == {host: {"message": "Beres"} for host in ("bogor1", "bogor2")}
    assert "Begin, and end" in (place.desk.log(run) or "")
    change = place.desk.told(case.number).change
    assert change.closed
    assert (change.closed["outcome"], len(change.runs)) == ("done", 2)
    place.desk.ledger.verify()


def test_what_fails_is_undone_and_stays_open(place: Office) -> None:
    sick = place.folder / "field/bogor2/sakit"
    failing = place.approved("tanam", "mamuju", fail="yes")
    unsound = place.approved("tanam", "bogor")
    sick.touch()
    with place.worker():
        # Its playbook fails.
        ended = place.wait(failing, patience=PATIENCE)
        assert (ended.stage, ended.held) == (Stage.FAILED, False)
        assert ended.reason == "mamuju1: gagal, password=********"
        (step,) = ended.steps
        assert (step["kind"], step["by"], step["ok"]) == ("run.reverted", "cabut", True)
        assert not (place.folder / "field/mamuju1/isi").exists()
        # Its playbook does not, but the look afterwards.
        ended = place.wait(unsound, patience=PATIENCE)
        assert (ended.stage, ended.reason) == (Stage.FAILED, "pemeriksaan sesudahnya gagal")
        assert [(step["kind"], step["ok"]) for step in ended.steps] == [("run.verified", False), ("run.reverted", True)]
        assert not (place.folder / "field/bogor1/isi").exists()
    assert place.desk.told(failing).change.state == "open"


def test_what_is_no_longer_as_it_was_approved_does_not_begin(place: Office) -> None:
    number = place.approved("tanam", "mamuju")
    inventory = place.folder / "hosts.ini"
    # On the host somebody has done by hand what the plan would have done.
    (place.folder / "field/mamuju1/isi").write_text("isi lain\n")
    with place.worker():
        ended = place.wait(number, patience=PATIENCE)
        assert ended.stage is Stage.OUTDATED
        assert any(each.startswith("mamuju1: yang akan berubah lain") for each in ended.differences), ended.differences
        inventory.write_text(inventory.read_text() + "lagi=ya\n")
        again = place.ask("tanam", "mamuju")
        inventory.write_text(inventory.read_text() + "lain=ya\n")
        place.desk.approve(SARI, again.number, course(again).hash)
        ended = place.wait(again.number, patience=PATIENCE)
        assert ended.differences == ("inventaris: mamuju1",)
    assert place.journal("mamuju1") == []
    place.desk.replan(RINI, again.number, waits=True)
    assert course(place.desk.plan(again.number)).stage is Stage.WAITING


def test_a_host_has_one_change_at_a_time_and_each_gets_its_turn(place: Office) -> None:
    first = place.approved("pupuk", "bogor", seconds="1")
    both = place.approved("pupuk", "mamuju", "bogor", seconds="1")
    last = place.approved("pupuk", "mamuju", seconds="0")
    with place.worker(), place.worker():
        assert place.wait(last, patience=PATIENCE).stage is Stage.DONE
    # The last one could have begun at once; but then the one before it might never have had all of its hosts.
    assert {place.course(number).stage for number in (first, both)} == {Stage.DONE}
    order = [event.subject for event in place.desk.events(0, 1000) if event.kind == "run.claimed"]
    assert order == [first, both, last]
    assert "TWO" not in place.journal("bogor1") + place.journal("bogor2") + place.journal("mamuju1")


def test_a_worker_that_is_killed_loses_nothing_and_nothing_runs_twice(place: Office) -> None:
    number = place.approved("tanam", "mamuju")
    hold = place.folder / "field/mamuju1/tahan"
    hold.touch()
    with place.worker() as worker:
        until(lambda: bool(place.journal("mamuju1")), PATIENCE)
        worker.send_signal(signal.SIGKILL)
        worker.wait()
    hold.unlink()
    with place.worker():
        assert place.wait(number, patience=PATIENCE).stage is Stage.DONE
    assert len(place.journal("mamuju1")) == 2


def test_a_living_worker_takes_over_from_a_dead_one(place: Office) -> None:
    number = place.approved("tanam", "mamuju")
    hold = place.folder / "field/mamuju1/tahan"
    hold.touch()
    with place.worker() as dying, place.worker() as other:
        until(lambda: bool(place.journal("mamuju1")), PATIENCE)
        claim = place.course(number).claim or {}
        victim = dying if claim["worker"] == "worker-1" else other
        victim.send_signal(signal.SIGKILL)
        hold.unlink()
        assert place.wait(number, patience=PATIENCE).stage is Stage.DONE
    assert len(place.journal("mamuju1")) == 2


def test_what_was_interrupted_says_so_and_holds_its_hosts(place: Office) -> None:
    number = place.approved("tanam", "mamuju", seconds="20")
    behind = place.approved("siram", "mamuju")
    with place.worker():
        until(lambda: bool(place.journal("mamuju1")), PATIENCE)
        folder = place.folder / "state/runs" / f"{number}-1"
        os.kill(json.loads((folder / once.STARTED).read_text())["pid"], signal.SIGKILL)
        ended = place.wait(number, patience=PATIENCE)
        assert (ended.stage, ended.held) == (Stage.INTERRUPTED, True)
        until(lambda: bool(place.course(number).steps), PATIENCE)
        assert place.course(behind).stage is Stage.QUEUED
        place.desk.release(RINI, number, "sudah diperiksa")
        assert place.wait(behind, patience=PATIENCE).stage is Stage.DONE
    assert place.journal("mamuju1") == [f"begin {number} {number}-1"]
    assert kinds(place, number)[-2:] == ["run.verified", "run.released"]


def test_what_runs_can_be_stopped(place: Office) -> None:
    number = place.approved("tanam", "mamuju", seconds="60")
    with place.worker():
        until(lambda: bool(place.journal("mamuju1")), PATIENCE)
        since = time.monotonic()
        place.desk.cancel(RINI, number, "salah server")
        ended = place.wait(number, patience=PATIENCE)
    assert (ended.stage, ended.held) == (Stage.CANCELLED, False)
    assert time.monotonic() - since < 50
    run = place.folder / "state/runs" / f"{number}-1"
    assert list(once._marked(run.resolve())) == []  # noqa: SLF001 - what it would sweep away
    assert place.desk.told(number).change.state == "closed"


def test_a_look_from_afar_brings_its_answer(place: Office) -> None:
    with place.worker():
        # Nobody waits for its plan but the worker.
        number = place.desk.request(RINI, Request("tengok")).number
        ended = place.wait(number, patience=PATIENCE)
        assert ended.stage is Stage.DONE
        progress = place.desk.progress(ended.run)
    assert progress
    assert set(progress.answers) == {"mamuju1", "bogor1", "bogor2"}


def test_nothing_begins_before_its_time(place: Office) -> None:
    start = datetime.now(UTC) + timedelta(seconds=8)
    number = place.desk.request(RINI, Request("siram", ["mamuju"], at=start, waits=True)).number
    place.desk.approve(SARI, number, course(place.desk.plan(number)).hash)
    with place.worker():
        ended = place.wait(number, patience=PATIENCE)
    assert ended.stage is Stage.DONE
    claimed = next(event for event in place.desk.events(0, 1000) if event.kind == "run.claimed")
    assert datetime.fromisoformat(claimed.at) >= start.replace(microsecond=0)


def test_without_its_notice_nothing_begins(place: Office) -> None:
    start = datetime.now(UTC) + timedelta(days=30)
    number = place.desk.request(RINI, Request("umumkan", ["mamuju"], at=start, waits=True)).number
    plan = course(place.desk.plan(number)).hash
    place.desk.approve(SARI, number, plan)
    place.desk.approve(Identity("slack", "U0TONO"), number, plan)
    assert Runs(place.desk, "mesin").compare(number) is False
    assert "pemberitahuan 7 hari kerja" in place.course(number).reason


def test_a_database_that_is_away_makes_no_plan_outdated(place: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    start = datetime.now(UTC) + timedelta(days=30)
    number = place.desk.request(RINI, Request("umumkan", ["mamuju"], at=start, waits=True)).number
    plan = course(place.desk.plan(number)).hash
    place.desk.announce(RINI, number)
    place.desk.approve(SARI, number, plan)
    place.desk.approve(Identity("slack", "U0TONO"), number, plan)

    def away(*_given: object) -> datetime:
        raise LedgerUnusableError(where="uji", detail="tidak menjawab")

    with monkeypatch.context() as patched:
        patched.setattr("chatops.conditions.announced_by", away)
        with pytest.raises(LedgerUnusableError):
            Runs(place.desk, "mesin").compare(number)
    assert place.course(number).stage is Stage.QUEUED


def test_another_machine_leaves_what_it_cannot_know_alone(place: Office) -> None:
    number = place.approved("tanam", "mamuju")
    with place.desk.ledger.writing() as writer:
        claim = {"run": f"{number}-1", "machine": "lain:0", "worker": "worker-1"}
        writer.append(Entry("run.claimed", number, "worker-1", claim, f"run.claimed:{number}-1"))
    behind = place.approved("siram", "bogor")
    with place.worker():
        assert place.wait(behind, patience=PATIENCE).stage is Stage.DONE
    assert place.course(number).stage is Stage.RUNNING
    assert place.journal("mamuju1") == []


def test_the_check_of_a_killed_worker_does_not_go_on(place: Office) -> None:
    path = place.folder / "playbooks/siram.yml"
    path.write_text(
        path.read_text() + "    - name: Wait\n      ansible.builtin.wait_for: {path: /nowhere, timeout: 300}\n"
    )

    def checks() -> list[int]:
        return [process for process, words in processes(str(place.desk.records.state)) if "--check" in words]

    place.desk.request(RINI, Request("siram", ["mamuju"]))
    with place.worker() as worker:
        until(lambda: bool(checks()), PATIENCE)
        begun = set(checks())
        worker.send_signal(signal.SIGKILL)
        worker.wait()
    assert begun <= set(checks())
    with place.worker():
        until(lambda: begun.isdisjoint(checks()), PATIENCE)


def test_two_machines_share_a_queue_and_one_that_is_gone_is_said_to_be(postgres: Cluster, tmp_path: Path) -> None:
    with office(tmp_path / "office", postgres.database(), LPSES) as place:
        other = {"SPSE_OPS_STATE": str(tmp_path / "other"), "SPSE_OPS_GRACE": "1"}
        other_case = place.ask("pupuk", "bogor")
        long = place.approved("pupuk", "mamuju")
        until_now = place.folder / "field/mamuju1/tahan"
        until_now.touch()
        with place.worker(slots=1) as dying:
            until(lambda: bool(place.journal("mamuju1")), PATIENCE)
            with place.worker(4, **other):
                quick = other_case.number
                place.desk.approve(SARI, quick, course(other_case).hash)
                assert place.wait(quick, patience=PATIENCE).stage is Stage.DONE
                claims = [place.course(number).claim or {} for number in (long, quick)]
                assert len({claim["machine"] for claim in claims}) == 2
                dying.send_signal(signal.SIGKILL)
                dying.wait()
                ended = place.wait(long, patience=PATIENCE)
                assert (ended.stage, ended.held) == (Stage.INTERRUPTED, True)
                assert "tidak menjawab" in ended.reason
        # Its playbook went on all the while, and where its folder is somebody finds that it has ended well.
        until_now.unlink()
        with place.worker():
            assert place.wait(long, Stage.DONE, patience=PATIENCE).held is False
        assert len(place.journal("mamuju1")) == 2


def test_a_catalogue_that_is_being_edited_is_waited_for(place: Office) -> None:
    number = place.approved("pupuk", "mamuju")
    hold = place.folder / "field/mamuju1/tahan"
    hold.touch()
    entry = place.folder / "operations/siram.yml"
    kept = entry.read_text()
    with place.worker():
        until(lambda: bool(place.journal("mamuju1")), PATIENCE)
        entry.write_text("name: [")
        until(lambda: "siram.yml" in (place.folder / "worker.log").read_text(), PATIENCE)
        entry.write_text(kept)
        hold.unlink()
        until(lambda: place.course(number).stage is Stage.DONE, PATIENCE)


def test_a_run_of_which_a_step_cannot_be_recorded_is_seen_to_its_end(postgres: Cluster, tmp_path: Path) -> None:
    with office(tmp_path / "office", postgres.database(), LPSES) as place:
        number = place.approved("pupuk", "mamuju")
        hold = place.folder / "field/mamuju1/tahan"
        hold.touch()

        def rename(before: str, after: str) -> None:
            with place.desk.ledger.engine.begin() as connection:
                connection.execute(text(f'ALTER SCHEMA "{before}" RENAME TO "{after}"'))

        with place.worker():
            until(lambda: bool(place.journal("mamuju1")), PATIENCE)
            with place.desk.ledger.reading() as reader:
                query = text("SELECT nspname FROM pg_namespace WHERE nspname LIKE 'engine%'")
                memory = str(reader.connection.execute(query).scalar_one())
            # As when the database dies between what a step has done and that it is noted: DBOS lets go of the run.
            rename(memory, "away")
            hold.unlink()
            until(lambda: "background workflow" in (place.folder / "worker.log").read_text(), PATIENCE)
            rename("away", memory)
            place.wait(number, Stage.DONE, patience=PATIENCE)
        assert [line.split()[0] for line in place.journal("mamuju1")] == ["begin", "end"]


def test_a_database_that_refuses_a_connection_is_waited_for(tmp_path: Path) -> None:
    # DBOS goes by the words: where nobody listens at a socket, the connection is bad, and did not fail.
    assert event.contains(Engine, "handle_error", say_lost)
    engine = create_engine(f"postgresql+psycopg://spse@/nihil?host={tmp_path}")
    with pytest.raises(OperationalError, match="connection is bad") as refused:
        engine.connect()
    assert refused.value.connection_invalidated
