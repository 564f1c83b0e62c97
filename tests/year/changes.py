"""What is asked for in a year, and what becomes of it: each a story, written down as the desk and its worker would."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from chatops import conditions
from chatops.cases import Request
from chatops.catalogue import Operation
from chatops.changes import Asked, opened, record
from chatops.ledger.chain import Entry
from chatops.ledger.change import Change
from chatops.permissions import Identity
from chatops.plan import Checked, Plan, digest
from chatops.sla import priority, services
from tests.year.fleet import Office
from tests.year.world import Begin, Story, World

BUILDS = ("4.5.20260105", "4.5.20260202", "4.5.20260608", "4.5.20260921")
ASKED = {"upgrade": 2.6, "patch": 4, "restart": 1.2, "drill": 1, "baseline": 0.5, "recommend": 1, "comply": 1}
"""How often an office has each operation in a year."""
BY_HAND = {"S0-17a": 3.5, "S0-9": 0.5, "S0-20": 0.4, "S0-16": 0.6}
TITLES = {
    "S0-17a": "konsultasi",
    "S0-9": "data-paket",
    "S0-20": "uji-forensik",
    "S0-16": "verifikasi",
}
REASONS = {
    "upgrade": "Build baru dari LKPP",
    "patch": "Pembaruan keamanan",
    "restart": "Aplikasi lambat sejak pagi",
    "drill": "Uji pemulihan triwulan",
    "baseline": "Temuan pemeriksaan keamanan",
}
PROBLEMS = (
    ("Panitia tidak dapat mengunggah dokumen pemilihan", (1, 3, 5, 6, 7, 9, 10), 10, 3),
    ("Penyedia lupa kata sandi", (2, 3, 4), 1, 2),
    ("Error aplikasi penyedia saat mengirim penawaran", (2, 3, 4), 10, 5),
    ("Jadwal tender salah diisi", (1, 6, 7, 9, 10), 5, 1),
    ("Surel pemberitahuan tidak terkirim", tuple(range(1, 13)), 10, 7),
)
CAUSES = ("gagal diperiksa sesudahnya: halaman login menjawab 502", "disk penuh saat mengunduh build")
MACHINE, WORKER = "desk-1", "desk-1-4021"
MINUTES = {"upgrade": (6, 25), "patch": (4, 30), "drill": (20, 90), "baseline": (5, 20)}


def stories(world: World) -> Iterator[tuple[datetime, Begin]]:
    """All of a year."""
    for office in world.offices:
        for name, times in ASKED.items():
            for _ in range(_times(world, times)):
                yield world.working(), partial(_asked, office=office, name=name)
        for service, times in BY_HAND.items():
            for _ in range(_times(world, times)):
                yield world.working(), partial(_by_hand, office=office, service=service)
    # The last minutes always have something of each kind to show.
    for office, minutes in zip(world.offices, (1, 1, 2, 2, 9, 12, 15, 18), strict=False):
        yield world.until - timedelta(minutes=minutes), partial(_asked, office=office, name="upgrade", hurry=True)
    for number, office in enumerate(world.offices[2::40]):
        at = world.until - timedelta(days=12 - number % 11, minutes=17 * number)
        yield at, partial(_by_hand, office=office, service="S0-17a", forgotten=True)


def _times(world: World, average: float) -> int:
    return int(average) + world.often(average % 1)


def _asked(world: World, office: Office, name: str, *, hurry: bool = False) -> Story:
    """Something asked for at the desk."""
    operation = world.operations[name]
    number = _open(world, office, operation)
    yield world.after(0.5, 4) if not hurry else world.after(0.2, 1)
    hash_ = _plan(world, office, operation, number)
    if operation.quorum:
        # Nobody answers for days, now and then: that is what is late in the end.
        yield world.after(1, 3) if hurry else world.after(4, 12000 if world.often(0.12) else 300)
        if not hurry and world.often(0.04):
            _close(world, number, "cancelled", "ditolak: tender sedang berjalan", "sari")
            return
        approved = {"by": "sari", "hash": hash_}
        _append(world, "approval.given", number, approved, f"approval:{number}:1:sari:0", "sari")
    run = f"{number}-1"
    hosts = [host.name for host in office.hosts]
    _append(world, "run.queued", number, {"run": run, "hash": hash_, "hosts": hosts, "at": None}, f"run.queued:{run}")
    yield world.now + timedelta(seconds=2)
    claim = {"run": run, "machine": MACHINE, "worker": WORKER}
    _append(world, "run.claimed", number, claim, f"run.claimed:{run}", WORKER)
    yield world.now + timedelta(seconds=9)
    yield from _run(world, office, operation, number)


def _run(world: World, office: Office, operation: Operation, number: str) -> Story:
    """The playbook runs, is verified, and sometimes fails."""
    run, well = f"{number}-1", not world.often(0.04)
    told = _told(world, office, operation, number)
    _append(world, "run.started", number, told | {"at": told["began"]}, f"run.started:{run}", told["by"])
    yield world.after(*MINUTES.get(operation.name, (0.3, 3)))
    reason = "" if well else world.chance.choice(CAUSES)
    if not well and world.often(0.1):
        body = {"run": run, "machine": MACHINE, "reason": "proses pelaksanaan hilang sebelum selesai"}
        _append(world, "run.interrupted", number, body, f"run.interrupted:{run}")
        return
    hosts = told["hosts"]
    results = dict.fromkeys(hosts, "ok" if well else "failed")
    ended: dict[str, Any] = {"at": _iso(world.now), "ok": well, "partial": False, "results": results}
    ended["reasons"] = {} if well else dict.fromkeys(hosts, reason)
    _append(world, "run.finished", number, told | ended, f"run.finished:{run}", told["by"])
    if operation.changes_hosts and operation.verify:
        yield world.now + timedelta(seconds=20)
        found: dict[str, Any] = {"run": run, "by": operation.verify, "ok": well, "reason": reason}
        _append(world, "run.verified", number, found, f"run.verified:{run}")
    stage = "done" if well else "failed"
    _append(world, "run.ended", number, {"run": run, "stage": stage, "reason": reason}, f"run.ended:{run}")
    if well:
        if operation.service in {"S0-4", "S0-5"}:
            world.service[office.slug] = operation.service
        _close(world, number, "done", "", "spse-ops")
    else:
        yield world.after(60, 3000)
        if world.often(0.9):
            _close(world, number, "cancelled", "diminta lagi sesudah disk dikosongkan", "rini")


def _by_hand(world: World, office: Office, service: str, *, forgotten: bool = False) -> Story:
    """A request of people, whose clock somebody keeps by hand."""
    words, stages, r, k = world.chance.choice(PROBLEMS)
    judged = priority.assess(stages, r, k)
    asked = Asked(
        TITLES[service],
        (office.slug,),
        service,
        priority=judged,
        received=world.now,
        lpse_zone=office.zone,
        reason=words,
    )
    number = world.scribe.next_number()
    world.scribe.append(Entry("change.opened", number, "rini", opened(asked, world.now)))
    change = world.scribe.change(number)
    due = change.due(world.scribe.calendar())
    assert due
    if world.often(0.2) and not forgotten:
        yield world.after(20, 200)
        _move(world, number, "change.paused", "menunggu surat dari panitia")
        yield world.after(200, 4000)
        _move(world, number, "change.resumed", "")
    # What is solved in time is so early more often than late; some are forgotten.
    share = world.chance.betavariate(1.3, 3) if world.often(0.93) else 1 + world.chance.random()
    share = share if not forgotten else 30
    end = change.events[0].at + (due.at - change.events[0].at) * share
    yield from _reminders(world, change, end)
    yield max(end, world.now)
    if not world.often(0.01):
        _close(world, number, "done", "", "rini")


def _reminders(world: World, change: Change, end: datetime) -> Story:
    """Whoever has it is told of its time."""
    for share, at in list(change.reminders(world.scribe.calendar())):
        if world.now < at < end:
            yield at
            key = f"reminder:{change.id}:0:{share}"
            world.scribe.append(Entry("reminder.sent", change.id, "spse-ops", {"share": share}, key))


def _open(world: World, office: Office, operation: Operation) -> str:
    """As `Desk.request` does it."""
    inputs = {"build": world.chance.choice(BUILDS)} if operation.name == "upgrade" else {}
    identity = Identity("slack", "U0RINI")
    asked = Request(operation.name, (office.slug,), inputs=inputs, reason=REASONS.get(operation.name, ""))
    person = world.rules.person(identity)
    hosts = [host.name for host in office.hosts]
    told = conditions.request_told(person, identity, operation, asked, [office.slug], hosts)
    service, mode = services.usual(operation.service)
    wanted = Asked(operation.name, (office.slug,), service, mode, lpse_zone=office.zone, reason=asked.reason)
    number = world.scribe.next_number()
    body = opened(wanted, world.now) | {"service": operation.service, "request": told}
    world.scribe.append(Entry("change.opened", number, person.slug, body, f"request:slack:{number}"))
    return number


def _plan(world: World, office: Office, operation: Operation, number: str) -> str:
    hosts = tuple(host.name for host in office.hosts)
    lines = (f"spse_app : Unpack the build | --- before\n+++ after\n+/srv/spse/releases/{number[-6:]}",)
    checked = dict.fromkeys(hosts, Checked(lines, 31, 4)) if operation.changes_hosts else {}
    variables = {"spse_app_build": world.chance.choice(BUILDS)} if operation.name == "upgrade" else {}
    commit = f"{world.chance.getrandbits(160):040x}"
    sums = {host: f"{world.chance.getrandbits(256):064x}" for host in hosts}
    made = Plan(operation, (office.slug,), hosts, variables, commit, False, commit[:12], sums, checked).told()  # noqa: FBT003 - as the plan has it
    body = {"plan": made, "hash": digest(made), "attempt": 1}
    _append(world, "plan.made", number, body, f"plan:{number}:1")
    return str(body["hash"])


def _told(world: World, office: Office, operation: Operation, number: str) -> dict[str, Any]:
    """What Ansible's callback says of a run."""
    return {
        "run": f"{number}-1",
        "desk": True,
        "operation": operation.name,
        "service": operation.service,
        "lpse": [office.slug],
        "lpse_zone": office.zone,
        "hosts": [host.name for host in office.hosts],
        "by": "rini@desk-1",
        "began": _iso(world.now),
        "reason": "",
        "inputs": {},
    }


def _append(world: World, kind: str, number: str, body: Mapping[str, Any], key: str, actor: str = "spse-ops") -> None:
    world.scribe.append(Entry(kind, number, actor, body, key))


def _move(world: World, number: str, kind: str, reason: str) -> None:
    told = {"at": _iso(world.now)} | ({"reason": reason} if reason else {})
    record(world.scribe, world.scribe.change(number), kind, told, "rini")


def _close(world: World, number: str, outcome: str, note: str, actor: str) -> None:
    told = {"at": _iso(world.now), "outcome": outcome, "note": note}
    record(world.scribe, world.scribe.change(number), "change.closed", told, actor)


def _iso(at: datetime) -> str:
    return at.isoformat(timespec="seconds")
