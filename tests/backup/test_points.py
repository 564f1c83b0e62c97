"""A restore point is taken while people write, listed, and proven by bringing it back."""

import pytest

from tests.backup.ground import Ground
from tests.operator import changes

pytestmark = pytest.mark.hosts


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
    assert here.site.host.run("ls /var/lib/spse-backup").stdout.split() == ["drills.jsonl"]
    figures.append(f"backup: a full one in {taken['seconds']} s, brought back in {drill['restore_seconds']} s")


def test_the_playbooks_say_what_was_done(here: Ground) -> None:
    said = " ".join(here.site.operator.succeed("backup").stdout.split())
    assert "Titik pulih tp-" in said
    said = " ".join(here.site.operator.succeed("drill").stdout.split())
    assert "dapat dipulihkan" in said


def test_an_upgrade_takes_one_of_the_same_name(here: Ground) -> None:
    here.site.operator.succeed("upgrade", spse_app_build=here.site.builds["n1"].build, spse_app_change="CHG-1")
    stamp = next(event["stamp"] for event in reversed(here.site.journal()) if event["event"] == "begin")
    assert stamp.endswith("-CHG-1")
    assert here.points()[-1] == stamp
    drill = here.drill()
    assert drill["passed"], drill["wrong"]
    here.site.operator.succeed("rollback")
