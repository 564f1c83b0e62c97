"""Whatever is killed: no change is lost, no playbook is started twice on a host, no host is changed by two."""

import random
from pathlib import Path

from tests.desk.killer import Killer, judge
from tests.desk.office import office
from tests.whole import WHOLE

# On each of the two databases.
KILLS = 500 if WHOLE else 6
OFFICES = {"mamuju": 1, "bogor": 2, "garut": 1, "kupang": 1}


def test_kills_at_any_moment(url: str, tmp_path: Path, figures: list[str]) -> None:
    with office(tmp_path / "office", url, OFFICES) as place:
        killer = Killer(place, list(OFFICES), random.Random(20261122))  # noqa: S311 - repeatable, not secret
        killer.attack(KILLS)
        hosts = [f"{name}{number}" for name, count in OFFICES.items() for number in range(1, count + 1)]
        verdict = judge(place, killer.asked, hosts)
        place.desk.ledger.verify()
        place.desk.ledger.rebuild()
    assert (verdict.lost, verdict.twice, verdict.at_once, verdict.untrue, verdict.left) == ([], [], [], [], [])
    # That anything was run at all.
    assert verdict.stages["done"] + verdict.stages["interrupted"] > 0
    figures.append(
        f"desk: {killer.killed.total()} kills on {url.partition(':')[0]} ({dict(killer.killed)}): "
        f"{len(killer.asked)} changes, {dict(verdict.stages)}; 0 lost, 0 started twice, 0 hosts changed by two at once"
    )
