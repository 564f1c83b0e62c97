"""How access looks in Slack: its one message, what is said below it, and what can be pressed. Pure."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from chatops.access.grant import Grant
from chatops.access.records import certificate_of
from chatops.access.rules import Limits
from chatops.ledger.chain import Event
from chatops.permissions import Rules
from chatops.slack import text
from chatops.slack.cards import People, button, confirm, person, when
from chatops.slack.entries import FUNCTIONAL, STRUCTURAL, Entry, call
from chatops.slack.text import Block, code, context, cut, escape, fence, listed, mrkdwn, plain, section

STATES = {
    "asked": ":hourglass_flowing_sand: Menunggu persetujuan",
    "lapsed": ":no_entry: Lewat waktu, tidak dijawab",
    "refused": ":no_entry: Ditolak",
    "active": ":key: Berlaku",
    "expired": ":checkered_flag: Berakhir",
    "revoked": ":no_entry: Dicabut",
}
SEALED = ":lock: Tersegel untuk keadaan darurat"
REVIEW = ":rotating_light: DIPAKAI atau dibuka; *harus ditinjau*"
SPANS = ((timedelta(days=1), "hari"), (timedelta(hours=1), "jam"), (timedelta(minutes=1), "menit"))
REASON = 600
SOURCES = 4
LOGINS = 1500


def heading(grant: Grant) -> str:
    """The access in a few words, as plain text."""
    return cut(f"Akses {grant.role}: {grant.lpse}", text.HEADER)


def stage(grant: Grant, now: datetime, limits: Limits) -> str:
    """How it stands, in our own words."""
    if grant.in_review():
        return REVIEW
    state = grant.state(now, limits)
    return SEALED if grant.sealed and state == "active" else STATES[state]


def message(grant: Grant, people: People, now: datetime, limits: Limits) -> tuple[str, list[Block]]:
    """The one message of an access: its text for notifications, and its blocks."""
    said = stage(grant, now, limits)
    blocks: list[Block] = [
        {"type": "header", "text": plain(heading(grant), text.HEADER)},
        section(f"*{said}*  {code(grant.number)}" if "*" not in said else f"{said}  {code(grant.number)}"),
        {"type": "section", "fields": [mrkdwn(each) for each in _fields(grant, people)]},
        {"type": "section", "text": plain(f"Alasan: {grant.reason}", REASON)},
    ]
    if grant.refused is not None or grant.revoked is not None:
        why = str(grant.refused["reason"]) if grant.refused is not None else grant.revoked_for
        blocks.append({"type": "section", "text": plain(f"Karena: {why}", REASON)})
    if buttons := _buttons(grant, grant.state(now, limits)):
        blocks.append({"type": "actions", "block_id": "access", "elements": buttons})
    blocks.append(context(f"Kunci {code(grant.fingerprint)}"))
    return cut(f"{grant.number} {heading(grant)} — {said.split(': ')[-1].replace('*', '')}", 300), blocks


def _fields(grant: Grant, people: People) -> Iterator[str]:
    if grant.person:
        yield f"*Yang masuk*\n{person(grant.person, people)}"
    yield f"*{'Disegel' if grant.sealed else 'Diminta'} oleh*\n{person(grant.asked_by, people)}"
    yield f"*Lamanya*\n{span(grant.seconds)}"
    yield f"*Hanya dari*\n{listed(list(grant.sources), SOURCES)}"
    if grant.before:
        yield f"*Berlaku sampai*\n{when(grant.before)}"
    if grant.granted_by and not grant.sealed:
        yield f"*Disetujui oleh*\n{person(grant.granted_by, people)}"
    if last := grant.last_used:
        yield f"*Terakhir dipakai*\n{when(last.at)} di {code(cut(last.host, text.NAME))}"


def span(seconds: int) -> str:
    """How long, in the largest unit that fits."""
    lasts = timedelta(seconds=seconds)
    return next((f"{lasts // unit} {words}" for unit, words in SPANS if not lasts % unit), f"{seconds} detik")


def _buttons(grant: Grant, state: str) -> list[Block]:
    value = json.dumps({"access": grant.number})
    found: list[Block] = []
    if state == "asked":
        words = f"{grant.person} sebagai {grant.role} di {grant.lpse}, {span(grant.seconds)}."
        sure = confirm("Beri akses?", words, "Ya, setujui")
        found.append(button("access_approve", "Setujui", value, "primary") | {"confirm": sure})
        found.append(button("access_refuse", "Tolak…", value, "danger"))
    if grant.in_review():
        found.append(button("access_review", "Tutup tinjauan…", value))
    if state in {"asked", "active"}:
        found.append(button("access_revoke", "Cabut…", value))
    return found


def line(grant: Grant, people: People, now: datetime, limits: Limits) -> str:
    """An access on one line."""
    until = f" · sampai {when(grant.before)}" if grant.before else f" · {span(grant.seconds)}"
    who = f" · {person(grant.person, people)}" if grant.person else ""
    return f"{code(grant.number)} {escape(heading(grant))}{who} — {stage(grant, now, limits)}{until}"


@dataclass(frozen=True)
class Told:
    """An event, and what belongs to it."""

    event: Event
    grant: Grant
    rules: Rules
    logins: Sequence[str] = ()

    def __getitem__(self, key: str) -> Any:  # noqa: ANN401 - whatever the event says
        return self.event.told[key]

    @property
    def actor(self) -> str:
        """Who did it."""
        return person(self.event.actor, self.rules.people)

    def words(self, key: str) -> str:
        """What somebody or something has said, made harmless."""
        return code(cut(str(self.event.told.get(key) or ""), 800))


def entry(told: Told) -> Entry:
    """What is said of an event; nothing, where the message above says it all."""
    says = SAYS.get(told.event.kind)
    return says(told) if says else Entry()


def _granted(told: Told) -> Entry:
    grant = told.grant
    name = f"{grant.number}-cert.pub"
    lines = [
        f"{told.actor} menyetujui. {person(grant.person, told.rules.people)}: simpan {code(name)} dari utas ini, lalu",
        fence("\n".join(told.logins), LOGINS),
        "KUNCI adalah berkas kunci pribadi Anda, yang tetap di komputer Anda. Sertifikat itu bukan rahasia.",
    ]
    return Entry("\n".join(lines), certificate_of(grant) + "\n", name)


def _used(told: Told) -> Entry:
    at = datetime.fromisoformat(told["at"])
    words = f"Masuk ke {told.words('host')} dari {told.words('from')}, {when(at)}."
    grant = told.grant
    if grant.sealed:
        sign = f":rotating_light: {call(told.rules, (*FUNCTIONAL, *STRUCTURAL))} Akses darurat {code(grant.number)}"
        return Entry(f"{sign} ({escape(grant.lpse)}) dipakai. {words} Harus ditinjau.", alarm=True)
    ends = [each for each in (grant.before, grant.revoked) if each]
    if ends and at >= min(ends):
        sign = f":rotating_light: {call(told.rules, FUNCTIONAL)} {code(grant.number)} DIPAKAI SESUDAH BERAKHIR."
        return Entry(f"{sign} {words}", alarm=True)
    return Entry(words)


def _opened(told: Told) -> Entry:
    groups = call(told.rules, (*FUNCTIONAL, *STRUCTURAL))
    seal = f"{code(told.grant.number)} ({escape(told.grant.lpse)})"
    return Entry(f":rotating_light: {groups} Segel {seal} DIBUKA oleh {told.actor}. Harus ditinjau.", alarm=True)


def _revoked(told: Told) -> Entry:
    hosts = f"Server mengetahuinya sesudah {code(f'/spse access-krl {told.grant.lpse}')}."
    return Entry(f"{told.actor} mencabut: {told.words('reason')} {hosts}")


SAYS: Mapping[str, Callable[[Told], Entry]] = {
    "access.asked": lambda told: Entry(
        f"{call(told.rules, STRUCTURAL)} {told.actor} meminta; orang lain harus menyetujuinya.".strip()
    ),
    "access.granted": _granted,
    "access.refused": lambda told: Entry(f"{told.actor} menolak: {told.words('reason')}"),
    "access.revoked": _revoked,
    "access.used": _used,
    "access.sealed": lambda told: Entry(f"{told.actor} menyegel akses darurat."),
    "access.opened": _opened,
    "access.reviewed": lambda told: Entry(f"{told.actor} meninjau: {told.words('note')}"),
}


def stranger(event: Event, rules: Rules) -> Entry:
    """A login by a certificate that the ledger does not know: somebody else may be able to sign."""
    told = {key: code(cut(str(event.told.get(key) or ""), 200)) for key in ("host", "from", "serial")}
    words = (
        f":rotating_light: {call(rules, (*FUNCTIONAL, *STRUCTURAL))} ALARM: masuk ke {told['host']} dari "
        f"{told['from']} dengan sertifikat {told['serial']}, yang tidak ada dalam buku catatan. Periksa otoritasnya: "
        f"{code('spse-ops access authority show')}."
    )
    return Entry(words, alarm=True)
