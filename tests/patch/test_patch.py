"""Updates, as an operator installs them on a host with visitors."""

import json
import os
import re
import signal
import subprocess
import time
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.hosts import faults
from tests.hosts.paths import REPOSITORY
from tests.load.generator import Load
from tests.operator import Finished, changes
from tests.patch.conftest import Publish
from tests.patch.packages import BROKEN, GOOD, SICK, SLOW
from tests.upgrade.site import Site, unwritten

QUIET_SECONDS = 2
# What a run without more leaves as it is: held, with something to be removed for it, and what restarts the database.
LEFT = {"uji-tahan": "1.0", "uji-bentrok": "1.0", "postgresql-uji": "1.0"}
UPDATED = dict.fromkeys(("uji-biasa", "uji-bergantung", "uji-baru", "uji-boot", "uji-layanan"), "1.1")


def versions(site: Site) -> dict[str, str]:
    """Which of our packages are there, by name; one that is half done says so."""
    shown = "dpkg-query --show --showformat='${Package} ${Version} ${db:Status-Status}\\n' 'uji-*' postgresql-uji"
    lines = [line.split() for line in site.host.run(shown).stdout.splitlines()]
    return {name: version if status == "installed" else status for name, version, status in lines}


def process(site: Site, unit: str) -> str:
    """The process of a unit."""
    return site.host.run(f"systemctl show --property=MainPID --value {unit}").stdout.strip()


def told(done: Finished) -> str:
    """What a run has said, on one line."""
    return " ".join(done.stdout.split())


def record(site: Site) -> dict[str, Any]:
    """What the newest run has written down of the versions before."""
    text = site.host.run("cat $(ls -t /var/lib/spse/journal/patch/*.json | head -1)").stdout
    read: dict[str, Any] = json.loads(text)
    return read


def test_wrong_input_is_refused(site: Site, publish: Publish) -> None:
    publish(*GOOD)
    assert "patch_scope berisi `semua`; pilih security" in site.operator.fail("patch", patch_scope="semua")
    hour = int(site.host.run("date +%-H").stdout)
    said = site.operator.fail("patch", patch_reboot=True, patch_reboot_hours=[(hour + 1) % 24, (hour + 2) % 24])
    assert "server hanya boleh dinyalakan ulang antara pukul" in said
    near = datetime.now(UTC) + timedelta(minutes=20)
    site.host.run(f"mkdir -p /etc/spse && echo '{near.isoformat()}; Tender Jalan' > /etc/spse/jadwal.csv")
    assert "Ada batas waktu tender" in site.operator.fail("patch")
    site.host.run("rm /etc/spse/jadwal.csv")
    assert versions(site).keys().isdisjoint({"uji-baru"})


def test_check_mode_names_everything_and_changes_nothing(site: Site) -> None:
    before = versions(site)
    with unwritten(site.host):
        done = site.operator.succeed("patch", "--check")
    said = told(done)
    assert changes(done, "mamuju") == 0
    assert "5 paket akan diperbarui (pembaruan keamanan)." in said
    assert "uji-baru (baru) → 1.1" in said
    assert "Menunggu --restart true, karena memulai ulang yang dipakai pengunjung: postgresql-uji 1.0 → 1.1." in said
    assert "Ditahan oleh admin server dan tidak disentuh: uji-tahan 1.0 1.1." in said
    assert "Tidak dapat dipasang: uji-bentrok:" in said
    assert "uji-bukan" not in "".join(re.findall(r"updates:.*?later:", said))
    assert versions(site) == before


def test_visitors_notice_nothing_of_security_updates(site: Site, figures: list[str]) -> None:
    boot, database, service = site.host.boot_id, process(site, "postgresql@15-main"), process(site, "uji-layanan")
    with Load(site.url, rate=50) as load:
        time.sleep(QUIET_SECONDS)
        done = site.operator.succeed("patch")
        time.sleep(QUIET_SECONDS)
    figures.append(f"visitors, security updates: {load.result.in_words()}")
    assert load.result.causes == {}
    assert load.result.kinds["success"] == len(load.result.requests)
    now = versions(site)
    assert {name: now[name] for name in UPDATED | LEFT} == UPDATED | LEFT
    assert now["uji-bukan"] == "1.0"
    # What nobody has touched but we; and what was installed for another goes on to be so.
    assert site.host.run("cat /etc/uji-layanan.conf").stdout == "milik sendiri\n"
    assert {"uji-baru", "uji-biasa"} <= set(site.host.run("apt-mark showauto").stdout.split())
    assert process(site, "uji-layanan") != service
    assert (site.host.boot_id, process(site, "postgresql@15-main")) == (boot, database)
    said = told(done)
    assert "5 paket diperbarui; SPSE sehat (pembaruan keamanan)." in said
    assert "Server perlu dinyalakan ulang (--reboot true): diminta oleh paket" in said
    assert "uji-biasa=1.0" in record(site)["back"]
    assert site.host.run(f"ls {record(site)['points'][0]}").stdout
    assert [event.get("outcome", event.get("verb", "")) for event in site.journal()][-3:] == ["patch", "", "succeeded"]
    site.is_tidy()
    assert changes(site.operator.succeed("patch"), "mamuju") == 0


def test_a_package_that_fails_is_told_with_a_way_back_that_works(site: Site, publish: Publish) -> None:
    publish(*GOOD, BROKEN)
    said = site.operator.fail("patch")
    assert "Pembaruan gagal pada" in said
    assert "Paket yang belum selesai: uji-rusak." in said
    assert "SPSE sehat dan tetap melayani." in said
    back = re.search(r"Kembali ke versi sebelumnya: `([^`]+)`", said)
    assert back is not None
    assert back[1] == "apt-get install --allow-downgrades uji-rusak=1.0"
    assert versions(site)["uji-rusak"] == "half-configured"
    assert site.running == site.builds["n"].build
    # Again, without having mended it: refused with what to do, and nothing gets worse.
    assert "dpkg belum dapat menyelesaikan uji-rusak" in site.operator.fail("patch")
    site.host.run(back[1].replace("install", "install --yes"))
    assert versions(site)["uji-rusak"] == "1.0"
    site.is_tidy()


def test_spse_that_is_not_well_afterwards_is_told_with_the_versions_and_the_restore_point(
    site: Site, publish: Publish
) -> None:
    publish(*GOOD, SICK)
    said = site.operator.fail("patch", spse_app_start_seconds=3)
    assert "tidak sehat" in said
    assert "`apt-get install --allow-downgrades uji-sakit=1.0`" in said
    assert f"Titik pulih: {record(site)['points'][0]}." in said
    assert "jalankan install" in said
    site.host.run("mv /root/java /usr/bin/java && systemctl restart spse-prod")
    site.application.wait()
    site.is_tidy()


def test_what_a_power_cut_has_left_is_finished(site: Site, publish: Publish) -> None:
    publish(*GOOD, SLOW)
    site.host.run("touch /root/lambat")
    with subprocess.Popen(
        site.operator.command("patch"),
        cwd=REPOSITORY,
        env=site.operator.surroundings,
        start_new_session=True,
        stdout=subprocess.DEVNULL,
    ) as running:
        while versions(site)["uji-lambat"] in {"1.0", "unpacked"}:
            assert running.poll() is None
            time.sleep(0.5)
        faults.power_cut(site.host)
        os.killpg(running.pid, signal.SIGKILL)
    faults.heal(site.host)
    site.application.wait()
    assert versions(site)["uji-lambat"] == "half-configured"
    assert "belum selesai" in site.operator.fail("restart")
    site.host.run("rm /root/lambat")
    said = told(site.operator.succeed("patch"))
    assert "Pembaruan sebelumnya terputus di tengah jalan: uji-lambat" in said
    assert versions(site)["uji-lambat"] == "1.1"
    site.is_tidy()


def test_what_visitors_use_is_restarted_when_asked_behind_the_page(site: Site, figures: list[str]) -> None:
    database, service = process(site, "postgresql@15-main"), process(site, "uji-layanan")
    site.host.run("cp /usr/bin/sleep /usr/local/bin/baru && mv /usr/local/bin/baru /usr/local/bin/uji-diam")
    assert "Masih memakai pustaka lama: uji-layanan.service." in told(site.operator.succeed("patch", "--check"))
    with Load(site.url, rate=50) as load:
        site.operator.succeed("patch", patch_restart=True)
    figures.append(f"visitors, updates with a restart: {load.result.in_words()}")
    assert load.result.causes == {}
    assert load.result.kinds["maintenance"] > 0
    assert versions(site)["postgresql-uji"] == "1.1"
    assert process(site, "postgresql@15-main") != database
    assert process(site, "uji-layanan") != service
    assert site.running == site.builds["n"].build
    site.is_tidy()


def test_the_host_is_restarted_when_asked_and_spse_is_well_again(site: Site) -> None:
    boot = site.host.boot_id
    site.host.run("touch /run/reboot-required")
    said = told(site.operator.succeed("patch", patch_reboot=True, patch_scope="all"))
    assert site.host.boot_id != boot
    assert "perlu dinyalakan ulang" not in said
    assert versions(site)["uji-bukan"] == "1.1"
    assert site.running == site.builds["n"].build
    site.is_tidy()
    assert changes(site.operator.succeed("patch", patch_reboot=True, patch_scope="all"), "mamuju") == 0
