"""The state of a host in words."""

from typing import Any

import pytest

from chatops.status import describe

SYSTEM = {
    "os": "Debian GNU/Linux 12 (bookworm)",
    "uptime_seconds": 3 * 86400 + 7200,
    "memory_bytes": 8 * 2**30,
    "memory_available_bytes": 512 * 2**20,
    "disk_bytes": 100 * 2**30,
    "disk_free_bytes": 50 * 2**30 + 2**29,
}


BACKUP = {"looked_seconds_ago": 60, "newest": "tp-20261120T010000Z", "age_seconds": 7200, "wrong": []}


def answer(pids: list[int], marks: dict[str, list[str]] | None = None, *, managed: bool = True) -> dict[str, Any]:
    instance = {
        "managed": managed,
        "releases": {},
        "root": "/home/appserv/spse",
        "build": "4.5.20260105",
        "http_port": 9090,
        "http_path": "/eproc4",
        "pids": pids,
    }
    return {
        "system": SYSTEM,
        "services": {"apache2": "active"},
        "instances": [instance],
        "marks": marks or {},
        "backup": BACKUP,
    }


def test_a_host_at_a_glance() -> None:
    assert describe("spse.mamuju.example", answer([4242])).splitlines() == [
        "spse.mamuju.example: Debian GNU/Linux 12 (bookworm), menyala 3 hari 2 jam",
        "  memori  512 MiB tersedia dari 8,0 GiB",
        "  disk    50,5 GiB kosong dari 100,0 GiB",
        "  layanan apache2: active",
        "  SPSE    /home/appserv/spse 4.5.20260105, port 9090/eproc4: berjalan, pid 4242",
        "  cadangan tp-20261120T010000Z, 2 jam 0 menit lalu",
    ]


@pytest.mark.parametrize(
    ("pids", "words"), [([], "tidak berjalan"), ([1], "berjalan, pid 1"), ([1, 2], "PROSES GANDA, pid 1, 2")]
)
def test_one_process_is_right_and_two_are_shouted(pids: list[int], words: str) -> None:
    assert describe("host", answer(pids)).splitlines()[4].endswith(words)


def test_a_host_without_spse_says_so() -> None:
    assert describe("host", answer([]) | {"instances": []}).endswith("SPSE    tidak ditemukan")


def test_a_host_that_nobody_has_taken_over_says_so() -> None:
    assert "berjalan, pid 1, BELUM DIAMBIL ALIH\n" in describe("host", answer([1], managed=False))


def test_what_stands_in_the_way_is_shouted() -> None:
    described = describe(
        "host", answer([], {"prod": ["maintenance", "hold", "upgrade 4.5.20260202"], "latihan": ["frozen"]})
    )
    assert described.splitlines()[-5:-1] == [
        "  prod    HALAMAN PEMELIHARAAN ditampilkan",
        "  prod    DITAHAN: tidak dijalankan sampai perubahan diselesaikan",
        "  prod    PERUBAHAN BELUM SELESAI: upgrade 4.5.20260202; ulangi atau rollback",
        "  latihan DIBEKUKAN",
    ]


@pytest.mark.parametrize(
    ("backup", "lines"),
    [
        (None, ["BELUM DISIAPKAN; jalankan backup-server"]),
        (BACKUP | {"looked_seconds_ago": None}, ["belum pernah diperiksa"]),
        (
            BACKUP | {"age_seconds": 30 * 3600, "wrong": ["uji pemulihan terakhir gagal"]},
            ["tp-20261120T010000Z, 1 hari 6 jam lalu", "Uji pemulihan terakhir gagal"],
        ),
        (
            BACKUP | {"looked_seconds_ago": 5 * 3600, "newest": None, "age_seconds": None, "wrong": ["Belum ada."]},
            ["Belum ada.", "TERAKHIR DIPERIKSA 5 jam 0 menit lalu; seharusnya setiap jam"],
        ),
    ],
)
def test_backups_that_are_not_as_they_should_be_are_shouted(backup: dict[str, Any] | None, lines: list[str]) -> None:
    described = describe("host", answer([1]) | {"backup": backup})
    assert described.splitlines()[5:] == [f"  cadangan {line}" for line in lines]
