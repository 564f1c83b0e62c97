"""The berita acara of an outage: when it began and ended, how sure that is, and where the ledger has it (S0-10)."""

from datetime import datetime

from chatops import bahasa
from chatops.ledger.chain import Event
from chatops.ledger.outages import EVERYWHERE, Outage
from chatops.reports.letter import Letter
from chatops.sla import moments

RULE = (
    "Ketersediaan dilihat dari jauh, terus-menerus, dengan membuka halaman login lewat Apache. Gangguan dimulai pada "
    "pandangan pertama yang tidak menemukannya dan berakhir pada pandangan pertama yang menemukannya lagi; yang hilang "
    "timbul dihitung satu gangguan. Di antara dua pandangan tidak ada yang tahu: karena itu disebut paling sedikit dan "
    "paling lama."
)
USE = (
    "Bila gangguan terjadi pada tahap pemasukan penawaran atau tahap lain yang berbatas waktu, Pokja dapat menggeser "
    "jadwal selama waktu yang hilang, dengan berita acara ini sebagai dasarnya."
)
SIGNED = "Diketahui: ________________________ (Kepala LPSE)      Dibuat: ________________________ (petugas)"
REASONS = {
    "hanging": "server tidak menjawab, dan tidak terjangkau dari luar",
    "refused": "server menolak sambungan, dan tidak terjangkau dari luar",
    "unreachable": "tidak ada jalan ke server",
}


def letter(outage: Outage, now: datetime) -> Letter:
    """In words."""
    told = outage.begun
    zone = str(told.get("zone", "WIB"))
    nationwide = told["host"] == EVERYWHERE
    facts = [
        ("Nomor", outage.id),
        ("Yang tidak tersedia", str(told["instance"]) if nationwide else f"SPSE {told['instance']} di {told['host']}"),
        ("Mulai", _moment(outage.began, zone)),
        ("Berakhir", _moment(outage.over, zone) if outage.over else "BELUM BERAKHIR saat berita acara ini dibuat"),
        ("Lamanya", duration(outage.seconds(now))),
        *_bounds(outage, zone),
        ("Sebab yang terlihat", REASONS.get(told["why"], told["why"]) or "-"),
        ("Direncanakan", "ya, ditutup untuk pemeliharaan" if told["planned"] else "tidak"),
        *(_evidence(number, each) for number, each in enumerate(outage.events, start=1)),
    ]
    return Letter(
        kicker="Layanan S0-10 · Pemantauan ketersediaan",
        title="Berita acara gangguan",
        office="LKPP, nasional" if nationwide else f"LPSE {told['lpse']}",
        at=now.astimezone(moments.zone("WIB")),
        facts=facts,
        notice="" if outage.over else "Gangguan belum berakhir: buat lagi berita acara ini sesudahnya.",
        paragraphs=(RULE, *(() if told["planned"] or nationwide else (USE,)), SIGNED),
    )


def _bounds(outage: Outage, zone: str) -> list[tuple[str, str]]:
    found = []
    if outage.begun["last_there"]:
        seen = datetime.fromisoformat(outage.begun["last_there"])
        found.append(("Terakhir terlihat tersedia", _moment(seen, zone)))
    if outage.least_seconds is not None and outage.most_seconds is not None:
        words = f"{duration(outage.least_seconds)} sampai {duration(outage.most_seconds)}"
        found.append(("Paling sedikit, paling lama", words))
    if ended := outage.ended:
        if ended["returns"]:
            between = duration(ended["there_seconds"])
            found.append(("Hilang timbul", f"{ended['returns']} kali kembali sebentar, seluruhnya {between}"))
        if ended["unwatched_seconds"]:
            found.append(("Tidak terpantau", f"{duration(ended['unwatched_seconds'])} di antaranya"))
    return found


def _evidence(number: int, event: Event) -> tuple[str, str]:
    return f"Buku catatan ({number})", f"nomor urut {event.seq}, SHA-256 `{event.hash}`"


def _moment(when: datetime, zone: str) -> str:
    return bahasa.moment_in("id", when.astimezone(moments.zone(zone)), zone)


def duration(seconds: int) -> str:
    """As one says it."""
    minutes, left = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    parts = [(hours, "jam"), (minutes, "menit"), (left, "detik")]
    return " ".join(f"{count} {unit}" for count, unit in parts if count) or "0 detik"
