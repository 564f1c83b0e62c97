"""How a change looks in Slack: its one message, what is said below it, and what can be pressed. Pure."""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from chatops.bahasa import moment_in
from chatops.cases import Case, Progress
from chatops.ledger.course import REPLANNED, Course, Stage
from chatops.permissions import Person
from chatops.sla import moments
from chatops.slack import text
from chatops.slack.text import Block, code, context, escape, fence, listed, mrkdwn, plain, section

STAGES = {
    Stage.ASKED: ":memo: Rencana sedang dibuat",
    Stage.UNPLANNED: ":warning: Tidak dapat direncanakan",
    Stage.WAITING: ":hourglass_flowing_sand: Menunggu persetujuan",
    Stage.QUEUED: ":calendar: Disetujui, dalam antrean",
    Stage.RUNNING: ":arrows_counterclockwise: Sedang dikerjakan",
    Stage.OUTDATED: ":warning: Rencana tidak berlaku lagi",
    Stage.INTERRUPTED: ":rotating_light: TERPUTUS, hasilnya tidak diketahui",
    Stage.FAILED: ":x: GAGAL",
    Stage.DONE: ":white_check_mark: Selesai",
    Stage.CANCELLED: ":no_entry: Dibatalkan",
}
PHASES = {
    "comparing": "membandingkan dengan rencana",
    "running": "menjalankan playbook",
    "verifying": "memeriksa hasil",
    "reverting": "mengembalikan",
    "ended": "berakhir",
}
HOSTS = {"ok": "sama", "changed": "diubah", "failed": "GAGAL", "unreachable": "tidak terjangkau"}
INPUTS = 8
FIELD = 600
"""Characters of a field: all texts of a message together have a limit, too."""
CLASSES = {"none": "hanya melihat", "minor": "minor", "major": "mayor"}

type People = Mapping[str, Person]


def heading(case: Case) -> str:
    """The change in a few words, as plain text."""
    title = case.operation.title if case.operation else case.change.opened["operation"]
    return text.cut(f"{title}: {', '.join(case.change.lpses)}", text.HEADER)


def person(slug: str, people: People) -> str:
    """Somebody, as Slack links him, or by what the ledger calls him."""
    known = people.get(slug)
    return f"<@{known.slack}>" if known and known.slack else code(known.name if known else slug)


def due(case: Case) -> str:
    """The deadline in both zones."""
    if case.due is None:
        return "tidak ada"
    zones = dict.fromkeys([case.change.provider.zone, case.change.opened["lpse_zone"]])
    told = [moment_in("id", case.due.at.astimezone(moments.zone(zone)), zone) for zone in zones]
    return " / ".join(told) + (" (sementara)" if case.due.provisional else "")


def message(case: Case, people: People, progress: Progress | None = None) -> tuple[str, list[Block]]:
    """The one message of a change: its text for notifications, and its blocks."""
    course = case.course
    if course is None:
        return f"{case.number}: {heading(case)}", [section(code(heading(case)))]
    said = STAGES[course.stage]
    blocks: list[Block] = [
        {"type": "header", "text": plain(heading(case), text.HEADER)},
        section(f"*{said}*  {code(case.number)}"),
        {"type": "section", "fields": [mrkdwn(text.cut(each, FIELD)) for each in _fields(case, course, people)]},
    ]
    if words := course.request["reason"] or course.request["emergency"]:
        blocks.append({"type": "section", "text": plain(f"Alasan: {words}", 600)})
    blocks += _news(course)
    if course.plan and course.stage in (Stage.WAITING, Stage.QUEUED, Stage.OUTDATED):
        blocks += _plan(course.plan)
    if progress and course.stage is Stage.RUNNING:
        blocks.append(section(_far(progress)))
    if buttons := _buttons(case, course):
        blocks.append({"type": "actions", "block_id": "answer", "elements": buttons})
    if course.plan:
        commit = f" · commit {code(course.plan['commit'][:12])}" if course.plan["commit"] else ""
        blocks.append(context(f"Rencana {code(course.hash[:12])}{commit}"))
    return text.cut(f"{case.number} {heading(case)} — {said.split(': ')[-1]}", 300), blocks


def _fields(case: Case, course: Course, people: People) -> Iterator[str]:
    request = course.request
    yield f"*Peminta*\n{person(course.requester, people)}"
    yield f"*Server*\n{listed(course.hosts)}"
    yield f"*Tenggat SLA*\n{due(case)}"
    yield f"*Kelas*\n{CLASSES.get(request['class'], '-')}" + (" · DARURAT" if request["emergency"] else "")
    if inputs := request["inputs"]:
        shown = sorted(inputs.items())[:INPUTS]
        yield "*Masukan*\n" + "\n".join(
            f"{code(text.cut(name, 30))} {code(text.cut(value, 120))}" for name, value in shown
        )
    if course.not_before:
        yield f"*Mulai paling cepat*\n{moment_in('id', course.not_before.astimezone(moments.zone('WIB')), 'WIB')}"
    if course.needed:
        given = ", ".join(person(each.by, people) for each in course.approvals) or "belum ada"
        yield f"*Persetujuan*\n{len(course.approvals)} dari {course.needed}: {given}"
    if plan := course.plan:
        if plan["downtime"]:
            yield f"*Waktu henti*\n{escape(text.cut(plan['downtime'], 400))}"
        if plan["undo"]:
            yield f"*Yang dapat dikembalikan*\n{escape(text.cut(plan['undo'], 400))}"
        if plan["predictable"] is not None:
            yield f"*Dapat diperkirakan*\n{plan['predictable']} % dari langkahnya"


def _news(course: Course) -> Iterator[Block]:
    """Why it stands where it stands."""
    bad = (Stage.UNPLANNED, Stage.OUTDATED, Stage.INTERRUPTED, Stage.FAILED, Stage.CANCELLED)
    if course.reason and course.stage in bad:
        yield {"type": "section", "text": plain(course.reason, 900)}
    if course.differences:
        yield section("*Yang berbeda dari rencana*\n" + fence("\n".join(course.differences), 900))
    if course.held and course.stage is Stage.INTERRUPTED:
        yield section("Servernya *ditahan* sampai seseorang memeriksa lalu melepasnya.")
    if course.review:
        yield section(":rotating_light: Berjalan tanpa persetujuan; *perlu ditinjau*.")


def _plan(plan: Mapping[str, object]) -> Iterator[Block]:
    """What will change, as much of it as a message holds."""
    if plan["dirty"]:
        yield context(":warning: Ada perubahan kode yang belum di-commit.")
    groups = plan["changes"]
    if not isinstance(groups, list) or not groups:
        yield context("Pemeriksaan tidak melihat perubahan.")
        return
    yield section("*Yang akan berubah*\n" + fence(difference(groups)))


def difference(groups: Sequence[Mapping[str, list[str]]]) -> str:
    """What a plan says of each host, and the differences."""
    lines = []
    for group in groups:
        lines.append(f"# {', '.join(group['hosts'])}")
        said = [*group.get("says", ()), *group["changes"]]
        lines += [line for each in said for line in each.splitlines()] or ["(tidak ada)"]
        if group["left_out"]:
            lines.append(f"… {group['left_out']} baris lagi")
    return "\n".join(lines) + "\n"


def _far(progress: Progress) -> str:
    counts: dict[str, int] = {}
    for standing in progress.hosts.values():
        counts[standing] = counts.get(standing, 0) + 1
    hosts = " · ".join(f"{count} {HOSTS.get(standing, 'lain')}" for standing, count in sorted(counts.items()))
    told = f"*{PHASES.get(progress.phase, progress.phase)}* · langkah {progress.tasks}"
    return "\n".join(filter(None, [told, code(text.cut(progress.task, 200)) if progress.task else "", hosts]))


def _buttons(case: Case, course: Course) -> list[Block]:
    value = json.dumps({"change": case.number, "hash": course.hash})
    stop = confirm("Batalkan?", "Yang sedang berjalan dihentikan; servernya diperiksa sesudahnya.", "Ya, batalkan")
    cancel = button("cancel", "Batalkan", value) | {"confirm": stop}
    again = button("replan", "Rencanakan ulang", value)
    found: list[Block] = []
    if course.stage is Stage.WAITING and course.needed:
        words = f"{case.number}: {', '.join(case.change.lpses)}. Rencana {course.hash[:12]}."
        sure = confirm("Setujui rencana ini?", words, "Ya, setujui")
        found.append(button("approve", "Setujui", value, "primary") | {"confirm": sure})
        found.append(button("reject", "Tolak…", value, "danger"))
    if course.stage in REPLANNED and not course.held:
        found.append(again)
    if course.held and course.stage is Stage.INTERRUPTED:
        found.append(button("release", "Lepas server…", value))
    if course.request["notice"] and course.notice is None and course.stage in (Stage.WAITING, Stage.QUEUED):
        found.append(button("announce", "Sudah diumumkan", value))
    if course.review:
        found.append(button("review", "Tutup tinjauan…", value))
    if course.stage not in (Stage.DONE, Stage.CANCELLED):
        found.append(cancel)
    return found


def button(action: str, words: str, value: str, style: str = "") -> Block:
    """Something to press."""
    made = {"type": "button", "action_id": action, "text": plain(words, text.BUTTON), "value": value}
    return made | ({"style": style} if style else {})


def confirm(title: str, words: str, yes: str) -> Block:
    """A question before it is done."""
    return {
        "title": plain(title, 100),
        "text": plain(words, 300),
        "confirm": plain(yes, 30),
        "deny": plain("Tidak", 30),
    }


def line(case: Case) -> str:
    """A change on one line, of our own words and text that is made harmless."""
    stage = STAGES[case.course.stage] if case.course else "-"
    return f"{code(case.number)} {escape(heading(case))} — {stage} · tenggat {due(case)}"


def when(moment: datetime) -> str:
    """A moment as people here say it."""
    return moment_in("id", moment.astimezone(moments.zone("WIB")), "WIB")
