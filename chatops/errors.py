"""Everything that can go wrong and that a person can do something about.

SpseOpsError
├── SettingsError
├── CatalogueError
├── ControlError
├── InputError
├── UnknownOperationError
├── UnknownLpseError
├── NoLpseError
├── EmptyInventoryError
├── NamelessHostError
├── RunError
│   └── CutError
├── RulesError
├── UnknownPersonError
├── ForbiddenError
├── PlanError
├── RefusedError
├── WorkerError
├── BotError
├── WatchError
├── TypesettingError
├── FolderError
├── WaiverError
├── SlaError
│   ├── MomentError
│   ├── UnknownZoneError
│   ├── DecreeError
│   ├── ServiceError
│   ├── PriorityError
│   └── ClockError
├── LedgerError
│   ├── LedgerUnusableError
│   ├── LedgerFullError
│   ├── LedgerBrokenError
│   ├── CheckpointError
│   ├── SpoolError
│   ├── UnknownChangeError
│   ├── UnknownOutageError
│   ├── MonthError
│   ├── ReportError
│   └── ChangeError
└── AccessError
    ├── GrantError
    ├── UnknownGrantError
    ├── KeyRefusedError
    ├── AuthorityError
    ├── PassphraseError
    ├── ShareError
    └── NoticeError

The docstring of a class is its message, filled in with what it was raised with: what is wrong, where, what to do next.
What LKPP's engineers read, too, has the same in English beside it.
"""

import inspect
from typing import ClassVar

from chatops.words import Said


class SpseOpsError(Exception):
    """Terjadi kesalahan: {detail}"""

    english: ClassVar[str] = ""

    def __init__(self, **facts: object) -> None:
        self.facts = facts
        super().__init__(inspect.cleandoc(type(self).__doc__ or "").format(**facts))

    def told(self, language: str) -> str:
        """The message in a language, as far as there is one."""
        if language != "en" or not self.english:
            return str(self)
        facts = {name: fact.english if isinstance(fact, Said) else fact for name, fact in self.facts.items()}
        return self.english.format(**facts)


class SettingsError(SpseOpsError):
    """{what} `{value}` tidak ditemukan. {advice}"""


class CatalogueError(SpseOpsError):
    """Katalog operasi tidak sah, berkas {file}: {detail}. Perbaiki berkas itu lalu ulangi."""


class ControlError(SpseOpsError):
    """Katalog kontrol keamanan tidak sah, berkas {file}: {detail}. Perbaiki berkas itu lalu ulangi."""


class InputError(SpseOpsError):
    """Masukan `{name}` {detail}."""


class UnknownOperationError(SpseOpsError):
    """Operasi `{operation}` tidak ada. {suggestion}"""


class UnknownLpseError(SpseOpsError):
    """LPSE `{lpse}` tidak ada dalam inventaris {inventory}.{suggestion}"""


class NoLpseError(SpseOpsError):
    """Operasi `{operation}` mengubah server: sebutkan nama LPSE, atau --semua untuk semuanya; bukan keduanya."""


class EmptyInventoryError(SpseOpsError):
    """Inventaris {inventory} tidak memuat satu LPSE pun. Isi `spse_lpse` untuk setiap server di dalamnya."""


class NamelessHostError(SpseOpsError):
    """Server {host} tidak mempunyai `spse_lpse` dalam inventaris. Isi dengan nama LPSE pemiliknya lalu ulangi."""


class RunError(SpseOpsError):
    """Playbook {playbook} tidak dapat dijalankan: {detail}"""


class CutError(RunError):
    """Playbook {playbook} terhenti di tengah jalan: {detail}"""


class RulesError(SpseOpsError):
    """Berkas hak akses {file} tidak dapat dipakai: {detail}. Selama itu tidak seorang pun diizinkan."""

    english = "The file of permissions {file} cannot be used: {detail}. Until then nobody is allowed anything."


class UnknownPersonError(SpseOpsError):
    """Akun {edge} `{account}` tidak terdaftar. Minta LKPP mendaftarkannya dalam berkas hak akses."""

    english = "The {edge} account `{account}` is not known. Ask LKPP to add it to the file of permissions."


class ForbiddenError(SpseOpsError):
    """{person} tidak berhak {what} untuk {lpses}. Yang berhak: {needed}."""

    english = "{person} may not {what} for {lpses}. Those who may: {needed}."


class PlanError(SpseOpsError):
    """Rencana {change} tidak dapat dibuat: {detail}. Tidak ada yang diubah."""

    english = "The plan of {change} cannot be made: {detail}. Nothing was changed."


class RefusedError(SpseOpsError):
    """{what} ditolak: {detail}"""

    english = "{what} was refused: {detail}"


class WorkerError(SpseOpsError):
    """Pekerja tidak dapat dijalankan: {detail}"""

    english = "The worker cannot run: {detail}"


class BotError(SpseOpsError):
    """Bot tidak dapat melanjutkan: {detail}. Lihat catatannya; systemd memulainya lagi."""

    english = "The bot cannot go on: {detail}. See its log; systemd starts it again."


class WatchError(SpseOpsError):
    """Pemantauan tidak dapat dilakukan: {detail}."""

    english = "Watching is not possible: {detail}."


class TypesettingError(SpseOpsError):
    """PDF tidak dapat dibuat: pustaka sistem {library} tidak ada. Pasang dengan `./bootstrap documents` lalu ulangi."""


class FolderError(SpseOpsError):
    """{folder} tidak dapat ditulis: {detail}. Sebut folder lain dengan --out."""

    english = "Cannot write {folder}: {detail}. Name another folder with --out."


class WaiverError(SpseOpsError):
    """Pengecualian (`baseline_waivers`) server {host} tidak sah: {detail}. Perbaiki inventaris lalu ulangi."""


class SlaError(SpseOpsError):
    """Tenggat tidak dapat dihitung: {detail}."""

    english = "The deadline cannot be computed: {detail}."


class MomentError(SlaError):
    """Waktu `{value}` tidak dapat dipakai: {detail}."""

    english = "The time `{value}` cannot be used: {detail}."


class UnknownZoneError(SlaError):
    """Zona waktu `{zone}` tidak dikenal; pilih salah satu: WIB, WITA, WIT."""

    english = "There is no time zone `{zone}`; choose one of WIB, WITA, WIT."


class DecreeError(SlaError):
    """Berkas kalender {file} tidak sah: {detail}. Perbaiki lalu ulangi; tidak ada yang diubah."""

    english = "The calendar file {file} is wrong: {detail}. Mend it and try again; nothing was changed."


class ServiceError(SlaError):
    """Layanan `{service}` {detail}."""

    english = "Service `{service}` {detail}."


class PriorityError(SlaError):
    """Prioritas tidak dapat dihitung: {detail}."""

    english = "The priority cannot be computed: {detail}."


class ClockError(SlaError):
    """Peristiwa ke-{number} ({kind}, {at}) tidak sah: {detail}."""

    english = "Event {number} ({kind}, {at}) is not possible: {detail}."


class LedgerError(SpseOpsError):
    """Buku catatan: {detail}."""

    english = "The ledger: {detail}."


class LedgerUnusableError(LedgerError):
    """Buku catatan {where} tidak dapat dipakai: {detail}. Periksa SPSE_OPS_LEDGER, hak akses, dan basis datanya."""

    english = "The ledger {where} cannot be used: {detail}. Check SPSE_OPS_LEDGER, permissions and the database."


class LedgerFullError(LedgerError):
    """Buku catatan {where} tidak dapat ditulis: disk penuh. Tidak ada yang tercatat; kosongkan disk lalu ulangi."""

    english = "The ledger {where} cannot be written: the disk is full. Nothing was recorded; make room and try again."


class LedgerBrokenError(LedgerError):
    """Buku catatan tidak utuh mulai nomor urut {seq}: {detail}. Jangan diubah; bandingkan dengan salinan lain."""

    english = "The ledger is not whole from sequence {seq} on: {detail}. Leave it as it is; compare it with a copy."


class CheckpointError(LedgerError):
    """Titik periksa atau kunci {file}: {detail}."""

    english = "Checkpoint or key {file}: {detail}."


class SpoolError(LedgerError):
    """Berkas antrean {file} tidak dapat dibaca: {detail}. Berkas itu tetap ada; perbaiki atau pindahkan."""

    english = "The spooled file {file} cannot be read: {detail}. It is still there; mend it or move it away."


class UnknownChangeError(LedgerError):
    """Perubahan `{change}` tidak ada dalam buku catatan. Lihat daftarnya dengan `spse-ops change list`."""

    english = "There is no change `{change}` in the ledger. See the list by `spse-ops change list`."


class UnknownOutageError(LedgerError):
    """Gangguan `{number}` tidak ada dalam buku catatan. Lihat daftarnya dengan `spse-ops outages list`."""

    english = "There is no outage `{number}` in the ledger. See the list by `spse-ops outages list`."


class MonthError(LedgerError):
    """`{month}` bukan bulan; tulis seperti 2026-03."""

    english = "`{month}` is no month; write it like 2026-03."


class ReportError(LedgerError):
    """Laporan tidak dapat dibuat atau diperiksa: {detail}."""

    english = "The report cannot be made or checked: {detail}."


class ChangeError(LedgerError):
    """Perubahan {change}: {detail}. Tidak ada yang diubah."""

    english = "Change {change}: {detail}. Nothing was changed."


class AccessError(SpseOpsError):
    """Akses: {detail}."""

    english = "Access: {detail}."


class GrantError(AccessError):
    """Akses {number}: {detail}. Tidak ada yang diubah."""

    english = "Access {number}: {detail}. Nothing was changed."


class UnknownGrantError(AccessError):
    """Akses `{number}` tidak ada dalam buku catatan. Lihat daftarnya dengan `spse-ops access list`."""

    english = "There is no access `{number}` in the ledger. See the list by `spse-ops access list`."


class KeyRefusedError(AccessError):
    """Kunci {file} ditolak: {detail}."""

    english = "The key {file} is refused: {detail}."


class AuthorityError(AccessError):
    """Otoritas sertifikat: {detail}."""

    english = "The certificate authority: {detail}."


class PassphraseError(AccessError):
    """Kata sandi otoritas `{purpose}`: {detail}."""

    english = "The passphrase of the authority `{purpose}`: {detail}."


class ShareError(AccessError):
    """Bagian kata sandi {share}: {detail}. Periksa suratnya lalu ketik ulang."""

    english = "Share {share} of the passphrase: {detail}. Look at the letter and type it again."


class NoticeError(AccessError):
    """Pemberitahuan akses tidak dibuat: {detail}."""

    english = "The notice of access was not made: {detail}."
