"""Installing, restarting, freezing, thawing and taking away, as an operator does it."""

import pytest

from tests.conftest import Builds, HostFactory
from tests.hosts import faults
from tests.hosts.lab import Lab
from tests.operator import changes
from tests.upgrade.site import Site, make

REASON = "surat LKPP 12/2026"


def get(site: Site, path: str) -> tuple[int, dict[str, str], str]:
    """What a visitor gets: status, headers, body."""
    done = site.host.run(f"curl -sk -i https://127.0.0.1{site.about['path']}{path}")
    head, _, body = done.stdout.replace("\r", "").partition("\n\n")
    lines = head.splitlines()
    return int(lines[0].split()[1]), dict(line.lower().split(": ", 1) for line in lines[1:]), body


def test_it_is_there_for_visitors_and_a_second_run_changes_nothing(site: Site) -> None:
    status, _, body = get(site, "/login")
    assert (status, "password" in body) == (200, True)
    site.is_tidy()
    assert changes(site.operator.succeed("install"), "mamuju") == 0


def test_it_runs_as_a_user_of_its_own_that_cannot_change_it(site: Site) -> None:
    pid = site.application.processes()[0]
    assert site.host.run(f"ps -o user= -p {pid}").stdout.strip() == "spse-prod"
    home = site.about["home"]
    refused = site.host.run(f"runuser -u spse-prod -- touch {home}/current/webapp/x", check=False)
    assert refused.returncode != 0
    # Nor may anybody else read the secrets.
    refused = site.host.run(f"runuser -u nobody -- cat {home}/current/webapp/conf/application.conf", check=False)
    assert refused.returncode != 0
    secrets = site.host.run("ps -eo args; journalctl --no-pager; cat /var/lib/spse/journal/*").stdout
    assert "kenari-rahasia" not in secrets


def test_it_comes_back_after_a_reboot(site: Site) -> None:
    faults.reboot(site.host)
    site.application.wait()
    assert site.running == site.builds["n"].build


def test_a_setting_comes_into_force(site: Site) -> None:
    process = site.application.processes()
    settings = {"prod": {"tugas.selang": 3599}}
    site.operator.succeed("install", spse_app_settings=settings)
    assert site.application.processes() != process
    assert "tugas.selang=3599" in site.host.run("cat /home/appserv/spse/current/webapp/conf/application.conf").stdout
    assert changes(site.operator.succeed("install", spse_app_settings=settings), "mamuju") == 0
    site.is_tidy()


def test_a_restart_ends_a_second_process_that_the_vendors_script_has_made(site: Site) -> None:
    process = site.application.processes()
    site.host.run("cd /home/appserv/spse/current && PLAY_ID=prod bash ./spse4 start")
    site.operator.succeed("restart")
    site.is_tidy()
    assert site.application.processes() != process
    assert site.running == site.builds["n"].build


def test_a_restart_brings_back_one_that_hangs(site: Site) -> None:
    site.host.run(f"kill -STOP {site.application.processes()[0]}")
    site.operator.succeed("restart", spse_app_drain_seconds=1)
    site.is_tidy()
    assert site.running == site.builds["n"].build


def test_a_restart_in_check_mode_changes_nothing(site: Site) -> None:
    process = site.application.processes()
    done = site.operator.succeed("restart", "--check")
    assert "Akan dimulai ulang" in done.stdout
    assert site.application.processes() == process


def test_frozen_means_a_notice_for_visitors_no_writing_and_all_to_read(site: Site) -> None:
    before = site.snapshot()
    assert "Pembekuan memerlukan dasar resminya" in site.operator.fail("freeze")
    site.operator.succeed("freeze", spse_app_reason=REASON)
    status, headers, body = get(site, "/login")
    assert (status, "retry-after" in headers, REASON in body) == (403, False, True)
    assert site.application.processes() == []
    # By no way in: not the unit, not the vendor's script, not the database's user, not a boot.
    site.host.run("systemctl start spse-prod")
    assert site.units() == []
    refused = site.host.run(
        "PGPASSWORD=kenari-rahasia-basis-data-prod psql -h 127.0.0.1 -U epns epns_prod -c 'select 1'", check=False
    )
    assert "is not permitted to log in" in refused.stderr
    refused = site.host.run("cd / && runuser -u postgres -- psql epns_prod -c 'delete from pesan'", check=False)
    assert "read-only transaction" in refused.stderr
    faults.reboot(site.host)
    assert get(site, "/")[0] == 403
    # For an audit.
    count = "cd / && runuser -u postgres -- psql -qAtc 'select count(*) from paket' epns_prod"
    assert int(site.host.run(count).stdout) > 0
    assert site.snapshot() == before
    for playbook in ("upgrade", "restart", "rollback"):
        assert "sedang dibekukan" in site.operator.fail(playbook, spse_app_build=site.builds["n1"].build)
    assert "sedang dibekukan" in site.operator.fail("install")
    site.operator.succeed("thaw")
    assert get(site, "/login")[0] == 200
    assert site.snapshot() == before
    site.is_tidy()
    assert [event["verb"] for event in site.journal() if event["event"] == "begin"][-2:] == ["freeze", "thaw"]


def test_what_is_taken_away_leaves_the_data(site: Site) -> None:
    # What other tests have set, and what the vendor's script has left in the release.
    site.operator.succeed("install")
    site.host.run("rm -f /home/appserv/spse/current/webapp/server.pid")
    before = site.snapshot()
    assert "tulis instans dan server yang dimaksud" in site.operator.fail("uninstall")
    site.operator.succeed("uninstall", spse_app_confirm="prod@mamuju")
    assert get(site, "/login")[0] == 503
    assert site.units() == []
    assert site.databases() == ["epns_prod"]
    site.operator.succeed("install", spse_app_build=site.builds["n"].build)
    assert site.snapshot() == before
    site.is_tidy()


def test_two_instances_do_not_touch_each_other(
    lab: Lab, make_hosts: HostFactory, builds: Builds, tmp_path_factory: pytest.TempPathFactory
) -> None:
    host = make_hosts("majene", image="spse12", memory="3g")[0]
    prod = make(tmp_path_factory.mktemp("majene"), lab, host, builds, instances=("prod", "latihan"))
    prod.operator.succeed("install", spse_app_build=builds["n"].build)
    latihan = prod.for_instance("latihan")
    before = prod.snapshot()
    process = prod.application.processes()
    latihan.operator.succeed("upgrade", spse_app_build=builds["n1"].build, spse_app_instance="latihan")
    assert (prod.running, latihan.running) == (builds["n"].build, builds["n1"].build)
    assert (prod.snapshot(), prod.application.processes()) == (before, process)
    users = prod.host.run("ps -eo user:20,args | awk '/[p]lay.server.Server/ {print $1}' | sort").stdout.split()
    assert users == ["spse-latihan", "spse-prod"]
    refused = host.run("runuser -u spse-latihan -- ls /home/file/file_prod", check=False)
    assert refused.returncode != 0
    assert changes(prod.operator.succeed("install"), "majene") == 0
