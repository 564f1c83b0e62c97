"""An instance is brought back: as a whole, in parts, to a moment; and what was there is kept."""

import json
from datetime import datetime
from pathlib import Path

import pytest

from tests.backup.ground import Ground
from tests.backup.pages import follow
from tests.operator import variables
from tests.spse_app.catalogue import BUILDS
from tests.upgrade.site import Snapshot

pytestmark = pytest.mark.hosts


@pytest.fixture(scope="module")
def known(here: Ground) -> tuple[str, Snapshot]:
    """A restore point, and what was there when it was taken."""
    before = here.site.snapshot()
    return str(here.take("--kind", "full")["id"]), before


def restore(here: Ground, **given: str) -> str:
    """Ask, then say yes to what was shown."""
    said = here.site.operator.fail("restore", **given)
    assert "Bila itu yang dimaksud, ulangi dengan backup_confirm" in said
    confirmed = said.partition("backup_confirm `")[2].partition("`")[0]
    done = here.site.operator.succeed("restore", backup_confirm=confirmed, **given)
    return " ".join(done.stdout.split())


def write(here: Ground, *, documents: int = 30) -> None:
    """Somebody works on."""
    here.site.seed(30, documents)


def psql(here: Ground, query: str, database: str = "epns_prod") -> str:
    """Ask the database."""
    return here.site.host.run(f'cd / && runuser -u postgres -- psql -qAtc "{query}" {database}').stdout.strip()


def test_nothing_is_touched_before_it_was_shown_what_is_lost(here: Ground, known: tuple[str, Snapshot]) -> None:
    write(here)
    before = here.site.snapshot()
    said = here.site.operator.fail("restore", backup_point=known[0])
    assert "10 dokumen" in said
    assert "'public.penawaran': 10" in said
    assert f"prod@mamuju:{known[0]}" in said
    said = here.site.operator.fail("restore", backup_point=known[0], backup_confirm="prod@bogor:x")
    assert "ulangi dengan backup_confirm" in said
    assert here.site.snapshot() == before


def test_a_whole_instance_comes_back_and_what_was_there_is_kept(here: Ground, known: tuple[str, Snapshot]) -> None:
    name, before = known
    now = here.site.snapshot()
    assert now != before
    said = restore(here, backup_point=name)
    assert f"titik pulih {name}" in said
    assert here.site.snapshot() == before
    assert here.site.running == before.build
    assert here.site.flags() == []
    kept = next(database for database in here.site.databases() if database != "epns_prod")
    assert kept not in psql(here, "select datname from pg_database where datallowconn", "postgres").split()
    psql(here, f"alter database {kept} allow_connections true", "postgres")
    assert psql(here, "select count(*) from penawaran", kept) == "30"
    folder = here.site.host.run("ls -d /home/file/file_prod.sebelum-*").stdout.strip()
    assert int(here.site.host.run(f"find {folder} -type f | wc -l").stdout) == 30
    here.site.host.run(f"rm -r {folder}")
    psql(here, f"drop database {kept}", "postgres")
    # It writes again, and finds every document.
    here.site.seed(20, 20, "--verify")


def test_documents_alone(here: Ground, known: tuple[str, Snapshot]) -> None:
    name, before = known
    here.site.host.run("cd /home/file/file_prod && find . -type f | head -3 | xargs rm")
    assert here.site.snapshot().documents != before.documents
    psql(here, "insert into pesan (nama, isi) values ('a', 'sesudah titik pulih')")
    restore(here, backup_point=name, backup_part="documents")
    assert here.site.snapshot().documents == before.documents
    assert psql(here, "select count(*) from pesan where isi = 'sesudah titik pulih'") == "1"
    here.site.host.run("rm -r /home/file/file_prod.sebelum-*")


def test_to_a_moment(here: Ground) -> None:
    """Between two restore points, with the documents of then and the rows of then."""
    psql(here, "insert into pesan (nama, isi) values ('a', 'masih ada')")
    moment = psql(here, "select now() from pg_sleep(1)")
    psql(here, "delete from pesan")
    here.take("--kind", "none")
    restore(here, backup_time=datetime.fromisoformat(moment).isoformat(), backup_part="database")
    assert psql(here, "select count(*) from pesan where isi = 'masih ada'") == "1"


def test_one_file_while_spse_goes_on(here: Ground, known: tuple[str, Snapshot]) -> None:
    name, before = known
    host, processes = here.site.host, here.site.application.processes()
    path = host.run("find /home/file/file_prod -type f | head -1").stdout.strip()
    asked = {"backup_point": name, "backup_part": "file", "backup_file": path.removeprefix("/home/file/file_prod/")}
    host.run(f"echo lain > {path}")
    said = restore(here, **asked)
    assert f"{path} dipulihkan ke" in said
    kept = host.run(f"ls {path}.sebelum-*").stdout.strip()
    assert host.run(f"cat {kept}; stat -c %U {path}").stdout.split() == ["lain", "spse-prod"]
    # One that is gone; and nothing is left over.
    host.run(f"rm {path} {kept}")
    assert "Sekarang berkas itu tidak ada" in here.site.operator.fail("restore", **asked)
    restore(here, **asked)
    assert here.site.snapshot().documents == before.documents
    assert here.site.application.processes() == processes
    assert host.run("ls -A /var/lib/spse-backup").stdout.split() == ["status.json", "sums.json"]


@pytest.mark.parametrize(
    ("file", "words"),
    [
        ("", "backup_file belum diisi"),
        ("../../../etc/shadow", "bukan dokumen instans prod"),
        ("/etc/shadow", "bukan dokumen instans prod"),
        ("tidak/ada.rhs", "tidak ada dalam titik pulih"),
    ],
)
def test_a_file_that_is_none_of_its_documents(here: Ground, file: str, words: str) -> None:
    assert words in here.site.operator.fail("restore", backup_part="file", backup_file=file)


def test_one_file_does_not_follow_a_link_out(here: Ground, known: tuple[str, Snapshot]) -> None:
    """Whoever has broken into SPSE puts a link where root is going to write."""
    host = here.site.host
    path = Path(host.run("find /home/file/file_prod -type f | head -1").stdout.strip())
    asked = {"backup_part": "file", "backup_file": str(path.relative_to("/home/file/file_prod"))}
    host.run(f"mv {path.parent} /home/file/file_prod.asli; ln -s /etc {path.parent}")
    said = here.site.operator.fail("restore", backup_point=known[0], **asked)
    confirmed = said.partition("backup_confirm `")[2].partition("`")[0]
    said = here.site.operator.fail("restore", backup_point=known[0], backup_confirm=confirmed, **asked)
    host.run(f"rm {path.parent}; mv /home/file/file_prod.asli {path.parent}")
    assert "tidak dapat ditulis oleh spse-prod" in said
    assert host.run(f"ls /etc/{path.name}", check=False).returncode != 0


def test_an_instance_that_is_not_well_with_it_goes_back_by_itself(here: Ground, known: tuple[str, Snapshot]) -> None:
    """The restored rows do not suit the application: everything is as it was, and visitors are served."""
    before = here.site.snapshot()
    said = here.site.operator.fail("restore", backup_point=known[0])
    confirmed = said.partition("backup_confirm `")[2].partition("`")[0]
    hide = "cd / && runuser -u postgres -- psql -qc 'alter database epns_prod allow_connections false'"
    operator = here.site.upgrade_with("Start the instance, now and at every boot", here.site.on_host(hide))
    said = operator.fail("restore", backup_point=known[0], backup_confirm=confirmed)
    assert "Keadaan sebelumnya sudah dikembalikan" in said
    assert here.site.snapshot() == before
    assert here.site.flags() == []
    assert here.site.journal()[-1]["outcome"] == "undone"


def test_a_point_that_is_not_there(here: Ground) -> None:
    said = here.site.operator.fail("restore", backup_point="tp-tidak-ada")
    assert "Titik pulih `tp-tidak-ada` tidak ada. Yang terakhir: tp-" in said


def test_a_moment_that_no_point_holds(here: Ground) -> None:
    said = here.site.operator.fail("restore", backup_time="2099-01-01T00:00+07:00")
    assert "Ambil dahulu titik pulih baru" in said


def test_the_status_is_json(here: Ground) -> None:
    told = json.loads(here.site.host.run("spse-backup status", check=False).stdout)
    assert told["points"] == len(here.points())


def test_a_copy_for_training_says_on_every_page_that_it_is_one(here: Ground) -> None:
    """The data of prod, in latihan; prod itself is not touched."""
    site = here.site
    latihan = site.for_instance("latihan")
    inventory = site.operator.read()
    two = variables({name: site.builds[name] for name in BUILDS}, "prod", "latihan")
    inventory["spse"]["vars"] |= {key: value for key, value in two.items() if isinstance(value, dict)}
    site.operator.write(inventory)
    site.operator.succeed("install", spse_app_build=site.builds["n"].build)
    latihan.seed(3, 3)
    site.operator.succeed("backup_server")
    own = str(here.take("--kind", "full")["id"])
    before, mine = site.snapshot(), latihan.snapshot()
    page = f"curl -ski {latihan.url}/"
    mark = "SALINAN DATA UNTUK LATIHAN"
    assert mark not in site.host.run(page).stdout
    restore(here, backup_instance="latihan", backup_from="prod", backup_point=own)
    assert latihan.snapshot().documents == before.documents
    assert psql(here, "select count(*) from penawaran", "epns_latihan") == psql(here, "select count(*) from penawaran")
    assert latihan.running == before.build
    latihan.seed(0, 0, "--verify")
    for path in ("/", "/login", "/paket/1"):
        shown = site.host.run(f"{page.removesuffix('/')}{path} -H 'Accept-Encoding: gzip'").stdout
        assert mark in shown
        assert "X-SPSE-Salinan: ya" in shown
        assert mark not in site.host.run(f"curl -ski {site.url}{path}").stdout
    assert "latihan SALINAN data instans lain" in follow(site.operator, "spse-ops status mamuju").stdout
    assert site.snapshot() == before
    # Its own again.
    restore(here, backup_instance="latihan", backup_point=own)
    assert latihan.snapshot() == mine
    assert mark not in site.host.run(page).stdout
    said = site.operator.fail("restore", backup_instance="latihan", backup_from="percobaan")
    assert "Instans `percobaan` tidak dicadangkan di server ini. Yang ada: latihan, prod." in said
