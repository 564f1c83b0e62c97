"""The one look that a host takes at itself: what hangs or fails in it is a problem, and the rest is told."""

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

from chatops.watch import answer
from roles.probe.files.spse_look import machine, settings, upkeep
from roles.probe.files.spse_look.__main__ import look
from roles.probe.files.spse_look.seen import Seen

REPOSITORY = Path(__file__).resolve().parents[2]
MEMORY = "MemTotal:  8000 kB\nMemAvailable:  2000 kB\nSwapTotal:  1000 kB\nSwapFree:  250 kB\n"
# As apt-get prints it.
APT = """\
Inst libssl3 [3.0.15-1] (3.0.17-1 Debian-Security:12/oldstable-security [amd64])
Inst base-files [12.4] (12.5 Debian:12.5/stable [amd64])
Conf libssl3 (3.0.17-1 Debian-Security:12/oldstable-security [amd64])
"""
TCP = """\
  sl  local_address rem_address   st tx_queue rx_queue
   0: 00000000:0016 00000000:0000 0A 00000000:00000000
   1: 0100007F:2382 0100007F:9999 01 00000000:00000000
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "proc/net").mkdir(parents=True)
    (tmp_path / "proc/meminfo").write_text(MEMORY)
    (tmp_path / "proc/net/tcp").write_text(TCP)
    return tmp_path


def test_memory(root: Path) -> None:
    assert machine.memory(root).measures == {"memory": 0.25, "memory_bytes": 8000 * 1024, "swap": 0.25}


def test_only_who_listens_counts(root: Path) -> None:
    seen = machine.ports((22, 9090), root)
    assert seen.measures == {"port:22": 1, "port:9090": 0}
    assert seen.problems == {"port:9090": "tidak ada yang mendengarkan"}


def test_disks_count_once_and_missing_folders_not() -> None:
    seen = machine.disks(("/", "/", "/nowhere"))
    assert seen.measures.keys() <= {"disk:/", "disk_bytes:/", "inodes:/"}
    assert 0 <= seen.measures["disk:/"] <= 1
    assert seen.problems == {}


def test_the_age_of_a_restore_point_goes_on_between_looks(tmp_path: Path) -> None:
    file = tmp_path / "spse_backup.prom"
    file.write_text("spse_backup_points 3\nspse_backup_age_seconds 7200\nspse_backup_healthy 1\n")
    seen = upkeep.backup(file, file.stat().st_mtime + 3600)
    assert seen.measures == {"backup": 3, "backup_healthy": 1}
    file.write_text("spse_backup_points 0\nspse_backup_healthy 0\n")
    assert upkeep.backup(file).problems == {"backup": "belum ada satu pun titik pulih"}


def test_only_what_comes_from_the_security_archive_is_counted() -> None:
    assert upkeep.security(APT) == 1


def test_what_hangs_or_fails_holds_nothing_up() -> None:
    def hang() -> Seen:
        time.sleep(5)
        return Seen()

    def fail() -> Seen:
        raise ZeroDivisionError

    began = time.monotonic()
    seen = look({"hangs": hang, "fails": fail, "memory": machine.memory}, deadline=0.5)
    assert time.monotonic() - began < 2
    assert seen.problems == {"fails": "ZeroDivisionError: ", "hangs": "tidak selesai dalam 0 detik"}
    assert "memory" in seen.measures


def test_the_program_as_a_host_runs_it(tmp_path: Path) -> None:
    """With nothing but Python's library and what the role brings along; on this machine, which has no SPSE."""
    told = {
        "instances": [{"name": "prod", "home": "/nowhere/spse", "port": 9, "path": "/eproc4"}],
        "folders": ["/"],
        "names": ["localhost"],
        "ports": [9],
        "outbound": ["127.0.0.1:9"],
        "server_name": "spse.mamuju.example",
        "login_page": "/login",
        "version_page": "/versi",
        "backup": True,
    }
    (tmp_path / "settings.json").write_text(json.dumps(told))
    for shared in ("spse_clock", "spse_probe"):
        (tmp_path / f"{shared}.py").write_text((REPOSITORY / f"library/module_utils/{shared}.py").read_text())
    code = (
        "import sys; sys.path[:0] = [sys.argv[1], sys.argv[2]]\n"
        "from pathlib import Path\n"
        "from spse_look import settings, __main__ as program\n"
        "settings.read.__defaults__ = (Path(sys.argv[1]) / 'settings.json',)\n"
        "program.main()\n"
    )
    files = REPOSITORY / "roles/probe/files"
    argv = [sys.executable, "-I", "-B", "-c", code, str(tmp_path), str(files)]
    done = subprocess.run(argv, capture_output=True, check=True, timeout=30)
    found = answer.parse(done.stdout)
    assert found.measures["memory"] > 0
    assert found.measures["dns:localhost"] == 1
    assert found.measures["process:prod"] == 0
    assert found.measures["outbound:127.0.0.1:9"] == 0
    assert found.problems["login:prod"].startswith("tidak menjawab")
    assert set(found.measures) | set(found.problems) >= {"clock", "updates", "backup", "certificate", "database"}


def test_settings_are_what_the_role_writes() -> None:
    fields = set(settings.Settings.__dataclass_fields__)
    text = (REPOSITORY / "roles/probe/vars/main.yml").read_text()
    assert all(f"\n  {name}:" in text for name in fields)
