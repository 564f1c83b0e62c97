"""What visitors notice of an upgrade: 50 requests a second through Apache, a fifth of them writes."""

import time
from dataclasses import replace
from pathlib import Path

import pytest

from tests.conftest import ARTIFACTS
from tests.load.generator import Load
from tests.load.plot import save
from tests.load.result import Mark, Result
from tests.operator import Finished
from tests.upgrade.site import Site
from tests.whole import sampled

RATE = 50
QUIET_SECONDS = 5
MARKS = {
    "Dump the database": "restore point",
    "Make a copy of the restore point": "rehearsal",
    "Write down that the migration begins": "migration",
    "Show the maintenance page": "closed",
    "Start a process that stands in": "second process",
    "Lead the visitors to it": "visitors to it",
    "Start the instance, now and at every boot": "main anew",
    "Lead the visitors back": "visitors back",
    "Go back to the build before": "goes back",
    "Take away what the migration has added": "schema undone",
    "(8/9) Open the site": "open",
}


def under_load(site: Site, name: str, figures: list[str], folder: Path, **extra: object) -> tuple[Finished, Result]:
    """Upgrade with visitors on the site; keep the picture, and give what became of every request."""
    times = folder / "times"
    operator = replace(
        site.operator,
        environment=site.upgrade_with("", "").environment | {"INTERFERE_TIMES": str(times)},
    )
    with Load(site.url, rate=RATE) as load:
        time.sleep(QUIET_SECONDS)
        done = operator.play("upgrade", **extra)
        time.sleep(QUIET_SECONDS)
    result = load.result
    lines = [line.split(" ", 1) for line in times.read_text().splitlines()]
    began = result.began.timestamp()
    result = replace(result, marks=tuple(Mark(MARKS[task], float(at) - began) for at, task in lines if task in MARKS))
    save(result, ARTIFACTS / "load" / name)
    figures.append(f"visitors, {name}: {result.in_words()}")
    # Every message that was taken is there, once: none was lost, neither by the upgrade nor by the way back.
    written = site.application.messages(load.label)
    assert len(written) == len(set(written)) == result.statuses[201]
    return done, result


def test_nobody_notices_a_compatible_upgrade_nor_the_way_back(site: Site, figures: list[str], tmp_path: Path) -> None:
    done, result = under_load(site, "compatible", figures, tmp_path, spse_app_build=site.builds["n1"].build)
    assert done.returncode == 0, done.stdout
    assert site.running == site.builds["n1"].build
    assert result.causes == {}
    assert result.kinds["success"] == len(result.requests)
    with Load(site.url, rate=RATE) as load:
        site.operator.succeed("rollback")
    figures.append(f"visitors, rollback: {load.result.in_words()}")
    save(load.result, ARTIFACTS / "load" / "rollback")
    assert load.result.causes == {}
    assert load.result.kinds["success"] == len(load.result.requests)


@pytest.mark.parametrize("build", sampled(["no-start", "migration-fails", "cannot-write"], {1}))
def test_nobody_notices_a_bad_build(site: Site, figures: list[str], tmp_path: Path, build: str) -> None:
    done, result = under_load(site, f"bad-{build}", figures, tmp_path, spse_app_build=site.builds[build].build)
    assert done.returncode != 0
    assert site.running == site.builds["n"].build
    assert result.causes == {}
    assert result.kinds["success"] == len(result.requests)


def test_nobody_notices_when_the_switch_itself_fails(site: Site, figures: list[str], tmp_path: Path) -> None:
    """The new build's files are gone just when it takes over: the process that stands in serves on."""
    target = site.builds["n1"].build
    hide = f"mv {site.about['home']}/releases/{target}/framework /root/framework"
    broken = replace(site, operator=site.upgrade_with("Start the instance, now and at every boot", site.on_host(hide)))
    times = tmp_path / "times"
    broken.operator.environment["INTERFERE_TIMES"] = str(times)
    with Load(site.url, rate=RATE) as load:
        said = broken.operator.fail("upgrade", spse_app_build=target)
    assert "skema basis data dikembalikan dan tidak ada data yang hilang" in said
    figures.append(f"visitors, failed switch: {load.result.in_words()}")
    save(load.result, ARTIFACTS / "load" / "failed-switch")
    assert load.result.causes == {}
    assert load.result.kinds["success"] == len(load.result.requests)
    site.is_tidy()


def test_an_incompatible_upgrade_shows_the_page_and_nothing_else(
    site: Site, figures: list[str], tmp_path: Path
) -> None:
    site.operator.succeed("upgrade", spse_app_build=site.builds["n1"].build)
    done, result = under_load(site, "incompatible", figures, tmp_path, spse_app_build=site.builds["n2"].build)
    assert done.returncode == 0, done.stdout
    assert result.causes == {}
    assert result.kinds["maintenance"] > 0
    figures.append(f"visitors, incompatible: closed for {result.longest_gap.seconds:.1f} s")
