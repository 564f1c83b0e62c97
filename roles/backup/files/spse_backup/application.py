# SPDX-License-Identifier: Apache-2.0
"""SPSE itself on what was brought back: the release of the restore point, beside the one that people use.

It runs by a unit of its own, which lets it speak to nobody but this host, on the cluster of the drill.
"""

from __future__ import annotations

import http.client
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .shell import BackupError, run, wait

if TYPE_CHECKING:
    from .scratch import Scratch
    from .settings import Instance, Settings

FOLDER = Path("/run/spse-backup")
UNITS = Path("/etc/systemd/system")
MEMORY = Path("/proc/meminfo")
# Of the heap, twice: a JVM takes more than its heap, and what people use comes first.
NEEDED_MEGABYTES = 1024
TIMEOUT = 10


def examine(settings: Settings, cluster: Scratch, instance: Instance, build: str | None) -> dict[str, Any]:
    """Start it, ask for its pages, stop it. What is wrong is under `wrong`; why it was left out, under `left_out`."""
    left_out = _left_out(instance, build)
    if left_out:
        return {"left_out": left_out, "wrong": []}
    unit = f"spse-{instance.name}-drill@{build}.service"
    FOLDER.mkdir(mode=0o755, exist_ok=True)
    given = f"DRILL_PORT={settings.drill_http_port}\nDRILL_DATABASE={cluster.port}/{instance.database}\n"
    (FOLDER / f"drill-{instance.name}").write_text(given, encoding="utf-8")
    begun = time.monotonic()
    try:
        run("systemctl", "stop", unit)
        run("systemctl", "start", unit)
        wrong = _wait(settings, instance, unit, build or "")
    except BackupError as error:
        wrong = [str(error)]
    finally:
        run("systemctl", "stop", unit)
        run("systemctl", "reset-failed", f"spse-{instance.name}-drill@*")
    return {"left_out": "", "wrong": wrong, "seconds": round(time.monotonic() - begun, 1)}


def _left_out(instance: Instance, build: str | None) -> str:
    """Why it cannot be started here; empty if it can."""
    if build is None or not (instance.home / "releases" / build).is_dir():
        return f"rilis {build or 'itu'} tidak ada lagi di server ini"
    if not (UNITS / f"spse-{instance.name}-drill@.service").exists():
        return "unit uji belum dipasang; jalankan playbook install"
    available = int(MEMORY.read_text(encoding="utf-8").partition("MemAvailable:")[2].split()[0]) // 1024
    return "" if available >= NEEDED_MEGABYTES else f"memori yang tersedia hanya {available} MiB"


def _wait(settings: Settings, instance: Instance, unit: str, build: str) -> list[str]:
    """What is wrong with its pages when it is up, or that it does not come up."""
    page = instance.path + settings.drill_version_page
    wait(lambda: _ask(settings, page)[0] == http.client.OK or not _runs(unit), settings.drill_start_seconds)
    status, body = _ask(settings, page)
    if status != http.client.OK:
        log = run("journalctl", "--no-pager", "--output=cat", "--lines=5", f"--unit={unit}").strip()
        return [f"tidak hidup atas titik pulih: {log[-300:]}"]
    wrong = [] if build in body else [f"build yang menjawab bukan {build}"]
    for page in settings.drill_pages:
        status, body = _ask(settings, instance.path + page)
        if status != http.client.OK:
            wrong.append(f"{page} menjawab {status or body}")
    return wrong


def _ask(settings: Settings, path: str) -> tuple[int, str]:
    connection = http.client.HTTPConnection("127.0.0.1", settings.drill_http_port, timeout=TIMEOUT)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read().decode(errors="replace")
    except (OSError, http.client.HTTPException) as error:
        return 0, f"{type(error).__name__}: {error}"
    finally:
        connection.close()


def _runs(unit: str) -> bool:
    shown = run("systemctl", "show", "--property=ActiveState", "--value", unit).strip()
    return shown in {"active", "activating"}
