"""A day of a real host with SPSE: written down by itself, fetched by the account that looks, told without a value."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.conftest import Builds
from tests.hosts.host import Host
from tests.hosts.lab import Lab
from tests.operator import CANARY
from tests.upgrade.site import Site, make

COMMAND = Path(sys.executable).with_name("spse-ops")
DIGEST = "/var/lib/spse-digest/digest.json"
YESTERDAY = f"{datetime.now(UTC) + timedelta(hours=7) - timedelta(days=1):%Y-%m-%d}"
# What the log of the application and that of PostgreSQL would have of yesterday; names and numbers are somebody's.
APPLICATION = "".join(
    f"{YESTERDAY} 09:00:0{number},000 ERROR ~ Galat pada POST /eproc4/penawaran/10{number} oleh Kenari Rahasia\n"
    f"java.lang.IllegalStateException: penawaran {CANARY}-{number} rusak\n\tat spse.Application.save(A.java:9)\n"
    for number in range(3)
)
POSTGRESQL = (
    f"{YESTERDAY} 09:10:00.000 UTC [77] epns@epns_prod LOG:  duration: 2600.100 ms  execute x: SELECT '{CANARY}'\n"
    f'{YESTERDAY} 09:10:01.000 UTC [77] epns@epns_prod ERROR:  invalid input syntax for type integer: "{CANARY}"\n'
    f"{YESTERDAY} 09:10:01.000 UTC [77] epns@epns_prod STATEMENT:  SELECT '{CANARY}'::int\n"
)

type Ours = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def site(lab: Lab, spse_host: Host, builds: Builds, tmp_path_factory: pytest.TempPathFactory) -> Site:
    """SPSE, installed and filled, and the account that looks; with a day behind it."""
    folder = tmp_path_factory.mktemp("site")
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / "probe")], check=True)
    made = make(
        folder,
        lab,
        spse_host,
        builds,
        spse_app_start_seconds=60,
        spse_lpse="mamuju",
        spse_zone="WIB",
        probe_key=str(folder / "probe"),
        probe_known_hosts=[str(spse_host.keys / "known_hosts")],
    )
    made.operator.succeed("install", spse_app_build=builds["n"].build)
    made.seed(20, 20)
    made.operator.succeed("probe_user")
    logs = "/home/appserv/spse/site/*/logs"
    spse_host.run(f"folder=$(echo {logs}) && cat > $folder/kemarin.log <<'EOF'\n{APPLICATION}EOF")
    spse_host.run(f"cat > /var/log/postgresql/kemarin.log <<'EOF'\n{POSTGRESQL}EOF")
    return made


@pytest.fixture
def ours(site: Site, tmp_path: Path) -> Ours:
    """`spse-ops`, as whoever watches runs it."""
    environment = {
        "HOME": os.environ["HOME"],
        "PATH": "/usr/bin:/bin",
        "SPSE_OPS_INVENTORY": str(site.operator.inventory),
        "SPSE_OPS_STATE": str(tmp_path / "state"),
    }

    def call(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [COMMAND, *words], capture_output=True, check=False, cwd="/", env=environment, text=True, timeout=180
        )

    return call


def digested(site: Site) -> str:
    """Have the host write down its yesterday, as its timer does; what it has written."""
    site.host.run(f"rm -f {DIGEST} && systemctl start spse-digest.service")
    return site.host.run(f"cat {DIGEST}").stdout


def test_a_host_writes_down_its_day_and_no_value(site: Site, figures: list[str]) -> None:
    digested(site)
    for number in range(30):
        assert site.application.status(f"/paket/{number % 20 + 1}") == 200
    site.host.run(
        f"cd / && runuser -u postgres -- psql -qd epns_prod -c \"SELECT pg_sleep(0.3), '{CANARY}'\" "
        f"-c \"DO \\$\\$ BEGIN PERFORM 1/0; EXCEPTION WHEN others THEN NULL; END \\$\\$\" -c 'BEGIN; ROLLBACK'"
    )
    text = digested(site)
    told = json.loads(text)
    assert told["problems"] == {}
    assert told["day"] == YESTERDAY
    assert CANARY not in text
    assert "Kenari" not in text
    assert "Galat pada POST /eproc4/penawaran/· oleh # — java.lang.IllegalStateException" in text
    assert told["sources"]["application"]["errors"] == 3
    assert told["sources"]["postgresql"]["frequent"][0]["text"] == "invalid input syntax for type integer: #"
    assert told["slow"]["count"] == 1
    assert told["statements"]["loaded"]
    assert told["statements"]["slowest"][0]["text"] == "SELECT pg_sleep(?), ?"
    used = {each["text"] for each in told["statements"]["most_used"]}
    assert any("paket" in each for each in used)
    database = told["databases"]["epns_prod"]
    assert database["commits"] > 30
    assert database["bytes"] > 1_000_000
    figures.append(f"digest of a test host: {len(text)} bytes in {told['seconds']} s")


def test_its_units_are_as_they_should_be(site: Site) -> None:
    shown = site.host.run("systemctl list-timers spse-digest.timer --no-legend").stdout
    assert "spse-digest.timer" in shown
    again = site.host.run(f"stat -c '%a %U %G' {DIGEST}").stdout.split()
    assert again == ["640", "root", "spse-probe"]
    # Nobody else on the host reads what it has written.
    assert site.host.run(f"runuser -u nobody -- cat {DIGEST}", check=False).returncode != 0


def test_it_is_fetched_kept_and_told(site: Site, ours: Ours) -> None:
    digested(site)
    done = ours("probe")
    assert "menjawab" in done.stderr, done.stdout + done.stderr
    done = ours("summary", "mamuju", "--json", "--day", YESTERDAY)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["errors"]["application"] == 3
    assert told["digests"]["mamuju" if "mamuju" in told["digests"] else site.host.name]["statements"]["loaded"]
    done = ours("summary", "--lang", "en", "--day", YESTERDAY)
    assert "errors: application 3" in done.stdout, done.stdout + done.stderr
    assert CANARY not in done.stdout
