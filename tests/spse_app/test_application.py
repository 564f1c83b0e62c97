"""The application on a real host: each build does what its name says, and the vendor's faults are really there.

One host serves all; every test begins with an empty site.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.spse_app.conftest import SLOW_BOOT_SECONDS
from tests.spse_app.deployment import DOCUMENTS, SCRATCH

if TYPE_CHECKING:
    from tests.conftest import Builds
    from tests.hosts.host import Host
    from tests.spse_app.build import Built
    from tests.spse_app.deployment import Deployment

JSON = ("-H", "Accept: application/json")
MESSAGE = ("-d", "nama=uji", "-d", "isi=halo")


def upload(site: Deployment, size: int, *options: str) -> tuple[str, ...]:
    """Options of an upload of random bytes, which stay on the host as SCRATCH/berkas."""
    site.host.run(f"head -c {size} /dev/urandom > {SCRATCH}/berkas")
    return ("--data-binary", f"@{SCRATCH}/berkas", "-H", "X-Nama-Berkas: a.rhs", *JSON, *options)


def test_vendor_installation(vendor_host: Host, builds: Builds) -> None:
    assert set(vendor_host.run("ps -o user= -C java").stdout.split()) == {"root"}
    trust = "PGPASSWORD=salah psql -h localhost -U postgres -qAtc 'select 1'"
    assert vendor_host.run(trust).stdout.strip() == "1"
    # The training instance; the other tests leave it alone.
    url = "http://localhost/eproc4lat/versi"
    before = json.loads(vendor_host.run(f"curl -sf {url}").stdout)
    assert before["build"] == builds["n"].build

    boot = vendor_host.boot_id
    vendor_host.run("systemctl reboot", check=False)
    vendor_host.wait_until_up(other_boot_than=boot)
    vendor_host.run(f"for try in $(seq 600); do curl -sf {url} && exit 0; sleep 0.1; done; exit 1")
    after = json.loads(vendor_host.run(f"curl -sf {url}").stdout)
    assert after["mulai"] > before["mulai"]


def test_build_n_serves_its_pages(site: Deployment, builds: Builds) -> None:
    site.run(builds["n"])
    version = site.request("/versi").json
    assert (version["aplikasi"], version["build"], version["skema"]) == ("SPSE (tiruan)", builds["n"].build, 3)
    assert [version["pid"]] == site.processes()
    front = site.request("/")
    assert front.status == 200
    assert "Tiruan untuk pengujian" in front.body
    assert "Pagu" in front.body
    assert "Metode" not in front.body
    assert "Pemeliharaan Jalan Ruas Kota; Tahap II" in front.body
    assert f"v{builds['n'].build}" in front.body
    assert site.status("/paket/1") == 200
    assert site.status("/login") == 200
    assert site.statuses("/tidak-ada", "/paket/99", "/../lain") == [404, 404, 404]
    assert site.host.run("curl -s -o /dev/null -w '%{http_code}' http://localhost/eproc4/").stdout == "200"
    assert site.sql("select pid from tugas") == [str(version["pid"])]


def test_messages_are_written_and_escaped(site: Deployment, builds: Builds) -> None:
    site.run(builds["n"])
    written = site.request("/pesan", *JSON, "-d", "nama=uji", "--data-urlencode", "isi=<b>&{{build}}")
    assert (written.status, written.json) == (201, {"id": 1})
    assert "&lt;b&gt;&amp;&#123;&#123;build}}" in site.request("/pesan").body
    assert site.status("/pesan", *MESSAGE) == 303
    assert site.status("/pesan", "-d", "nama=uji") == 400


def test_sessions_outlive_a_restart_and_hold_on_two_processes(site: Deployment, builds: Builds) -> None:
    site.run(builds["n"])
    assert site.status("/login", "-d", "user=penyedia-1", "-d", "password=salah") == 401
    assert "Keluar" not in site.request("/").body
    assert site.log_in() == 303
    site.spse4("restart")
    site.wait()
    assert "penyedia-1 <button>Keluar" in site.request("/").body
    other = site.beside(builds["n"])
    other.start()
    assert "penyedia-1 <button>Keluar" in other.request("/").body
    assert site.status("/logout", "-X", "POST") == 303
    assert "Keluar" not in site.request("/").body
    assert "rahasia-penyedia-1" not in site.log()


def test_documents_come_back_as_they_went(site: Deployment, builds: Builds) -> None:
    site.run(builds["n"])
    assert site.status("/paket/1/penawaran", *upload(site, 1000)) == 401
    site.log_in()
    for form in (upload(site, 300_000), ("-F", f"berkas=@{SCRATCH}/berkas;filename=a.rhs", *JSON)):
        stored = site.request("/paket/1/penawaran", *form)
        assert stored.status == 201
        digest = site.host.run(
            f"sha256sum < {SCRATCH}/berkas; curl -s {site.url}/dokumen/{stored.json['id']} | sha256sum"
        )
        assert digest.stdout == f"{stored.json['sha256']}  -\n" * 2
        row = site.sql("select jalur, sha256, ukuran from penawaran order by dibuat desc limit 1")
        assert row == [f"1/{stored.json['id']}.rhs|{stored.json['sha256']}|300000"]
    assert site.host.run(f"ls -A {site.root}/webapp/tmp; ls -A {DOCUMENTS}/1 | grep -v rhs$", check=False).stdout == ""
    site.host.run(f"rm {DOCUMENTS}/1/*")
    assert site.status(f"/dokumen/{stored.json['id']}") == 500
    assert re.search(r"ERROR ~ Galat .*\njava\.nio\.file\.NoSuchFileException.*\n\tat ", site.log())
    assert site.status("/dokumen/00000000-0000-0000-0000-000000000000") == 404
    assert site.status("/paket/99/penawaran", *upload(site, 10)) == 404


def test_upload_limit_is_kept(site: Deployment, builds: Builds) -> None:
    site.install(builds["n"])
    site.configure("play.netty.maxContentLength", "2000000")
    site.start()
    site.log_in()
    assert site.status("/paket/1/penawaran", *upload(site, 2_000_000)) == 201
    assert site.status("/paket/1/penawaran", *upload(site, 2_000_001)) == 413
    assert site.status("/paket/1/penawaran", *upload(site, 9_000_000, "-H", "Transfer-Encoding: chunked")) == 413


def test_n_works_on_the_schema_of_n1(site: Deployment, builds: Builds) -> None:
    site.run(builds["n"])
    other = site.beside(builds["n1"])
    refusal = other.attempt()
    assert refusal.returncode == 1
    assert "jalankan spse4 migration" in refusal.stdout
    assert "cadangkan" in other.spse4("migration").stdout
    other.start()
    assert "Metode" in other.request("/").body
    site.log_in()
    for instance in (site, other):
        assert instance.statuses("/", "/paket/1", "/pesan") == [200, 200, 200]
        assert instance.status("/pesan", *MESSAGE) == 303
        assert instance.status("/paket/1/penawaran", *upload(site, 1000)) == 201


@pytest.mark.parametrize("older", ["n", "n1"])
def test_older_code_fails_on_the_schema_of_n2(site: Deployment, builds: Builds, older: str) -> None:
    site.run(builds[older])
    other = site.beside(builds["n2"])
    other.spse4("migration")
    other.start()
    assert "Nilai pagu" in other.request("/").body
    assert other.status("/paket/1") == 200
    site.spse4("restart")
    site.wait()
    assert site.statuses("/", "/paket/1", "/login") == [500, 500, 200]
    assert 'column "pagu" does not exist' in site.log()


def test_no_start_ends_with_an_exception(site: Deployment, builds: Builds) -> None:
    site.install(builds["no-start"])
    attempt = site.attempt()
    assert attempt.returncode == 1
    assert (
        "ERROR ~ Aplikasi gagal dimulai\njava.lang.ClassNotFoundException: spse.jobs.AgregasiNasional\n\tat"
        in site.log()
    )
    assert site.status("/versi") == 0


def test_migration_fails_half_way(site: Deployment, builds: Builds) -> None:
    site.run(builds["n"])
    other = site.beside(builds["migration-fails"])
    failure = other.spse4("migration", check=False)
    assert failure.returncode == 1
    assert 'MIGRASI GAGAL: ERROR: relation "arsip_pengembang.pesan" does not exist' in failure.stderr
    assert site.sql("select nomor from skema_migrasi order by nomor") == ["1", "2", "3", "4"]
    assert site.sql("select to_regclass('sanggahan'), to_regclass('arsip_pesan')") == ["sanggahan|arsip_pesan"]
    columns = "select column_name from information_schema.columns where table_name = 'pesan' order by ordinal_position"
    assert site.sql(columns) == ["id", "nama", "isi_pesan", "dibuat"]
    assert site.statuses("/", "/pesan") == [200, 500]
    again = other.spse4("migration", check=False)
    assert again.returncode == 1
    assert 'relation "arsip_pesan" already exists' in again.stderr


def test_cannot_write_reads_but_does_not_write(site: Deployment, builds: Builds) -> None:
    site.run(builds["cannot-write"])
    assert site.statuses("/", "/paket/1", "/pesan", "/login") == [200] * 4
    assert site.log_in() == 303
    assert site.status("/pesan", *JSON, *MESSAGE) == 500
    assert site.status("/paket/1/penawaran", *upload(site, 1000)) == 500
    assert "cannot execute INSERT in a read-only transaction" in site.log()
    assert site.sql("select (select count(*) from pesan) + (select count(*) from penawaran)") == ["0"]


def test_leaks_until_memory_is_full(site: Deployment, builds: Builds) -> None:
    site.run(builds["leaks"])
    # Up to the first failure: after it every request waits for a collection that frees nothing.
    loop = f"curl -s -f --fail-early -o /dev/null -w '%{{http_code}}\\n' '{site.url}/versi?[1-1000]'"
    statuses = site.host.run(loop, check=False).stdout.split()
    assert 200 < statuses.count("200") < 900
    assert statuses[-1] == "500"
    assert "java.lang.OutOfMemoryError: Java heap space" in site.log()
    assert len(site.processes()) == 1


def test_integrity_is_enforced(site: Deployment, builds: Builds) -> None:
    site.install(builds["n"])
    view = f"{site.root}/webapp/views/masuk.html"
    added = f"{site.root}/framework/lib/tambahan.jar"
    for change, undo, complaint in (
        (f"echo >> {view}", f"sed -i '$d' {view}", f"berkas berubah: {view}"),
        (f"mv {view} {SCRATCH}/", f"mv {SCRATCH}/masuk.html {view}", f"berkas hilang: {view}"),
        (f"touch {added}", f"rm {added}", f"berkas tambahan: {added}"),
        (f"ln -s {SCRATCH} {site.root}/webapp/public", f"rm {site.root}/webapp/public", "berkas tambahan: "),
    ):
        site.host.run(change)
        refusal = site.attempt()
        assert refusal.returncode == 1
        assert f"Integritas: {complaint}" in refusal.stdout
        assert "Aplikasi menolak dimulai: 1 berkas" in refusal.stdout
        site.host.run(undo)
    site.start()


def test_site_owned_files_may_change_and_live_elsewhere(site: Deployment, builds: Builds) -> None:
    site.install(builds["n"])
    site.host.run(
        f"mv {site.configuration} {SCRATCH}/; echo '# catatan' >> {SCRATCH}/application.conf; "
        f"ln -s {SCRATCH}/application.conf {site.configuration}; "
        f"cd {SCRATCH} && install -d -o nobody logs tmp {DOCUMENTS} && ln -s $PWD/logs $PWD/tmp {site.root}/webapp/"
    )
    # Nothing but these needs to be writable: the tree is root's, the process is not.
    site.host.run(f"cd / && nohup runuser -u nobody -- {site.command()} > {SCRATCH}/out 2>&1 < /dev/null &")
    site.wait()
    site.log_in()
    assert site.status("/paket/1/penawaran", *upload(site, 1000)) == 201
    assert "siap di port 9090" in site.host.run(f"cat {SCRATCH}/logs/application.log").stdout


def test_configuration_mistakes_are_named(site: Deployment, builds: Builds) -> None:
    site.unpack(builds["n"])
    keys = ("http.port", "http.path", "db.url", "application.secret", "attachments.path", "sikap.url")
    site.host.run(f"cp {site.configuration} {SCRATCH}/good")
    for key, value, complaint in (
        ("db.pass", "", "Kunci {key} tidak ada atau kosong di {file}"),
        *((key, "", "Kunci {key} tidak ada atau kosong di {file}") for key in keys),
        *((key, "x", "Nilai kunci {key} di {file} tidak sah") for key in keys),
    ):
        refusal = site.host.run(
            f"sed 's|^{key}=.*|{key}={value}|' {SCRATCH}/good > {site.configuration}; timeout 15 {site.command()} 2>&1",
            check=False,
        )
        assert refusal.returncode == 1
        assert complaint.format(key=key, file=site.configuration) in refusal.stdout
        assert len(refusal.stdout.splitlines()) == 1


def test_port_and_context_come_from_the_configuration(site: Deployment, builds: Builds) -> None:
    site.install(builds["n"])
    site.configure("http.path", "/lain")
    # The framework id's own line beats the plain one, and the command line beats both.
    site.host.run(
        f"echo '%prod.http.port=9191' >> {site.configuration}; echo '%test.http.port=9292' >> {site.configuration}"
    )
    site.spse4("start")
    site.host.run(f"cd / && nohup {site.command('--http.port=9393')} > {SCRATCH}/out 2>&1 < /dev/null &")
    for port in (9191, 9393):
        other = type(site)(site.host, port=port, context="/lain")
        other.wait()
        assert other.status("/") == 200
        assert (
            site.host.run(f"curl -s -o /dev/null -w '%{{http_code}}' http://localhost:{port}/eproc4/").stdout == "404"
        )
    listening = site.host.run("ss -Hltn").stdout
    assert ":9090 " not in listening
    assert ":9292 " not in listening


def test_start_returns_at_once_and_boot_takes_its_time(site: Deployment, slow_build: Built) -> None:
    site.install(slow_build)
    timing = site.host.run(
        f"begin=$(date +%s%3N); {site.root}/spse4 start > /dev/null; started=$(date +%s%3N); "
        f"until curl -sf -o /dev/null {site.url}/versi; do sleep 0.05; done; "
        "echo $((started - begin)) $(($(date +%s%3N) - begin))"
    )
    start_returned, answered = map(int, timing.stdout.split())
    # Before the application can have answered, and it did not answer sooner than it may.
    assert start_returned < SLOW_BOOT_SECONDS * 1000 <= answered


def test_double_start_makes_two_processes_and_stop_kills_the_second(site: Deployment, builds: Builds) -> None:
    site.run(builds["n"])
    first = site.processes()
    site.spse4("start")
    site.host.run(
        f"for try in $(seq 100); do grep -q 'Port 9090 tidak dapat dibuka' {site.root}/webapp/logs/application.log "
        "&& exit 0; sleep 0.1; done; exit 1"
    )
    assert "java.net.BindException" in site.log()
    both = site.processes()
    assert len(both) == 2
    assert sorted(site.sql("select distinct pid from tugas")) == sorted(map(str, both))
    assert site.sql(
        "select count(*) from pg_stat_activity where application_name like 'spse %' and datname = 'epns_prod'"
    ) == ["16"]
    assert "SPSE dihentikan" in site.spse4("stop").stdout
    assert site.processes() == first
    assert "SPSE dihentikan" in site.spse4("stop").stdout
    assert site.processes() == first
    assert site.status("/versi") == 200


def in_flight(site: Deployment, end: str) -> list[str]:
    """End the process during a slow request and return the request's status and the time the end took, in ms."""
    return site.host.run(
        f"curl -s -o /dev/null -w '%{{http_code}}\\n' '{site.url}/laporan?detik=3' > {SCRATCH}/status & "
        f"sleep 1; pid=$(cat {site.root}/webapp/server.pid); begin=$(date +%s%3N); {end}; "
        "while kill -0 $pid 2> /dev/null; do sleep 0.05; done; finish=$(date +%s%3N); "
        f"wait; cat {SCRATCH}/status; echo $((finish - begin))"
    ).stdout.split()


def test_stop_cuts_a_request_in_flight(site: Deployment, builds: Builds) -> None:
    site.run(builds["n"])
    status, milliseconds = in_flight(site, f"{site.root}/spse4 stop > /dev/null")
    assert status == "000"
    # The request had two more seconds to go.
    assert int(milliseconds) < 2000
    assert "berhenti" not in site.log()


def test_sigterm_finishes_a_request_in_flight(site: Deployment, builds: Builds) -> None:
    site.run(builds["n"])
    status, milliseconds = in_flight(site, f"kill $pid; sleep 0.5; curl -s {site.url}/versi && echo still-listening")
    assert status == "200"
    assert int(milliseconds) > 1000
    assert "Semua permintaan selesai" in site.log()
    assert "SPSE (tiruan) berhenti" in site.log()


def test_sigterm_of_an_idle_process_is_quick(site: Deployment, builds: Builds) -> None:
    site.run(builds["n"])
    pid = site.processes()[0]
    site.host.run(f"kill {pid}; timeout 5 sh -c 'while kill -0 {pid} 2> /dev/null; do sleep 0.05; done'")
    assert "SPSE (tiruan) berhenti" in site.log()


def test_slow_page_holds_a_transaction(site: Deployment, builds: Builds) -> None:
    site.run(builds["n"])
    site.host.run(f"curl -s -o {SCRATCH}/laporan '{site.url}/laporan?detik=2' > /dev/null 2>&1 & sleep 0.7")
    held = "select count(*) from pg_stat_activity where wait_event = 'PgSleep' and xact_start < now()"
    assert site.sql(held) == ["1"]
    site.host.run("sleep 2")
    assert "Disusun selama 2 detik" in site.host.run(f"cat {SCRATCH}/laporan").stdout
    assert site.status("/laporan?detik=x") == 400


def test_database_that_comes_back_is_used_again(site: Deployment, builds: Builds) -> None:
    site.run(builds["n"])
    site.host.run("systemctl stop postgresql")
    assert site.statuses("/", "/versi") == [500, 200]
    refusal = site.attempt("--http.port=9393")
    assert refusal.returncode == 1
    assert "tidak dapat dihubungi" in refusal.stdout
    site.host.run("systemctl start postgresql")
    assert site.statuses(*["/"] * 9) == [200] * 9


def test_seeded_data_agrees_until_a_document_is_lost(site: Deployment, builds: Builds) -> None:
    site.run(builds["n"])
    script = site.put(Path(__file__).with_name("seed.py"), "seed.py")
    seed = f"python3 {script} --conf {site.configuration}"
    amount = "--packages 50 --documents 20 --document-size 8KiB --database-size 12MiB"
    done = site.host.run(f"{seed} {amount}").stdout
    assert "packages 53 stages 636 " in done
    assert "documents 20 (163840 bytes)" in done
    assert int(site.sql("select pg_database_size('epns_prod')")[0]) >= 12 << 20
    before, after = site.host.run(f"{seed} {amount}").stdout.splitlines()
    assert before.removeprefix("before:").split() == after.removeprefix("after:").split()
    digests = f"cd {DOCUMENTS} && find . -name '*.rhs' | sort | xargs sha256sum"
    first = site.host.run(digests).stdout
    assert "verified 20 rows: 20 agree, 0 wrong; 0 documents without a row" in site.host.run(f"{seed} --verify").stdout
    document = site.sql("select id from penawaran order by id limit 1")[0]
    assert site.host.run(f"curl -s {site.url}/dokumen/{document} | wc -c").stdout.strip() == "8192"

    lost, changed = (line.split()[1] for line in first.splitlines()[:2])
    site.host.run(
        f"cd {DOCUMENTS} && rm {lost} && printf x | dd of={changed} conv=notrunc status=none && touch 1/sisa.rhs"
    )
    verdict = site.host.run(f"{seed} --verify", check=False)
    assert verdict.returncode == 1
    assert f"WRONG {lost.removeprefix('./')}: the document is missing" in verdict.stdout
    assert f"WRONG {changed.removeprefix('./')}: sha256" in verdict.stdout
    assert "NO ROW 1/sisa.rhs" in verdict.stdout

    site.host.run(f"rm -rf {DOCUMENTS}/*")
    site.sql("truncate penawaran, jadwal, paket restart identity cascade")
    site.host.run(f"{seed} {amount}")
    # The same bytes; in other folders, since the packages' ids are others.
    assert set(site.host.run(digests).stdout.split()[::2]) == set(first.split()[::2])
    sized = site.host.run(f"{seed} --documents-size 1MiB --document-size 100KiB --random-seed 7").stdout
    assert "documents 31 (1290240 bytes)" in sized
