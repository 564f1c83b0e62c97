"""Everything that can go wrong and that a person can do something about.

SpseOpsError
├── SettingsError
├── CatalogueError
├── ControlError
├── InputError
├── UnknownLpseError
├── NoLpseError
├── EmptyInventoryError
├── NamelessHostError
├── RunError
├── TypesettingError
└── WaiverError

The docstring of a class is its message, filled in with what it was raised with: what is wrong, where, what to do next.
"""

import inspect


class SpseOpsError(Exception):
    """Terjadi kesalahan: {detail}"""

    def __init__(self, **facts: object) -> None:
        super().__init__(inspect.cleandoc(type(self).__doc__ or "").format(**facts))


class SettingsError(SpseOpsError):
    """{what} `{value}` tidak ditemukan. {advice}"""


class CatalogueError(SpseOpsError):
    """Katalog operasi tidak sah, berkas {file}: {detail}. Perbaiki berkas itu lalu ulangi."""


class ControlError(SpseOpsError):
    """Katalog kontrol keamanan tidak sah, berkas {file}: {detail}. Perbaiki berkas itu lalu ulangi."""


class InputError(SpseOpsError):
    """Masukan `{name}` {detail}."""


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


class TypesettingError(SpseOpsError):
    """PDF tidak dapat dibuat: pustaka sistem {library} tidak ada. Pasang dengan `./bootstrap documents` lalu ulangi."""


class WaiverError(SpseOpsError):
    """Pengecualian (`baseline_waivers`) server {host} tidak sah: {detail}. Perbaiki inventaris lalu ulangi."""
