"""The state of a host, in words."""

from collections.abc import Mapping
from typing import Any

KIBI = 1024
# The host looks every hour.
LOOKED_LATELY = 2 * 3600


def describe(host: str, answer: Mapping[str, Any]) -> str:
    """A few lines that an operator can read at a glance."""
    system = answer["system"]
    lines = [
        f"{host}: {system['os']}, menyala {_duration(system['uptime_seconds'])}",
        f"  memori  {_size(system['memory_available_bytes'])} tersedia dari {_size(system['memory_bytes'])}",
        f"  disk    {_size(system['disk_free_bytes'])} kosong dari {_size(system['disk_bytes'])}",
        *(f"  layanan {name}: {state}" for name, state in answer["services"].items()),
    ]
    lines += [_instance(instance) for instance in answer["instances"]] or ["  SPSE    tidak ditemukan"]
    lines += [f"  {name:7} {_mark(mark)}" for name, marks in answer["marks"].items() for mark in marks]
    if answer["instances"]:
        lines += [f"  cadangan {line}" for line in _backup(answer["backup"])]
    return "\n".join(lines)


def _instance(instance: Mapping[str, Any]) -> str:
    running = {0: "tidak berjalan", 1: f"berjalan, pid {instance['pids'][0] if instance['pids'] else ''}"}
    state = running.get(len(instance["pids"]), f"PROSES GANDA, pid {', '.join(map(str, instance['pids']))}")
    build = instance["build"] or "build tidak diketahui"
    keeper = "" if instance["managed"] else ", BELUM DIAMBIL ALIH"
    return f"  SPSE    {instance['root']} {build}, port {instance['http_port']}{instance['http_path']}: {state}{keeper}"


def _mark(mark: str) -> str:
    """What stands in an instance's way."""
    flags = {
        "maintenance": "HALAMAN PEMELIHARAAN ditampilkan",
        "hold": "DITAHAN: tidak dijalankan sampai perubahan diselesaikan",
        "frozen": "DIBEKUKAN",
        "copy": "SALINAN data instans lain, bukan data resmi",
    }
    return flags.get(mark, f"PERUBAHAN BELUM SELESAI: {mark}; ulangi atau rollback")


def _backup(backup: Mapping[str, Any] | None) -> list[str]:
    """How old the newest restore point is, and what is wrong with it."""
    if backup is None:
        return ["BELUM DISIAPKAN; jalankan backup-server"]
    if backup["looked_seconds_ago"] is None:
        return ["belum pernah diperiksa"]
    lines = [f"{wrong[:1].upper()}{wrong[1:]}" for wrong in backup["wrong"]]
    if backup["looked_seconds_ago"] > LOOKED_LATELY:
        lines.append(f"TERAKHIR DIPERIKSA {_duration(backup['looked_seconds_ago'])} lalu; seharusnya setiap jam")
    if backup["newest"] is not None:
        lines.insert(0, f"{backup['newest']}, {_duration(backup['age_seconds'])} lalu")
    return lines


def _size(count: int) -> str:
    """Bytes in the largest unit that keeps a number above one; decimal comma as Indonesians write it."""
    value = float(count)
    for unit in ("B", "KiB", "MiB"):
        if value < KIBI:
            return f"{value:.0f} {unit}"
        value /= KIBI
    return f"{value:.1f} GiB".replace(".", ",")


def _duration(seconds: int) -> str:
    minutes = seconds // 60
    days, hours = minutes // 1440, minutes // 60 % 24
    if days:
        return f"{days} hari {hours} jam"
    return f"{hours} jam {minutes % 60} menit" if hours else f"{minutes} menit"
