"""A restore point is taken while people write, listed, and proven by bringing it back."""

import json
import shlex
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.backup.ground import Ground
from tests.backup.pages import blocks, follow, type_in
from tests.conftest import HostFactory
from tests.hosts import faults
from tests.load.generator import Load
from tests.operator import CANARY, changes
from tests.spse_app.deployment import COOKIES, SCRATCH
from tests.upgrade.site import unwritten

pytestmark = pytest.mark.hosts

QUIET_SECONDS = 2
STORE = Path(__file__).with_name("store.sh")


@pytest.fixture
def bidding(here: Ground) -> Iterator[None]:
    """Somebody sends one bid after the other, as a bidder's browser does."""
    site = here.site
    site.host.run(f"mkdir -p {SCRATCH}")
    assert site.application.log_in() == 303
    send = f"curl -sf -b {COOKIES} --data-binary @/run/bid -H 'X-Nama-Berkas: a.rhs' {site.application.url}"
    loop = f"while head -c 100000 /dev/urandom > /run/bid; do {send}/paket/1/penawaran; sleep 0.05; done"
    site.host.run(f"systemd-run --collect --unit=bidder sh -c {shlex.quote(loop)}")
    yield
    site.host.run("systemctl stop bidder")


def test_setting_up_again_changes_nothing(here: Ground) -> None:
    done = here.site.operator.succeed("backup_server")
    assert changes(done, here.site.host.name) == 0
    assert changes(done, here.keeper.name) == 0


def test_a_restore_point_is_taken_listed_and_brought_back(here: Ground, figures: list[str]) -> None:
    taken = here.take("--kind", "full")
    assert taken["base"]["type"] == "full"
    assert taken["tables"]["epns_prod"]["public.penawaran"]["rows"] == 20
    assert here.points() == [taken["id"]]
    drill = here.drill()
    assert drill["passed"], drill["wrong"]
    assert drill["tables"] == len(taken["tables"]["epns_prod"])
    assert drill["documents"]["prod"] == {"rows": 20, "missing": 0, "read": 20}
    assert here.site.host.run("ls /var/lib/spse-backup").stdout.split() == ["drills.jsonl", "status.json", "sums.json"]
    figures.append(f"backup: a full one in {taken['seconds']} s, brought back in {drill['restore_seconds']} s")


def test_a_table_is_summed_whatever_it_holds(here: Ground) -> None:
    """What has no hash by itself is summed by its text; the drill sums each in the same way."""
    psql = "cd / && runuser -u postgres -- psql -qd epns_prod"
    here.site.host.run(psql, input="create table uji (isi json); insert into uji values ('1'), ('[2]');")
    try:
        taken = here.take("--kind", "incr")
        tables = taken["tables"]["epns_prod"]
        assert [name for name, held in tables.items() if not held["digest"].startswith("r:")] == ["public.uji"]
        drill = here.drill()
        assert drill["passed"], drill["wrong"]
    finally:
        here.site.host.run(psql, input="drop table uji;")


def test_sums_are_carried_over_of_files_that_nobody_has_written_and_of_no_other(here: Ground) -> None:
    program = "PYTHONPATH=/usr/local/lib/spse-backup python3 -B -"
    # There, the program stands by itself.
    script = Path(__file__).with_name("carried.py").read_text().replace("roles.backup.files.", "")
    said = here.site.host.run(program, input=script).stdout
    assert json.loads(said) == {
        "parts agree": True,
        "untouched": True,
        "looked at too soon": False,
        "a row is changed": False,
        "a row goes": False,
        "a column comes": False,
        "it is written anew": False,
        "it is emptied": False,
    }


def test_bidders_go_on_and_no_row_is_without_its_document(here: Ground, bidding: None, figures: list[str]) -> None:
    """Fifty requests a second through Apache, and beside them somebody who sends one bid after the other."""
    assert bidding is None
    site = here.site
    taken = []
    with Load(site.url, rate=50) as load:
        time.sleep(QUIET_SECONDS)
        taken = [here.take("--kind", kind) for kind in ("full", "incr", "none")]
    figures.append(f"backup, three under load: {load.result.in_words()}")
    assert load.result.causes == {}
    assert load.result.kinds["success"] == len(load.result.requests)
    rows = [point["tables"]["epns_prod"]["public.penawaran"]["rows"] for point in taken[:2]]
    assert 20 < rows[0] < rows[1]
    for point in taken:
        drill = here.drill(point["id"], "--whole")
        assert drill["passed"], drill["wrong"]
        assert drill["documents"]["prod"]["missing"] == 0
        assert drill["documents"]["prod"]["read"] == drill["documents"]["prod"]["rows"] > 20


def test_the_playbooks_say_what_was_done(here: Ground) -> None:
    said = " ".join(here.site.operator.succeed("backup").stdout.split())
    assert "Titik pulih tp-" in said
    said = " ".join(here.site.operator.succeed("drill").stdout.split())
    assert "dapat dipulihkan" in said
    said = " ".join(here.site.operator.succeed("backup_status").stdout.split())
    assert "Titik pulih terbaru tp-" in said
    assert "  cadangan tp-" in follow(here.site.operator, "spse-ops status mamuju").stdout


def test_the_commands_of_the_page(here: Ground) -> None:
    for block in blocks("backup", "sh"):
        follow(here.site.operator, block)
    (look,) = blocks("backup", "console")
    assert "spse-backup.timer" in type_in(here.site.host, look)
    for block in blocks("backup-status", "sh"):
        follow(here.site.operator, block)


def test_one_that_is_not_there_is_named_and_is_no_failed_drill(here: Ground) -> None:
    said = here.site.operator.fail("drill", backup_point="tp-tidak-ada")
    assert "Titik pulih `tp-tidak-ada` tidak ada. Yang terakhir: tp-" in said
    here.run("status")


def test_what_is_too_old_or_was_not_proven_is_loud(here: Ground) -> None:
    """The clock of the host goes on by two days; nothing was taken meanwhile."""
    faketime(here)
    said = here.site.host.run("FAKETIME=+2d LD_PRELOAD=/usr/local/lib/lab-faketime.so spse-backup status", check=False)
    assert said.returncode == 1
    assert "batasnya 24 jam (S0-15a)" in said.stdout
    metrics = here.site.host.run("cat /var/lib/prometheus/node-exporter/spse_backup.prom").stdout
    assert "spse_backup_healthy 0" in metrics
    here.run("status")
    metrics = here.site.host.run("cat /var/lib/prometheus/node-exporter/spse_backup.prom").stdout
    assert "spse_backup_healthy 1" in metrics


def test_the_drill_lets_spse_run_on_the_copy_and_says_what_ails_it(here: Ground) -> None:
    drill = here.drill()
    assert drill["passed"], drill["wrong"]
    assert drill["application"]["prod"]["left_out"] == ""
    # A page that the build has not got.
    settings = "/etc/spse-backup/settings.json"
    here.site.host.run(f'cp -a {settings} /root/settings; sed -i \'s#"/login"#"/tidak-ada"#\' {settings}')
    drill = here.drill()
    here.site.host.run(f"mv /root/settings {settings}")
    assert drill["wrong"] == ["SPSE instans prod: /tidak-ada menjawab 404"]
    assert here.site.host.run("systemctl list-units --plain --no-legend 'spse-*-drill@*'").stdout == ""
    assert len(here.site.application.processes()) == 1
    assert here.drill()["passed"]


def test_an_upgrade_takes_one_of_the_same_name(here: Ground) -> None:
    here.site.operator.succeed("upgrade", spse_app_build=here.site.builds["n1"].build, spse_app_change="CHG-1")
    stamp = next(event["stamp"] for event in reversed(here.site.journal()) if event["event"] == "begin")
    assert stamp.endswith("-CHG-1")
    assert here.points()[-1] == stamp
    drill = here.drill()
    assert drill["passed"], drill["wrong"]
    here.site.operator.succeed("rollback")


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"backup_passphrase": "pendek"}, "masing-masing paling sedikit 20 karakter dan tidak sama"),
        ({"backup_passphrase": "x" * 20, "backup_local_passphrase": "x" * 20}, "20 karakter dan tidak sama"),
        ({"backup_account": "Mamuju_1"}, "Nama akun `Mamuju_1`"),
        ({"backup_server_keep": {"all": 3, "daily": 1}}, "daily (paling sedikit 7)"),
        ({"backup_skedul": "x"}, "backup_skedul"),
    ],
)
def test_what_cannot_be_set_up_is_refused_and_nothing_changes(
    here: Ground, given: dict[str, object], words: str
) -> None:
    with unwritten(here.site.host), unwritten(here.keeper):
        said = here.site.operator.fail("backup_server", **given)
    assert words in said


def test_a_second_copy_brings_back_what_the_keeper_has_lost(
    here: Ground, make_hosts: HostFactory, figures: list[str]
) -> None:
    """In a store that speaks S3; no LPSE knows of it."""
    points = here.points()
    store = make_hosts("awan")[0]
    store.put(STORE, "/root/store.sh")
    key = f"{CANARY}-awan"
    store.run(f"bash /root/store.sh lkpp {key} cadangan", timeout=600)
    said = here.keeper.run("spse-copy push", check=False)
    assert said.returncode == 2
    assert "isi backup_server_copy_bucket" in said.stderr
    inventory = here.site.operator.read()
    inventory["backup_servers"]["vars"] = {"backup_server_copy_bucket": "cadangan"}
    here.site.operator.write(inventory)
    assert "isi juga backup_server_copy_endpoint" in here.site.operator.fail("backup_server")
    inventory["backup_servers"]["vars"] |= {
        "backup_server_copy_endpoint": f"http://{store.address}:8080",
        "backup_server_copy_access_key": "uji:lkpp",
        "backup_server_copy_secret_key": key,
    }
    here.site.operator.write(inventory)
    here.site.operator.succeed("backup_server")
    assert changes(here.site.operator.succeed("backup_server"), here.keeper.name) == 0
    here.keeper.run("systemctl start spse-copy")
    assert (
        'spse_copy_healthy{lpse="mamuju"} 1'
        in here.keeper.run("cat /var/lib/prometheus/node-exporter/spse_copy.prom").stdout
    )
    said = here.keeper.run("spse-copy fetch mamuju", check=False)
    assert said.returncode == 1
    assert "tidak ada yang diambil dan tidak ada yang diubah" in said.stderr
    # What is damaged here is put aside, and is whole there.
    pack = here.keeper.run(f"ls -t {here.repository}/data/*/* | head -1").stdout.strip()
    here.keeper.run(f"printf 'rusak' | dd of={pack} bs=1 seek=100 conv=notrunc status=none")
    kept = here.keep()["accounts"][0]
    assert kept["healed"] == kept["damaged"] == [pack.removeprefix(f"{here.repository}/")]
    drill = here.drill("latest", "--whole")
    assert drill["passed"], drill["wrong"]
    assert here.keep()["accounts"][0]["wrong"] == []
    here.keeper.run("spse-copy push")
    # All of it is gone here, and the host was set up anew.
    here.keeper.run(f"rm -r {here.repository}")
    (again,) = blocks("disaster", "sh", "Server penyimpan hilang")
    follow(here.site.operator, again)
    assert here.points() == []
    (fetch,) = blocks("disaster", "console", "Server penyimpan hilang")
    type_in(here.keeper, fetch)
    assert here.points() == points
    drill = here.drill("latest", "--whole")
    assert drill["passed"], drill["wrong"]
    size = here.keeper.run(f"du -sm {here.repository}").stdout.split()[0]
    figures.append(f"backup: {size} MiB came back from the second copy")


def faketime(here: Ground) -> None:
    """Let a single command on the host have another clock."""
    here.site.host.put(Path(faults.FAKETIME), "/usr/local/lib/lab-faketime.so")
