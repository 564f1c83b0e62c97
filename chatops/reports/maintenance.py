"""Drafts by which the public is told of a maintenance (S0-13): for the website, and as an e-mail."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage

from chatops import bahasa
from chatops.ledger.outages import EVERYWHERE
from chatops.maintenance import Maintenance
from chatops.reports.letter import Letter
from chatops.reports.page import printable
from chatops.sla import moments

AVOID = (
    "Selama waktu itu SPSE mungkin tidak dapat dibuka. Selesaikan unggahan dan penawaran sebelumnya, dan jangan "
    "menunggu menit terakhir. Jadwal tender yang terkena disesuaikan oleh Pokja."
)
AGREED = (
    "Pemeliharaan rutin diumumkan 7 hari kerja sebelumnya di situs dan lewat surel, menurut perjanjian tingkat layanan."
)


@dataclass(frozen=True)
class Announcement:
    """What the public reads."""

    maintenance: Maintenance
    title: str
    """What will be done, in words that everybody understands."""
    until: datetime
    contact: str
    now: datetime
    downtime: str = ""
    """What the catalogue says of the operation."""

    @property
    def office(self) -> str:
        """Whose SPSE."""
        lpses = self.maintenance.change.lpses
        return "Seluruh LPSE" if EVERYWHERE in lpses else f"LPSE {', '.join(lpses)}"

    @property
    def zone(self) -> str:
        """By which clock it is said."""
        return str(self.maintenance.change.opened["lpse_zone"])

    def letter(self, greeting: str = "") -> Letter:
        """In words."""
        since, until = self.maintenance.since, self.until
        facts = [
            ("Yang dikerjakan", self.title),
            ("Mulai", self._both(since)),
            ("Selesai", self._both(until)),
            ("Lamanya", _lasts(since, until)),
            *([("Waktu henti", self.downtime)] if self.downtime else []),
            *([("Hubungi", self.contact)] if self.contact else []),
            ("Nomor", self.maintenance.change.id),
        ]
        english = (
            f"In short: SPSE may be unavailable from {bahasa.moment_in('en', self._local(since), self.zone)} "
            f"to {bahasa.moment_in('en', self._local(until), self.zone)}, for planned maintenance."
        )
        return Letter(
            kicker="Layanan S0-13 · Pemberitahuan pemeliharaan",
            title="Pemberitahuan pemeliharaan SPSE",
            office=self.office,
            at=self.now.astimezone(moments.zone("WIB")),
            facts=facts,
            notice=AVOID,
            paragraphs=(*([greeting] if greeting else []), AGREED, english),
        )

    @property
    def subject(self) -> str:
        """Of the e-mail."""
        return printable(f"Pemeliharaan SPSE {self.office}: {self._both(self.maintenance.since)}").replace("\n", " ")

    def files(self) -> dict[str, bytes]:
        """All drafts, by the names of the files."""
        page = self.letter()
        mail = self.letter("Kepada Yth. panitia, penyedia, dan pengguna SPSE.")
        number = self.maintenance.change.id
        return {
            f"situs-{number}.txt": page.as_text().encode(),
            f"situs-{number}.html": page.as_page().encode(),
            f"surel-{number}.txt": mail.as_text().encode(),
            f"surel-{number}.html": mail.as_page().encode(),
            f"surel-{number}.eml": self._mail(mail).as_bytes(),
        }

    def _mail(self, letter: Letter) -> EmailMessage:
        """A draft that programs for e-mail open, with both bodies; to whom, is for whoever sends it to fill in."""
        message = EmailMessage()
        message["Subject"] = self.subject
        # By this Outlook and others know a draft.
        message["X-Unsent"] = "1"
        message.set_content(letter.as_text())
        message.add_alternative(letter.as_page(), subtype="html")
        return message

    def _local(self, when: datetime) -> datetime:
        return when.astimezone(moments.zone(self.zone))

    def _both(self, when: datetime) -> str:
        """By the office's clock and by that of Jakarta."""
        zones = dict.fromkeys([self.zone, "WIB"])
        return " = ".join(bahasa.moment_in("id", when.astimezone(moments.zone(zone)), zone) for zone in zones)


def sums(files: dict[str, bytes]) -> dict[str, str]:
    """By which what was published can be held against what was drafted."""
    return {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}


def _lasts(since: datetime, until: datetime) -> str:
    minutes = int((until - since).total_seconds()) // 60
    hours, minutes = divmod(minutes, 60)
    parts = [(hours, "jam"), (minutes, "menit")]
    return " ".join(f"{count} {unit}" for count, unit in parts if count) or "kurang dari satu menit"
