"""What an LPSE tells LKPP before an install, and after its access has changed (S0-21): everything but a secret."""

import ipaddress
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from chatops import bahasa
from chatops.access import rules
from chatops.errors import NoticeError
from chatops.reports.letter import Letter
from chatops.secrets import mask
from chatops.sla import moments, services
from chatops.sla.calendar import Calendar, Provider
from chatops.sla.deadline import Due, reckon
from chatops.words import Said

SERVICE = "S0-21"
MODES = ("install", "access-change")
DOMAIN = re.compile(r"(?=.{4,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}")
ACCOUNT = re.compile(r"[a-z_][a-z0-9_-]{0,31}")
FINGERPRINT = re.compile(r"SHA256:[A-Za-z0-9+/]{43}")
LOCAL = tuple(
    map(
        ipaddress.ip_network,
        (
            "10.0.0.0/8",
            "172.16.0.0/12",
            "192.168.0.0/16",
            "127.0.0.0/8",
            "169.254.0.0/16",
            "::1",
            "fe80::/10",
            "fc00::/7",
        ),
    )
)
# Words that people put before a password, in both languages; and keys, whichever program has made them.
SECRET = re.compile(
    r"\b(?:pass(?:word|wd|phrase|code)?|pwd|(?:kata\s*)?sandi|kunci\s+pribadi|pin|token|secret|rahasia)\b\s*(?:[:=]|adalah|is\b)"
    r"|PRIVATE KEY|PuTTY-User-Key-File|AGE-SECRET-KEY-|\bopenssh-key-v1\b|b3BlbnNzaC1rZXkt",
    re.IGNORECASE,
)
# Longer than a word, and of letters, digits and signs: nobody writes that in a sentence.
DENSE = re.compile(r"\S{12,}")
MOST_PORT = 65535
RULE = (
    "Menurut perjanjian tingkat layanan, LPSE memberitahukan akses server kepada LKPP paling lambat 2 hari kerja "
    "sebelum instalasi, atau 1 hari sesudah akses berubah, dan mendaftarkan alamat LKPP di server."
)
WAY = (
    "Masuk hanya dengan sertifikat SSH atas nama orangnya, yang disetujui, berlaku beberapa jam, dan dapat dicabut. "
    "Cocokkan sidik jari di atas saat pertama kali terhubung; bila berbeda, jangan lanjutkan."
)


@dataclass(frozen=True)
class Notice:
    """One notice."""

    lpse: str
    zone: str
    mode: str
    when: datetime
    """When the installation begins, or when the access changed."""
    address: str
    port: int
    user: str
    fingerprints: tuple[str, ...]
    """Of the host's keys."""
    sources: tuple[str, ...] = ()
    """LKPP's addresses that the server lets in."""
    note: str = ""

    def checked(self) -> "Notice":
        """The same, if it may be sent: whole, and without a secret."""
        for given in (self.address, self.user, self.note, *self.fingerprints):
            if SECRET.search(given) or mask(given) != given:
                raise _refused(
                    "ada yang seperti kata sandi atau kunci pribadi di dalamnya. Anggap bocor, ganti, dan jangan "
                    "dikirim dengan cara apa pun; akses diberikan dengan `spse-ops access grant`",
                    "something in it looks like a password or a private key. Take it as leaked, change it, and send it "
                    "by no means; access is given by `spse-ops access grant`",
                )
        rules.slug(self.lpse, rules.LPSE)
        _public(self.address)
        if not 1 <= self.port <= MOST_PORT:
            raise _refused("port harus antara 1 dan 65535", "the port has to be between 1 and 65535")
        if self.user == "root" or not ACCOUNT.fullmatch(self.user):
            raise _refused(
                "akunnya harus akun bernama, bukan root; pakai lkpp-operator atau lkpp-auditor",
                "it has to be an account with a name, not root; use lkpp-operator or lkpp-auditor",
            )
        if not self.fingerprints or not all(map(FINGERPRINT.fullmatch, self.fingerprints)):
            raise _refused(
                "sidik jari kunci server harus seperti SHA256:… (43 huruf); lihat dengan `ssh-keygen -lf "
                "/etc/ssh/ssh_host_ed25519_key.pub`",
                "the fingerprint of the host's key has to be like SHA256:… (43 letters); see it by `ssh-keygen -lf "
                "/etc/ssh/ssh_host_ed25519_key.pub`",
            )
        for word in DENSE.findall(self.note):
            if re.search(r"[A-Za-z]", word) and re.search(r"[0-9]", word) and re.search(r"[^A-Za-z0-9./:,-]", word):
                raise _refused(
                    "catatannya memuat kata yang seperti kata sandi; tulis dengan kalimat biasa",
                    "its note has a word that looks like a password; write plain sentences",
                )
        return self

    @property
    def told(self) -> dict[str, object]:
        """What it says."""
        return {**vars(self), "when": self.when.isoformat()}

    def due(self, calendar: Calendar) -> Due:
        """By when it has to be with LKPP."""
        term = services.find(SERVICE).deadline(self.mode).term
        return reckon(self.when, term, Provider(self.lpse, self.zone), calendar)

    def letter(self, calendar: Calendar, now: datetime) -> Letter:
        """In words."""
        where = moments.zone(self.zone)
        due = self.due(calendar)
        when = bahasa.moment_in("id", self.when.astimezone(where), self.zone)
        until = bahasa.moment_in("id", due.at, self.zone)
        what = {"install": "Instalasi dimulai", "access-change": "Akses berubah"}[self.mode]
        if due.provisional:
            years = ", ".join(map(str, due.unknown_years))
            until += f" (SEMENTARA: hari libur tahun {years} belum ditetapkan)"
        facts = [
            ("LPSE", self.lpse),
            (what, when),
            ("Paling lambat sampai di LKPP", until),
            ("Alamat publik", self.address),
            ("Port SSH", str(self.port)),
            ("Akun", self.user),
            *(("Sidik jari kunci server", each) for each in self.fingerprints),
            ("Alamat LKPP yang diizinkan", ", ".join(self.sources) or "belum didaftarkan"),
        ]
        return Letter(
            kicker="Layanan S0-21 · Pemberian akses server LPSE kepada LKPP",
            title="Pemberitahuan akses server",
            office=f"LPSE {self.lpse}",
            at=now.astimezone(moments.zone("WIB")),
            facts=facts + ([("Catatan", self.note)] if self.note else []),
            notice=(
                "Surat ini tidak memuat kata sandi atau kunci pribadi, dan tidak boleh ditambahi. Siapa pun yang "
                "meminta atau mengirim kata sandi melalui e-mail patut dicurigai."
            ),
            paragraphs=(RULE, WAY),
            steps=_steps(self),
        )


def _steps(notice: Notice) -> Sequence[str]:
    return (
        f"Minta akses: `spse-ops access grant {notice.lpse} --role operator --for 4h …`; orang lain menyetujuinya.",
        f"Masuk: `ssh -p {notice.port} -i KUNCI -o CertificateFile=SERTIFIKAT {notice.user}@{notice.address}`.",
    )


def _public(address: str) -> None:
    """An address that LKPP can reach, or a domain."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        if not DOMAIN.fullmatch(address):
            raise _refused(
                f"`{address}` bukan alamat IP atau nama domain", f"`{address}` is no IP address and no domain"
            ) from None
        return
    if any(found in network for network in LOCAL):
        raise _refused(
            f"{address} alamat lokal, yang tidak terjangkau dari LKPP; sebutkan alamat publiknya",
            f"{address} is a local address that LKPP cannot reach; say the public one",
        )


def _refused(indonesian: str, english: str) -> NoticeError:
    return NoticeError(detail=Said(indonesian, english))
