"""What is wrong is refused with its own words, before anything on the host has changed."""

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from tests.hosts.host import Host
from tests.upgrade.site import Site, untouched


def refuse(site: Site, words: str, playbook: str = "upgrade", **extra: object) -> None:
    """A run that is refused in these words."""
    with untouched(site):
        assert words in site.operator.fail(playbook, **extra)


def test_unknown_build(site: Site) -> None:
    refuse(site, "Build `9.9.20990101` tidak ada dalam spse_app_builds", spse_app_build="9.9.20990101")


def test_no_build(site: Site) -> None:
    refuse(site, "Build `` tidak ada dalam spse_app_builds", spse_app_build="")


def test_a_build_that_does_not_follow(site: Site) -> None:
    build = site.builds["n2"].build
    refuse(site, f"Build {build} tidak dapat dipasang di atas", spse_app_build=build)


def test_unknown_instance(site: Site) -> None:
    words = "Instans `latihan` tidak ada dalam spse_app_instances mamuju. Yang ada: prod"
    refuse(site, words, spse_app_build=site.builds["n1"].build, spse_app_instance="latihan")


@pytest.mark.parametrize(
    ("artefact", "words"),
    [
        ("unsigned", "Arsip tidak bertanda tangan"),
        ("wrong-signature", "Tanda tangan arsip tidak sah"),
        ("corrupt", "Checksum arsip berbeda"),
        ("truncated", "Arsip terpotong"),
        ("escape-dotdot", "keluar dari folder rilis"),
        ("escape-absolute", "berjalur absolut"),
        ("escape-symlink", "adalah tautan ke"),
        ("escape-hardlink", "adalah tautan ke"),
        ("device", "bukan berkas biasa"),
        ("oversize", "melebihi"),
    ],
)
def test_an_archive_that_must_not_be_installed(site: Site, artefact: str, words: str) -> None:
    built = site.builds[artefact]
    pinned = {built.build: {"sha256": built.sha256}}
    refuse(site, words, spse_app_build=built.build, spse_app_archives=str(built.file.parent), spse_app_builds=pinned)


def test_an_archive_that_is_not_there(site: Site, tmp_path: Path) -> None:
    refuse(site, "tidak ada", spse_app_build=site.builds["n1"].build, spse_app_archives=str(tmp_path))


def test_an_archive_of_another_build(site: Site, tmp_path: Path) -> None:
    n1, n2 = site.builds["n1"], site.builds["n2"]
    for suffix in ("", ".sig"):
        shutil.copy(f"{n1.file}{suffix}", tmp_path / f"{n2.file.name}{suffix}")
    pinned = {n2.build: {"sha256": n1.sha256}}
    words = f"berisi build {n1.build}"
    refuse(site, words, spse_app_build=n2.build, spse_app_archives=str(tmp_path), spse_app_builds=pinned)


def test_a_misspelt_variable(site: Site) -> None:
    words = "spse_app_wacth_seconds (maksud Anda spse_app_watch_seconds?)"
    refuse(site, words, spse_app_build=site.builds["n1"].build, spse_app_wacth_seconds=5)


def test_a_variable_of_the_wrong_kind(site: Site) -> None:
    refuse(site, "spse_app_watch_seconds", spse_app_build=site.builds["n1"].build, spse_app_watch_seconds="lama")


def test_a_host_outside_of_the_inventory(site: Site) -> None:
    with untouched(site):
        said = site.operator.fail("upgrade", "--limit", "majene", spse_app_build=site.builds["n1"].build)
    assert "majene" in said


def test_a_disk_that_is_too_small(site: Site) -> None:
    refuse(site, "Disk tinggal", spse_app_build=site.builds["n1"].build, spse_app_disk_reserve_mb=10**9)


def test_a_memory_that_is_too_small(site: Site) -> None:
    refuse(site, "Memori yang tersedia", spse_app_build=site.builds["n1"].build, spse_app_memory_reserve_mb=10**9)


def test_a_certificate_that_ends_soon(site: Site) -> None:
    refuse(site, "berakhir dalam", spse_app_build=site.builds["n1"].build, spse_app_certificate_days=1000)


# Until somebody holds the table.
UNTIL_LOCKED = (
    "until runuser -u postgres -- psql -qAtc "
    "\"select mode from pg_locks where relation = 'paket'::regclass and granted\" epns_prod "
    "| grep -q ShareLock; do sleep 0.1; done"
)


@contextmanager
def broken(host: Host, command: str, mend: str) -> Iterator[None]:
    """Something is wrong with the host for a while."""
    host.run(command)
    try:
        yield
    finally:
        host.run(mend)


def test_a_spare_port_that_somebody_has(site: Site) -> None:
    with broken(site.host, "systemd-run --unit=intruder python3 -m http.server 9091", "systemctl stop intruder"):
        refuse(site, "Port 9091 dipakai program lain (python3)", spse_app_build=site.builds["n1"].build)


def test_a_database_that_is_down(site: Site) -> None:
    site.host.run("systemctl stop postgresql@15-main")
    try:
        said = site.operator.fail("upgrade", spse_app_build=site.builds["n1"].build)
    finally:
        site.host.run("systemctl start postgresql@15-main")
    assert "Basis data epns_prod belum siap" in said
    assert "changed=0" in said


def test_a_transaction_that_is_open_for_long(site: Site) -> None:
    session = (
        "cd / && systemd-run --unit=intruder --uid=postgres "
        "psql epns_prod -c 'BEGIN; LOCK TABLE paket IN SHARE MODE; SELECT pg_sleep(600)'"
    )
    # Its client is gone with the unit; its session sleeps on, with its lock.
    end = "select pg_terminate_backend(pid) from pg_stat_activity where query like '%pg_sleep(600)%'"
    mend = f'systemctl stop intruder; cd / && runuser -u postgres -- psql -qc "{end} and pid <> pg_backend_pid()"'
    with broken(site.host, f"{session}; {UNTIL_LOCKED}", mend):
        words = "transaksi yang sudah lama terbuka"
        refuse(site, words, spse_app_build=site.builds["n1"].build, spse_app_busy_minutes=0)


def test_a_table_that_somebody_holds_does_not_hold_up_the_visitors(site: Site) -> None:
    """The migration would wait for it, and everybody else behind the migration: it gives up instead, and leads back."""
    before = site.snapshot()
    lock = "BEGIN; LOCK TABLE paket IN SHARE MODE; SELECT pg_sleep(60)"
    command = f"cd / && systemd-run --unit=intruder --uid=postgres psql epns_prod -c '{lock}' && {UNTIL_LOCKED}"
    said = site.upgrade_with("Run the migration", site.on_host(command), time=2).fail(
        "upgrade", spse_app_build=site.builds["n1"].build, spse_app_migration_lock_seconds=1
    )
    assert "lock timeout" in said
    assert site.snapshot() == before
    site.is_tidy()
    site.host.run("systemctl restart postgresql@15-main")


def test_a_clock_that_is_wrong(site: Site, tmp_path: Path) -> None:
    # The whole Python of Ansible on the host lives ten seconds ahead.
    skewed = "/usr/local/bin/python-skewed"
    site.host.put(Path("/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1"), "/usr/local/lib/lab-faketime.so")
    script = '#!/bin/sh\nLD_PRELOAD=/usr/local/lib/lab-faketime.so FAKETIME=+10s exec /usr/bin/python3 "$@"\n'
    site.host.run(f"cat > {skewed} && chmod 755 {skewed}", input=script)
    inventory = json.loads(site.operator.inventory.read_text())
    inventory["spse"]["hosts"][site.host.name]["ansible_python_interpreter"] = skewed
    (tmp_path / "hosts.yml").write_text(json.dumps(inventory))
    operator = replace(site.operator, inventory=tmp_path / "hosts.yml")
    words = "Jam server meleset dari sumbernya"
    refuse(replace(site, operator=operator), words, spse_app_build=site.builds["n1"].build)


def bids_end_in(site: Site, minutes: int) -> None:
    """Let a tender's bids end so many minutes from now."""
    move = (
        "update jadwal set mulai = now() - interval '1 day', selesai = now() + :'when' where paket = 1 and tahapan = 4"
    )
    site.host.run(f"cd / && runuser -u postgres -- psql -q epns_prod --set=when='{minutes} minutes'", input=move)


@pytest.fixture
def near_deadline(site: Site) -> Iterator[None]:
    """Bids of one tender are due in half an hour."""
    bids_end_in(site, 30)
    yield
    bids_end_in(site, -30)


@pytest.mark.usefixtures("near_deadline")
@pytest.mark.parametrize("playbook", ["upgrade", "restart"])
def test_a_deadline_that_is_near(site: Site, playbook: str) -> None:
    given = {"spse_app_build": site.builds["n1"].build} if playbook == "upgrade" else {}
    refuse(site, "Ada batas waktu tender dalam 120 menit ke depan: 10001 Pemasukan Penawaran pada", playbook, **given)
    # A reason that is none does not help.
    refuse(site, "Ada batas waktu tender", playbook, spse_app_override_blackout=True, spse_app_reason="ya", **given)


@pytest.mark.usefixtures("near_deadline")
def test_a_restart_near_a_deadline_needs_a_reason_and_writes_it_down(site: Site) -> None:
    reason = "aplikasi tidak menjawab, disetujui kepala LPSE"
    site.operator.succeed("restart", spse_app_override_blackout=True, spse_app_reason=reason)
    assert [event.get("reason") for event in site.journal() if event["event"] == "begin"][-1] == reason


def test_a_deadline_in_a_file_by_hand(site: Site) -> None:
    line = "$(date --iso-8601=minutes --date='+20 minutes'); Tender Jalan Kota"
    with broken(site.host, f'mkdir -p /etc/spse; echo "{line}" > /etc/spse/jadwal.csv', "rm /etc/spse/jadwal.csv"):
        refuse(site, "Tender Jalan Kota pada", "restart")
    with broken(site.host, "echo 'besok; Tender' > /etc/spse/jadwal.csv", "rm /etc/spse/jadwal.csv"):
        refuse(site, "jadwal.csv baris 1: `besok` bukan waktu", "restart")


def test_what_is_half_done_stands_in_the_way_of_anything_else(site: Site) -> None:
    begun = {"event": "begin", "verb": "upgrade", "change": "CHG-1", "from": "a", "to": "b", "at": "x", "stamp": "s"}
    journal = "/var/lib/spse/journal/prod.jsonl"
    with broken(
        site.host,
        f"cp {journal} /root/journal; echo '{json.dumps(begun)}' >> {journal}",
        f"cp /root/journal {journal}",
    ):
        for playbook in ("upgrade", "restart", "install", "freeze"):
            given = {
                "upgrade": {"spse_app_build": site.builds["n1"].build},
                "freeze": {"spse_app_reason": "surat 12/2026"},
            }
            refuse(site, "Perubahan CHG-1 (upgrade", playbook, **given.get(playbook, {}))


def test_a_downgrade(site: Site) -> None:
    site.operator.succeed("upgrade", spse_app_build=site.builds["n1"].build)
    words = "build itu lebih lama. Untuk kembali gunakan rollback"
    refuse(site, words, spse_app_build=site.builds["n"].build)
    # The same build again is no mistake, and changes nothing.
    with untouched(site):
        done = site.operator.succeed("upgrade", spse_app_build=site.builds["n1"].build)
    assert "sudah berjalan; tidak ada yang diubah" in " ".join(done.stdout.split())
    site.operator.succeed("rollback")
    refuse(site, "Tidak ada upgrade yang dapat dibatalkan", "rollback")
