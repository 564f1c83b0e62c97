"""A host that somebody has set up by hand is ours, and everything that was on it is still there."""

import json

import pytest
from testinfra.host import Host

HOMES = {"prod": "/home/appserv/spse", "latihan": "/home/appserv/spselat"}

every_instance = pytest.mark.parametrize("name", HOMES)


def test_nothing_was_lost(host: Host) -> None:
    script = """
    set -o pipefail
    for instance in prod latihan; do
        (cd /home/file/file_$instance && find . -type f | sort | xargs sha256sum) | sha256sum
        (cd / && runuser -u postgres -- pg_dump --no-owner --exclude-table-data='tugas*' epns_$instance) \
            | grep -v '^.[un]*restrict ' | sha256sum
    done
    """
    with host.sudo():
        assert host.check_output("bash -c %s", script) == host.file("/root/before").content_string.strip()
        assert host.file("/home/appserv/spse/current/catatan admin.txt").content_string == "jangan hilang\n"
        settings = host.file("/home/appserv/spse/webapp/conf/application.conf").content_string
    assert "sikap.url=https://sikap-lama.example/" in settings
    assert "# ---- dokumen penawaran" in settings


@every_instance
def test_one_process_by_its_unit_as_its_user(host: Host, name: str) -> None:
    with host.sudo():
        shown = host.check_output("pgrep --full --list-full %s", f"[a]pplication.path={HOMES[name]}/")
        assert len(shown.splitlines()) == 1
        main = host.check_output("systemctl show --property=MainPID --value %s", f"spse-{name}")
        assert shown.split()[0] == main
        assert host.check_output("ps -o user:20= -p %s", main).strip() == f"spse-{name}"
        assert host.check_output("find %s ! -user %s", f"/home/file/file_{name}", f"spse-{name}") == ""


def test_bad_habits_are_gone(host: Host) -> None:
    with host.sudo():
        started = host.file("/etc/rc.local").content_string
        assert "spse4 start" not in started
        assert "echo halo dari rc.local" in started
        rules = host.check_output("cat /etc/postgresql/*/main/pg_hba.conf")
        assert "trust" not in rules
        assert host.run("bash -c 'PGPASSWORD=epns psql -h 127.0.0.1 -U epns epns_prod -c \"select 1\"'").rc != 0
        assert host.check_output("find /etc/apache2/conf-enabled -name '*spse*'") == ""
        # The training instance has a role of its own, and owns what is in its database.
        owners = host.check_output(
            "cd / && runuser -u postgres -- psql -qAtc %s epns_latihan",
            "select distinct pg_get_userbyid(relowner) from pg_class where relnamespace = 'public'::regnamespace",
        )
        assert owners == "epns_latihan"


def test_the_vendors_script_says_where_to_go(host: Host) -> None:
    with host.sudo():
        said = host.run("/home/appserv/spse/spse4 start")
    assert said.rc == 1
    assert "spse-ops restart" in said.stderr


@every_instance
def test_the_journal_tells_it(host: Host, name: str) -> None:
    with host.sudo():
        lines = host.file(f"/var/lib/spse/journal/{name}.jsonl").content_string.splitlines()
    events = [json.loads(line) for line in lines]
    assert [event.get("verb", event.get("outcome")) for event in events] == ["adopt", "succeeded"]
    assert events[0]["from"] == "4.5.20260105"
