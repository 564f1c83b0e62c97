"""How what is watched looks in Slack: outages, proposals, days, and how hosts stand. Pure."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime

from chatops.bahasa import moment_in
from chatops.ledger.outages import EVERYWHERE, Outage
from chatops.ledger.proposals import Proposal
from chatops.permissions import Person
from chatops.reports.outage import duration
from chatops.sla import moments
from chatops.slack import text
from chatops.slack.cards import button, confirm, person, when
from chatops.slack.text import Block, code, context, cut, escape, fence, plain, section
from chatops.watch import proposal_words, words
from chatops.watch.look import STATES, State
from chatops.watch.measures import LEVELS, Level
from chatops.watch.standing import HostStanding

LISTED = 20
WORST = 15
ROUNDS = 3600
"""Seconds without a look after which somebody should look after the watcher."""
MOST_LOOKED = 5
"""Offices that are looked at at once from Slack."""
SIGNS = {Level.WELL: ":white_check_mark:", Level.WARNING: ":warning:", Level.CRITICAL: ":rotating_light:"}


def outage(members: Sequence[Outage], now: datetime) -> tuple[str, list[Block]]:
    """The one message of an outage; of several, where an instance comes and goes, or many go at once."""
    on = [each for each in members if each.over is None]
    names = list(dict.fromkeys(_name(each) for each in members))
    sign = ":rotating_light:" if on else ":white_check_mark:"
    state = f"{len(on)} belum berakhir" if len(members) > 1 and on else "BELUM BERAKHIR" if on else "berakhir"
    title = f"Gangguan {names[0]}" if len(names) == 1 else f"Gangguan pada {len(names)} instans"
    times = f" · {len(members)} kali" if len(names) == 1 and len(members) > 1 else ""
    lines = [_line(each, now) for each in members[-LISTED:]]
    if len(members) > LISTED:
        lines.insert(0, f"… dan {len(members) - LISTED} sebelumnya")
    blocks = [
        section(f"{sign} *{escape(title)}* — {state}{times}"),
        section("\n".join(lines)),
        context(f"Waktu untuk penjadwalan ulang tender: {code(f'spse-ops outages report {members[-1].id}')}"),
    ]
    return cut(f"{title}: {state}{times}", text.HEADER), blocks


def _name(one: Outage) -> str:
    told = one.begun
    return str(told["instance"]) if told["lpse"] == EVERYWHERE else f"{told['lpse']} {told['instance']}"


def _line(one: Outage, now: datetime) -> str:
    told = one.begun
    zone = str(told.get("zone", "WIB"))
    where = moments.zone(zone)
    began = moment_in("id", one.began.astimezone(where), zone)
    over = f"sampai {one.over.astimezone(where):%H.%M}, {duration(one.seconds(now))}" if one.over else "berlangsung"
    planned = " (direncanakan)" if told["planned"] else ""
    returned = f", hilang timbul {one.ended['returns']} kali" if one.ended and one.ended["returns"] else ""
    why = f" {code(cut(told['why'], text.NAME))}" if told["why"] else ""
    return f"{code(one.id)} {code(_name(one))}{planned}: {began}, {over}{returned}{why}"


def proposal(one: Proposal, people: Mapping[str, Person]) -> tuple[str, list[Block]]:
    """The one message of a proposal, with its button; of many of a kind, one that lists them."""
    told = one.made
    lpses: Sequence[str] = told.get("lpses", ())
    about = f" {told['about']}" if told["about"] else ""
    title = f"Usulan: {proposal_words.title(one)}"
    if lpses:
        blocks = [
            section(f":bulb: *{escape(title)}* — {len(lpses)} LPSE"),
            {"type": "section", "text": plain(proposal_words.advice(one), 600)},
            section(text.listed(list(lpses), LISTED)),
            context(f"Buka atau abaikan satu per satu: {code('/spse usulan LPSE')}"),
        ]
        return cut(f"{title}, {len(lpses)} LPSE", text.HEADER), blocks
    blocks = [
        section(f":bulb: *{escape(title)}*  {code(one.id)}  {code(told['lpse'] + about)}"),
        {"type": "section", "text": plain(proposal_words.advice(one), 600)},
        section(fence("\n".join(proposal_words.evidence(one)), 900)),
        context(escape(proposal_words.how(one))),
    ]
    blocks += _answered(one, people) if one.answer else [_buttons(one)]
    return cut(f"{title} ({told['lpse']})", text.HEADER), blocks


def _answered(one: Proposal, people: Mapping[str, Person]) -> Iterator[Block]:
    answer = one.answer
    if answer is None:
        return
    state = {
        "opened": f":arrow_right: Dibuka sebagai {code(one.change)}",
        "dismissed": ":no_entry: Diabaikan",
        "lapsed": ":white_check_mark: Alasannya sudah tidak ada",
    }[one.state]
    by = f" oleh {person(answer.told['by'], people)}" if "by" in answer.told else ""
    reason = f": {code(cut(answer.told['reason'], 300))}" if answer.told.get("reason") else ""
    yield section(f"{state}{by}{reason}")


def _buttons(one: Proposal) -> Block:
    value = json.dumps({"proposal": one.id})
    by = one.made["operation"] or proposal_words.BY_HAND.indonesian
    sure = confirm("Buka sebagai perubahan?", f"{one.made['lpse']}: {proposal_words.title(one)} ({by}).", "Ya, buka")
    elements = [
        button("proposal_open", "Buka sebagai perubahan", value, "primary") | {"confirm": sure},
        button("proposal_dismiss", "Abaikan…", value),
    ]
    return {"type": "actions", "block_id": "proposal", "elements": elements}


def proposals(found: Sequence[Proposal], people: Mapping[str, Person]) -> list[Block]:
    """Those that wait, each with its buttons; a message has room for some."""
    if not found:
        return [section("Tidak ada usulan yang menunggu jawaban.")]
    blocks: list[Block] = []
    for each in found[:MOST_LOOKED]:
        # A group's message is for everybody; who asks for his own answers one by one.
        blocks += proposal(_alone(each), people)[1]
    more = len(found) - MOST_LOOKED
    return [*blocks, context(f"dan {more} lagi; sebut LPSE-nya: {code('/spse usulan LPSE')}")] if more > 0 else blocks


def _alone(one: Proposal) -> Proposal:
    first = one.events[0]
    told = {name: value for name, value in first.told.items() if name != "lpses"}
    return Proposal((first._replace(body=json.dumps(told)), *one.events[1:]))


def day(told: Mapping[str, object]) -> tuple[str, list[Block]]:
    """The morning's message: the day before, as the record has it."""
    lines = [str(line) for line in told["lines"]] if isinstance(told["lines"], list) else []
    title, rest = (lines or ["Ringkasan"])[0], lines[1:]
    blocks = [section(f":sunrise: *{escape(cut(title, text.HEADER))}*")]
    if rest:
        blocks.append(section(fence("\n".join(rest))))
    blocks.append(context(f"Selengkapnya: {code('/spse ringkasan LPSE')} · usulan: {code('/spse usulan')}"))
    return cut(title, text.HEADER), blocks


def lines(title: str, said: Iterable[str]) -> list[Block]:
    """Lines that hosts have had a part in, as they stand."""
    return [section(f"*{escape(title)}*"), section(fence("\n".join(said), text.FENCE))]


def fleet(standings: Sequence[HostStanding], gone: Sequence[Outage], now: datetime) -> list[Block]:
    """All hosts at one glance."""
    if not standings:
        return [section("Belum ada server yang pernah dilihat. Jalankan pemantau: `spse-ops watch`.")]
    count = Counter(each.level for each in standings)
    counted = " · ".join(f"{SIGNS[level]} {count[level]} {LEVELS[level].indonesian}" for level in reversed(Level))
    away = [each for each in standings if each.state is not State.ANSWERED]
    blocks = [section(f"*{len(standings)} server*: {counted} · {len(away)} tidak menjawab"), *_late(standings, now)]
    if gone:
        blocks.append(
            section("*Gangguan yang belum berakhir*\n" + "\n".join(_line(each, now) for each in gone[:LISTED]))
        )
    worst = sorted((each for each in standings if each.level), key=lambda each: (-each.level, each.lpse, each.host))
    if worst:
        shown = [f"{SIGNS[each.level]} {code(each.lpse)} {_wrong(each)}" for each in worst[:WORST]]
        more = [f"dan {len(worst) - WORST} lagi"] if len(worst) > WORST else []
        blocks.append(section("\n".join([*shown, *more])))
    return [*blocks, context(f"Satu LPSE: {code('/spse status LPSE')}")]


def office(
    standings: Sequence[HostStanding], gone: Sequence[Outage], now: datetime, lpses: Sequence[str]
) -> list[Block]:
    """Some offices: what is wrong, since when, their outages, and the newest restore point."""
    blocks: list[Block] = []
    for each in standings:
        blocks.append(section(f"{SIGNS[each.level]} *{escape(each.lpse)}* {code(each.host)} — {_point(each)}"))
        blocks.append(section(fence("\n".join(words.describe(each, whole=False)), 1500)))
    if not standings:
        blocks.append(section(f"{text.listed(list(lpses))} belum pernah dilihat."))
    if gone:
        blocks.append(section("*Gangguan terakhir*\n" + "\n".join(_line(each, now) for each in gone[:MOST_LOOKED])))
    blocks += _late(standings, now)
    value = json.dumps({"lpse": ",".join(lpses)})
    elements = [button("status_look", "Lihat sekarang", value)]
    return [*blocks, {"type": "actions", "block_id": "status", "elements": elements}]


def _wrong(one: HostStanding) -> str:
    if one.state is not State.ANSWERED:
        return f"{STATES[one.state].indonesian}, sejak {when(datetime.fromtimestamp(one.since, UTC))}"
    return ", ".join(code(f"{words.title(each.name)} {words.value(each.name, each.value)}") for each in one.findings())


def _point(one: HostStanding) -> str:
    """The newest restore point: what a bad day is answered with."""
    if (hours := one.values.get("backup")) is None:
        return "titik pulih tidak diketahui"
    return f"titik pulih {words.value('backup', hours)} yang lalu"


def _late(standings: Sequence[HostStanding], now: datetime) -> Iterator[Block]:
    """When it was seen; old news is said to be old."""
    newest = max((each.at for each in standings), default=0)
    if not newest:
        return
    ago = int(now.timestamp()) - newest
    sign = ":warning: Pemantau berhenti? " if ago > ROUNDS else ""
    yield context(f"{sign}Dilihat {duration(max(0, ago))} yang lalu.")
