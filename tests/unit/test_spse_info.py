"""The module's own reading: a vendor's configuration, and whose process is whose."""

import json
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from library import spse_info
from library.module_utils import spse_configuration

CONFIGURATION = """
# Konfigurasi SPSE
http.path = /eproc4
http.port=9090
# http.port=8080
%prod.http.port=9191
%dev.http.port=9292
db.url=jdbc:postgresql://localhost:5432/epns_prod?x=y
kosong=
"""


def test_configuration_of_production_wins_over_the_plain_one() -> None:
    assert spse_configuration.parse(CONFIGURATION) == {
        "http.path": "/eproc4",
        "http.port": "9191",
        "db.url": "jdbc:postgresql://localhost:5432/epns_prod?x=y",
        "kosong": "",
    }


@pytest.mark.parametrize(
    ("command_line", "root"),
    [
        (b"java\0-Xmx1g\0-Dapplication.path=/home/appserv/spse/webapp\0play.server.Server\0", "/home/appserv/spse"),
        (b"java\0-Dapplication.path=/home/appserv/spse/current/webapp\0", "/home/appserv/spse"),
        (b"java\0-Dapplication.path=/home/appserv/spse/releases/4.5.20260105/webapp\0", "/home/appserv/spse"),
        (b"java\0-jar\0other.jar\0", None),
        (b"grep\0application.path=/x/webapp\0", None),
        (b"", None),
    ],
)
def test_a_process_belongs_to_the_installation_that_it_names(command_line: bytes, root: str | None) -> None:
    assert spse_info.application_root(command_line) == (Path(root) if root else None)


def test_uptime_is_the_age_of_the_first_process() -> None:
    ticks = os.sysconf("SC_CLK_TCK")
    stat = f"1 (sys) temd) S {' '.join(['0'] * 18)} {100 * ticks} 0 0"
    assert spse_info.uptime("160.25 300.00", stat) == 60


def test_an_installation_without_a_manifest_has_an_unknown_build() -> None:
    described = spse_info.describe(Path("/home/appserv/spse"), {"http.port": "soon"}, None, [2, 1])
    assert described == {
        "root": "/home/appserv/spse",
        "managed": False,
        "releases": {},
        "build": None,
        "http_port": None,
        "http_path": "/",
        "pids": [1, 2],
    }


def test_what_stands_in_the_way_of_an_instance(tmp_path: Path) -> None:
    for path in ("maintenance/prod", "frozen/latihan"):
        (tmp_path / path).parent.mkdir()
        (tmp_path / path).touch()
    (tmp_path / "journal").mkdir()
    begun = '{"event": "begin", "verb": "upgrade", "to": "4.5.20260202"}\n'
    (tmp_path / "journal/prod.jsonl").write_text(begun)
    (tmp_path / "journal/latihan.jsonl").write_text(begun + '{"event": "end", "outcome": "succeeded"}\n')
    assert spse_info.marks(tmp_path) == {
        "prod": ["maintenance", "upgrade 4.5.20260202"],
        "latihan": ["frozen"],
    }


def test_what_we_have_installed_is_found_by_its_home_with_the_build_of_its_release(tmp_path: Path) -> None:
    release = tmp_path / "spse" / "releases" / "4.5.20260105"
    (release / "webapp/conf").mkdir(parents=True)
    (release / "webapp/conf/application.conf").write_text("http.port=9090\nhttp.path=/eproc4\n")
    (release / "manifest.json").write_text('{"build": "4.5.20260105"}')
    (tmp_path / "spse" / "current").symlink_to(release)
    # Whatever else runs on this machine is listed, too.
    (found,) = [one for one in spse_info.instances([str(tmp_path)]) if one["root"].startswith(str(tmp_path))]
    assert (found["root"], found["managed"], found["build"]) == (str(tmp_path / "spse"), True, "4.5.20260105")
    assert (found["http_port"], found["http_path"]) == (9090, "/eproc4")


def test_backups_are_as_the_host_last_saw_them(tmp_path: Path) -> None:
    settings, status = tmp_path / "settings.json", tmp_path / "status.json"
    now = datetime(2026, 11, 20, 3, tzinfo=UTC)
    assert spse_info.backup(settings, status, now) is None
    settings.touch()
    assert spse_info.backup(settings, status, now) == {
        "looked_seconds_ago": None,
        "newest": None,
        "age_seconds": None,
        "wrong": [],
    }
    told = {"at": "2026-11-20T02:00:00+00:00", "newest": "tp-1", "age_seconds": 60, "wrong": ["x"], "points": 3}
    status.write_text(json.dumps(told))
    assert spse_info.backup(settings, status, now) == {
        "looked_seconds_ago": 3600,
        "newest": "tp-1",
        "age_seconds": 3660,
        "wrong": ["x"],
    }
