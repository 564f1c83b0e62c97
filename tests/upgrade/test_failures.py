"""An upgrade that fails, wherever it fails, ends as failed with the old build, its database, documents and settings."""

from dataclasses import dataclass

import pytest

from tests.upgrade.site import Site
from tests.whole import sampled

HEAL_DUMP = "mv /usr/lib/postgresql/15/bin/pg_dump.away /usr/lib/postgresql/15/bin/pg_dump"
HIDE = "mv /home/appserv/spse/releases/{to}/framework /home/appserv/spse/releases/{to}/.framework"
NO_MIGRATIONS = "mv /home/appserv/spse/releases/{to}/webapp/db /home/appserv/spse/releases/{to}/.db"


@dataclass(frozen=True)
class Failure:
    """Something that goes wrong just before a task, how the host is mended afterwards, and what is said of it."""

    task: str
    command: str
    words: str
    mend: str = "true"
    time: int = 1


@pytest.mark.parametrize(
    ("build", "words"),
    sampled(
        [
            ("no-start", "tidak sehat"),
            ("migration-fails", 'relation "arsip_pengembang.pesan" does not exist'),
            ("cannot-write", "tulis: menjawab 500"),
        ],
        {1},
    ),
)
def test_a_bad_build_is_found_on_the_copy(site: Site, build: str, words: str) -> None:
    before = site.snapshot()
    started = site.host.run("systemctl show --property=ExecMainStartTimestamp spse-prod").stdout
    said = site.operator.fail("upgrade", spse_app_build=site.builds[build].build)
    assert words in said
    assert "basis data tidak berubah" in said
    assert site.snapshot() == before
    site.is_tidy()
    # The process that serves has never been touched.
    assert site.host.run("systemctl show --property=ExecMainStartTimestamp spse-prod").stdout == started
    assert site.journal()[-1]["outcome"] == "undone"


COMPATIBLE = [
    Failure(
        "Dump the database",
        "mv /usr/lib/postgresql/15/bin/pg_dump /usr/lib/postgresql/15/bin/pg_dump.away",
        "pg_dump",
        HEAL_DUMP,
    ),
    Failure(
        "Prove the archive on the host, and unpack it",
        "truncate --size=1000 /var/cache/spse/spse-{to}.tar.gz",
        "Arsip terpotong",
    ),
    Failure("Make a copy of the restore point", "rm /var/backups/spse/prod/*{change}/database/toc.dat", "toc.dat"),
    # Of the two migrations the first is the one on the copy.
    Failure("Run the migration", NO_MIGRATIONS, "MIGRASI GAGAL", time=2),
    Failure(
        "Start a process that stands in",
        "systemd-run --unit=intruder python3 -m http.server 9091",
        "tidak sehat",
        "systemctl stop intruder",
    ),
    # After the link was put: the process that stands in serves on, and the old one is made anew.
    Failure("Start the instance, now and at every boot", HIDE, "tidak sehat"),
    Failure("Watch it with its visitors", f"{HIDE}; systemctl kill --signal=KILL spse-prod", "tidak sehat"),
]


@pytest.mark.parametrize("failure", sampled(COMPATIBLE, {0, 3, 5}), ids=lambda failure: failure.task)
def test_a_compatible_upgrade_that_fails_leads_back(site: Site, failure: Failure) -> None:
    check(site, "n", "n1", failure)


INCOMPATIBLE = [
    # Of the two restore points the second is the one that counts.
    Failure(
        "Dump the database",
        "mv /usr/lib/postgresql/15/bin/pg_dump /usr/lib/postgresql/15/bin/pg_dump.away",
        "pg_dump",
        HEAL_DUMP,
        2,
    ),
    Failure("Run the migration", NO_MIGRATIONS, "MIGRASI GAGAL", time=2),
    Failure("Start the instance, now and at every boot", HIDE, "tidak sehat"),
    Failure("Watch it with its visitors", f"{HIDE}; systemctl kill --signal=KILL spse-prod", "tidak sehat"),
]


@pytest.fixture(scope="module")
def site_before_a_break(site: Site) -> Site:
    """Build N+1 runs, whose successor it cannot live with."""
    site.operator.succeed("upgrade", spse_app_build=site.builds["n1"].build)
    return site


@pytest.mark.parametrize("failure", sampled(INCOMPATIBLE, {1, 3}), ids=lambda failure: failure.task)
def test_an_incompatible_upgrade_that_fails_leads_back(site_before_a_break: Site, failure: Failure) -> None:
    check(site_before_a_break, "n1", "n2", failure)


def check(site: Site, now: str, to: str, failure: Failure) -> None:
    """Let an upgrade fail, and find all as it was."""
    assert site.running == site.builds[now].build
    before = site.snapshot()
    target = site.builds[to].build
    change = f"CHG-{failure.task.split()[0]}-{failure.time}"
    command = failure.command.replace("{to}", target).replace("{change}", change)
    operator = site.upgrade_with(failure.task, site.on_host(command), time=failure.time)
    said = operator.fail("upgrade", spse_app_build=target, spse_app_change=change)
    assert f"INTERFERED before {failure.task}: 0" in said
    site.host.run(failure.mend)
    assert failure.words in said
    assert "Server sudah kembali ke build" in said
    assert site.snapshot() == before
    site.is_tidy()
    assert site.running == site.builds[now].build
    assert site.journal()[-1]["outcome"] == "undone"
    # A release that was damaged on purpose is no evidence.
    site.host.run(f"rm -rf /home/appserv/spse/releases/{target}*  /home/appserv/spse/site/{target}")
