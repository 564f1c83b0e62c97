"""`spse-ops logs`: trouble on a real host is found in its logs, by one command, and no secret comes along."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Builds
from tests.hosts.host import Host
from tests.hosts.lab import Lab
from tests.spse_app import vendor

COMMAND = Path(sys.executable).with_name("spse-ops")
CANARY = "kenari-rahasia"
PAGE = "http://localhost/eproc4"

type Logs = Callable[..., subprocess.CompletedProcess[str]]


def ask(host: Host, url: str) -> str:
    """The status that a page is answered with."""
    return host.run(f"curl --silent --output /dev/null --max-time 60 --write-out '%{{http_code}}' '{url}'").stdout


@pytest.fixture(scope="module")
def troubled(spse_host: Host, builds: Builds) -> Host:
    """A host on which the database was away for a while, pages were missing, and somebody wrote secrets into logs."""
    vendor.install(spse_host, builds["n"].file)
    spse_host.run("systemctl stop postgresql")
    assert [ask(spse_host, f"{PAGE}/paket/{number}") for number in (1, 2, 3)] == ["500"] * 3
    spse_host.run("systemctl start postgresql")
    assert ask(spse_host, f"{PAGE}/tidak-ada?token={CANARY}") == "404"
    spse_host.run("/home/appserv/spse/spse4 stop")
    assert ask(spse_host, f"{PAGE}/") == "503"
    spse_host.run(
        # A mistake on purpose: PostgreSQL writes the statement into its log.
        f"cd / && ! runuser -u postgres -- psql -c \"alter role epns password '{CANARY}' x\" 2> /dev/null;"
        "systemd-run --quiet --wait --unit spse-uji sh -c "
        f"\"printf '2026-01-05 08:00:00,123 ERROR ~ Uji token={CANARY}\\n\\tat uji.X\\n'\"; "
        "logger --priority user.err --tag uji 'isi {{ 6 * 7 }}'; "
        f"logger --priority user.err --tag uji 'db.pass={CANARY} ditolak'; "
        "until journalctl --sync && journalctl --identifier uji | grep -q ditolak; do sleep 0.1; done"
    )
    # What was rotated belongs to it.
    spse_host.run(
        "cd /home/appserv/spse/webapp/logs && gzip --keep application.log && mv application.log.gz x.log.1.gz"
    )
    spse_host.run("rm /home/appserv/spse/webapp/logs/application.log")
    return spse_host


@pytest.fixture
def logs(troubled: Host, lab: Lab, tmp_path: Path) -> Logs:
    """Run the command as an operator does."""
    inventory = tmp_path / "hosts.yml"
    inventory.write_text(json.dumps(lab.inventory()))
    environment = {"HOME": os.environ["HOME"], "PATH": "/usr/bin:/bin", "SPSE_OPS_INVENTORY": str(inventory)}

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [COMMAND, "logs", troubled.name, *arguments],
            capture_output=True,
            check=False,
            cwd="/",
            env=environment,
            text=True,
            timeout=120,
        )

    return run


def told(done: subprocess.CompletedProcess[str], host: Host) -> dict[str, Any]:
    assert done.returncode == 0, done.stdout + done.stderr
    answer: dict[str, Any] = json.loads(done.stdout)["hosts"][host.name]
    return answer


def test_trouble_is_found_in_every_source(logs: Logs, troubled: Host, figures: list[str]) -> None:
    begin = time.monotonic()
    answer = told(logs("--since", "1h", "--json"), troubled)
    figures.append(f"logs: one host of four sources read in {time.monotonic() - begin:.1f} s")
    sources = answer["sources"]
    frequent = {name: {error["text"]: error["count"] for error in said["frequent"]} for name, said in sources.items()}
    (failed,) = (count for text, count in frequent["application"].items() if text.startswith("Galat pada GET /"))
    assert failed == 3
    assert frequent["apache"]["GET /eproc4/paket/# → 500"] == 3
    assert frequent["apache"]["GET /eproc4/ → 503"] == 1
    assert any("AH01114" in text for text in frequent["apache"])
    assert sources["apache"]["warnings"] >= 1
    assert any("unrecognized role option" in text for text in frequent["postgresql"])
    assert any(text == "db.pass=******** ditolak" for text in frequent["system"])
    # What a log says is not for Ansible to run.
    assert frequent["system"]["isi {{ # * # }}"] == 1
    assert frequent["system"]["Uji token=********"] == 1
    assert [said["unread"] for said in sources.values()] == [{}] * 4
    assert CANARY not in json.dumps(answer)


def test_a_stack_trace_comes_with_its_error(logs: Logs, troubled: Host) -> None:
    arguments = ["--since", "1h", "--source", "application", "--pattern", "galat pada", "--limit", "1", "--json"]
    answer = told(logs(*arguments), troubled)
    (line,) = answer["lines"]
    assert list(answer["sources"]) == ["application"]
    assert line["text"].startswith("ERROR ~ Galat pada GET /eproc4/paket/3\n")
    assert "\tat " in line["text"]


def test_the_view_is_indonesian_and_keeps_the_secrets(logs: Logs, troubled: Host) -> None:
    done = logs("--since", "1h", "--limit", "1000")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f"{troubled.name}: log 2")
    assert " baris, " in done.stdout
    assert "3 kali  Galat pada GET /" in done.stdout
    assert "GET /eproc4/tidak-ada?token=******** HTTP/1.1" in done.stdout
    assert CANARY not in done.stdout + done.stderr


def test_nothing_was_logged_in_another_year(logs: Logs, troubled: Host) -> None:
    answer = told(logs("--since", "2001-01-01", "--until", "2001-12-31 23:59", "--json"), troubled)
    assert [said["lines"] for said in answer["sources"].values()] == [0] * 4
    assert answer["lines"] == []


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--since", "kemarin"], "GAGAL — `kemarin` bukan waktu. Contoh: 2026-11-20 08:00"),
        (["--since", "1h", "--until", "2h"], "sesudah akhir"),
        (["--pattern", "(galat"], "Pola `(galat` bukan ekspresi reguler: missing )"),
        (["--limit", "banyak"], "Jumlah baris `banyak` harus berupa bilangan"),
        (["--limit", "9999"], "Jumlah baris `9999` harus antara 0 dan 1000"),
        (["--source", "nginx"], "Opsi --source: `nginx` bukan pilihan"),
        (["--pattern", "{{ lookup('pipe', 'id') }}"], "baris"),
    ],
)
def test_a_wrong_value_gets_an_answer(logs: Logs, arguments: list[str], words: str) -> None:
    done = logs(*arguments)
    assert words in done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    assert "uid=0" not in done.stdout + done.stderr


def test_nothing_is_left_on_the_host_but_what_was_there(logs: Logs, troubled: Host) -> None:
    listing = "find /home/appserv /var/log/apache2 /var/log/postgresql -type f -printf '%p %s %m %u\\n' | sort"
    before = troubled.run(listing).stdout
    logs("--since", "1h")
    assert troubled.run(listing).stdout == before
