"""A host takes restore points, proves them, and keeps its secrets."""

import json

import pytest
from testinfra.host import Host

SECRETS = ("/etc/spse-backup/repository.key", "/etc/spse-backup/id_ed25519", "/etc/spse-backup/settings.json")
TIMERS = ("spse-backup", "spse-backup-point", "spse-backup-drill", "spse-backup-drill-whole", "spse-backup-status")


@pytest.fixture(autouse=True)
def _only_lpse(host: Host) -> None:
    if "keeper" in host.backend.get_hostname():
        pytest.skip("this one keeps, and takes none")


def test_a_restore_point_is_taken_and_proven(host: Host) -> None:
    with host.sudo():
        taken = json.loads(host.check_output("spse-backup take --kind full"))
        drill = json.loads(host.check_output("spse-backup drill %s", taken["id"]))
        assert drill["passed"]
        assert host.run("spse-backup status").rc == 0


def test_the_database_hands_over_its_log(host: Host) -> None:
    with host.sudo():
        done = host.run("runuser -u postgres -- pgbackrest --stanza=spse check")
        assert done.rc == 0, done.stderr


@pytest.mark.parametrize("path", SECRETS)
def test_only_root_reads_what_is_secret(host: Host, path: str) -> None:
    with host.sudo():
        assert host.file(path).mode == 0o600
        assert host.file(path).user == "root"


def test_the_passphrase_of_the_local_repository_is_postgresqls(host: Host) -> None:
    with host.sudo():
        assert host.file("/etc/pgbackrest.conf").mode == 0o640
        assert host.file("/etc/pgbackrest.conf").group == "postgres"


@pytest.mark.parametrize("timer", TIMERS)
def test_the_timers_are_on_and_survive_a_boot(host: Host, timer: str) -> None:
    assert host.check_output("systemctl is-enabled %s.timer", timer) == "enabled"
    assert host.check_output("systemctl is-active %s.timer", timer) == "active"


def test_every_night_is_caught_up_and_spread(host: Host) -> None:
    shown = host.check_output("systemctl cat spse-backup.timer")
    assert "Persistent=true" in shown
    assert "FixedRandomDelay=true" in shown
