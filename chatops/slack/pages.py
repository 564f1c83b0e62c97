"""Help, the queue and the App Home. Pure."""

from collections.abc import Collection, Iterable, Sequence

from chatops.cases import Case
from chatops.catalogue import Operation
from chatops.slack import cards
from chatops.slack.line import asked_of
from chatops.slack.text import Block, code, context, escape, plain, section

HOME_CASES = 12
QUEUE = 20
LINES = 25


def help_(operations: Iterable[Operation], *, access: Collection[str] = ()) -> list[Block]:
    """What somebody may ask for, each with its line; and the roles that he may ask access for."""
    lines = [_usage(each) for each in operations]
    if access:
        lines.append(f"`/spse access [LPSE]` Meminta akses ke server sebagai {' atau '.join(access)}")
    if not lines:
        return [section("Anda terdaftar, tetapi belum mempunyai hak untuk meminta operasi apa pun.")]
    groups = [lines[start : start + LINES] for start in range(0, len(lines), LINES)]
    return [
        section("*Yang dapat Anda minta* — ketik namanya saja untuk mengisi formulir:"),
        *(section("\n".join(group)) for group in groups),
        context(
            "`/spse status [LPSE]` melihat keadaan · `/spse ringkasan [LPSE]` melihat hari kemarin · "
            "`/spse usulan` melihat usulan perubahan · "
            "`/spse antrean` melihat yang menunggu · `/spse CHG-…` melihat satu perubahan · "
            "`/spse access daftar` melihat akses · `/spse AKS-…` melihat satu akses · "
            "`/spse web` halaman pantauan · "
            "`--alasan` `--mulai` `--plan-only` `--darurat` `--semua` berlaku untuk semuanya"
        ),
    ]


def _usage(operation: Operation) -> str:
    wanted = " ".join(f"--{each.name} …" for each in asked_of(operation) if each.required)
    where = "LPSE …" if operation.changes_hosts else "[LPSE …]"
    return f"`/spse {operation.name} {f'{where} {wanted}'.strip()}` {escape(operation.title)}"


def queue(cases: Sequence[Case]) -> list[Block]:
    """What has not ended, one line each."""
    if not cases:
        return [section("Antrean kosong.")]
    more = [context(f"dan {len(cases) - QUEUE} lagi")] if len(cases) > QUEUE else []
    return [*(section(cards.line(each)) for each in cases[:QUEUE]), *more]


def access(lines: Sequence[str]) -> list[Block]:
    """What concerns somebody of access, one line each."""
    if not lines:
        return [section("Tidak ada akses yang Anda minta, miliki, atau perlu jawab.")]
    more = [context(f"dan {len(lines) - QUEUE} lagi")] if len(lines) > QUEUE else []
    shown = [section(each) for each in lines[:QUEUE]]
    return [*shown, *more, context(f"{code('/spse AKS-…')} memperlihatkan satu, dengan tombolnya.")]


def home(
    name: str, own: Sequence[Case], operations: Sequence[Operation], may: set[str], grants: Sequence[str] = ()
) -> Block:
    """The App Home: what waits for him, what he has asked for and when it is due, and what he may ask for."""
    answered = [each for each in own if each.number in may]
    others = [each for each in own if each.number not in may]
    blocks: list[Block] = [
        {"type": "header", "text": plain(f"Antrean {name}", 150)},
        section("*Menunggu jawaban Anda*"),
        *_cases(answered, "Tidak ada."),
        {"type": "divider"},
        section("*Permintaan Anda yang belum selesai*"),
        *_cases(others, "Tidak ada."),
    ]
    if grants:
        blocks += [{"type": "divider"}, section("*Akses*"), *access(grants)]
    if operations:
        menu = {
            "type": "static_select",
            "action_id": "ask",
            "placeholder": plain("Minta operasi", 150),
            "options": [{"text": plain(each.title, 75), "value": each.name} for each in operations[:100]],
        }
        blocks += [{"type": "divider"}, {"type": "actions", "block_id": "ask", "elements": [menu]}]
    return {"type": "home", "blocks": blocks}


def _cases(cases: Sequence[Case], none: str) -> list[Block]:
    # What is due first is read first.
    ordered = sorted(cases, key=lambda each: each.due.at.timestamp() if each.due else float("inf"))
    shown = [section(cards.line(each)) for each in ordered[:HOME_CASES]]
    if len(cases) > HOME_CASES:
        shown.append(context(f"dan {len(cases) - HOME_CASES} lagi; lihat {code('/spse antrean')}"))
    return shown or [context(none)]
